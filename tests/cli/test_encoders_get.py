"""`likewise encoders get`, `pack`, `remove` and `list` over a local file server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Run
from local_hub import LocalHub, local_hub
from tiny_clip import tiny_clip

from likewise.encoders._models.installed import RECORD

REPOSITORY = "onnx-community/siglip2-base-patch16-224-ONNX"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with local_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        hub.publish(REPOSITORY, tiny_clip(tmp_path / "export").folder, {"LICENSE": b"Use it."})
        yield hub


def test_from_no_model_to_words_in_two_commands(run: Run, hub: LocalHub, tmp_path: Path) -> None:
    missing = run("index", "shapes", "--encoder", "siglip2-base", "-w", "s.likewise")
    assert missing.code == 3
    assert "get it (1.5 GB in full precision, Apache-2.0) with: " in missing.err
    assert "likewise encoders get siglip2-base" in missing.err
    assert not hub.requests
    got = run("encoders", "get", "siglip2-base")
    assert got.code == 0, got.err
    lines = got.err.splitlines()
    assert lines[0].startswith("siglip2-base: 0.")
    assert "licence Apache-2.0" in lines[0]
    assert lines[1].startswith(f"from {hub.address}/{REPOSITORY} at ")
    assert lines[2] == f"to {tmp_path / 'models' / 'siglip2-base'}"
    assert "likewise has recorded none of this model" in lines[3]
    folder = tmp_path / "models" / "siglip2-base"
    sizes = {str(x.relative_to(folder)): x.stat().st_size for x in folder.rglob("*") if x.is_file()}
    record = json.loads((folder / RECORD).read_text())
    assert {*record["files"], RECORD} == sizes.keys()  # nothing came that is not recorded
    assert sum(sizes.values()) - sizes[RECORD] == hub.sent  # and nothing was sent twice
    asked = len(hub.requests)
    again = run("encoders", "get", "siglip2-base")
    assert "on this machine already" in again.err
    assert run("index", "shapes", "--encoder", "siglip2-base", "-w", "s.likewise").code == 0
    found = run("search", "a photo of a dog", "-w", "s.likewise", "-k", "2")
    assert len(found.out.splitlines()) == 2
    assert len(hub.requests) == asked


def test_a_model_is_listed_packed_removed_and_taken(
    run: Run, hub: LocalHub, tmp_path: Path, home: Path
) -> None:
    run("encoders", "get", "siglip2-base")
    listed = run("encoders", "list").out
    assert f"Fetched: {tmp_path / 'models' / 'siglip2-base'}" in listed
    assert "licence Apache-2.0, text in LICENSE" in listed
    packed = run("encoders", "pack", "siglip2-base", "--to", "model.zip")
    assert packed.out == "model.zip\n"
    assert "likewise encoders get --from model.zip" in packed.err
    assert run("encoders", "pack", "siglip2-base", "--to", "model.zip").code == 2  # it exists
    assert "MB freed" in run("encoders", "remove", "siglip2-base").err
    assert run("encoders", "remove", "siglip2-base").code == 3
    asked = len(hub.requests)
    taken = run("encoders", "get", "--from", "model.zip", "--json")
    assert json.loads(taken.out)["name"] == "siglip2-base"
    assert "Fetched:" in run("encoders", "list").out
    assert (
        json.loads(run("encoders", "list", "--json").out)["fetched"][0]["licence"] == "Apache-2.0"
    )
    assert len(hub.requests) == asked


def test_mistakes_are_one_sentence(run: Run, hub: LocalHub, home: Path) -> None:
    for arguments, code, text in (
        ((), 2, "name the encoder to get"),
        (("siglip",), 2, "neither a short name nor OWNER/NAME"),
        (("mobileclip-s0",), 2, "research only"),
        (("onnx:me/none",), 3, "404"),
        (("clip-b32", "--from", "none.zip"), 3, "there is no file none.zip"),
    ):
        done = run("encoders", "get", *arguments)
        assert (done.code, done.out) == (code, ""), arguments
        assert text in done.err
        assert done.err.count("\n") == 1


def test_the_script_records_digests_that_get_then_checks(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    script = Path(__file__).parents[2] / "scripts" / "check_encoder.py"
    digests = tmp_path / "digests.json"
    digests.write_text("{}")
    command = [sys.executable, str(script), "siglip2-base", "--record", "--digests", str(digests)]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=True)
    assert "| licence | Apache-2.0 |" in done.stdout
    assert "| dimensions | 24 |" in done.stdout
    monkeypatch.setattr("likewise.encoders._models.from_hub._DIGESTS", digests)
    run("encoders", "remove", "siglip2-base")
    assert "the digests that likewise has recorded" in run("encoders", "get", "siglip2-base").err
