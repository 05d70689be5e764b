"""A rule or a classifier names its encoder, and nothing is fetched because of that."""

from __future__ import annotations

import http.server
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from commands import Run
from hub_cache import put_into_cache
from tiny_clip import tiny_clip

from likewise.core.rule import Rule
from likewise.core.rule_file import save_rule
from likewise.core.space import plain_space
from likewise.encoders._learned import encoder_of
from likewise.encoders.base import open_encoder
from likewise.errors import NotFoundError


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Paths that a hub of this test's own was asked for; it has nothing."""
    paths: list[str] = []

    class Hub(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", address)
        monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", address)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield paths
        server.shutdown()


def rule_of(encoder: str, fingerprint: str = "onnx-model-0-0", dim: int = 4) -> Rule:
    rows = np.eye(dim, dtype=np.float32)[:1]
    return Rule("mean", plain_space(fingerprint, dim), rows, provenance={"encoder_name": encoder})


def test_the_hub_is_not_asked_for_what_a_rule_names(asked: list[str]) -> None:
    with pytest.raises(NotFoundError) as refusal:
        encoder_of(rule_of("onnx:stranger/model"))
    assert not asked
    assert str(refusal.value).endswith("likewise encoders get onnx:stranger/model")
    with pytest.raises(NotFoundError):  # the same name, given by the person
        open_encoder("onnx:stranger/model")
    assert asked


def test_what_the_hub_gave_before_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    made = tiny_clip(tmp_path / "m").folder
    put_into_cache(monkeypatch, tmp_path / "hub", "owner/model", made)
    known = open_encoder("onnx:owner/model")
    found = encoder_of(rule_of(known.name, known.fingerprint, known.dim))
    assert found.fingerprint == known.fingerprint


def test_classify_takes_the_encoder_that_the_person_names(
    home: Path, run: Run, asked: list[str]
) -> None:
    built_in = open_encoder("efficientnet_lite0")
    save_rule(rule_of("onnx:stranger/model", built_in.fingerprint, built_in.dim), home / "x.rule")
    refused = run("classify", "shapes/disc", "--rule", "x.rule")
    assert (refused.code, refused.out) == (3, "")
    assert "likewise encoders get onnx:stranger/model" in refused.err
    assert not asked
    named = run("classify", "shapes/disc", "--rule", "x.rule", "--encoder", built_in.name)
    assert named.code == 0, named.err
    assert named.out.startswith("id,path,score")
    other = run("encoders", "get", built_in.name, "--json")
    assert built_in.fingerprint in other.out


def test_nothing_is_fetched_because_a_workspace_names_it(
    home: Path, run: Run, asked: list[str]
) -> None:
    assert run("concept", "create", "disc", "--like", "disc/00.png").code == 0
    with closing(sqlite3.connect(home / "shapes.likewise" / "workspace.sqlite")) as connection:
        stranger = "UPDATE settings SET value = 'onnx:stranger/model' WHERE key = 'encoder'"
        connection.execute(stranger)
        connection.commit()
    some = home / "shapes" / "disc" / "00.png"
    (home / "new.png").write_bytes(some.read_bytes())
    for command in (
        ["index", "shapes"], ["index"], ["index", "shapes", "--dry-run"],
        ["search", "--concept", "disc", "--like", "new.png"], ["search", "wheel"],
        ["concept", "add", "disc", "--hint", "wheel"],
    ):  # fmt: skip
        told = run(*command)
        assert told.code == 3, (command, told)
        assert "nothing is fetched because a workspace names it" in told.err
        assert told.err.endswith("likewise encoders get onnx:stranger/model\n")
    assert not asked
    run("index", "shapes", "--encoder", "onnx:stranger/model")  # the person names it
    assert asked
