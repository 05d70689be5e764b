from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from bucket_gate import Gate, bucket_behind, running_gate, storage
from decision_places import Place
from far_workspaces import Seed, get, objects, rows_at
from shapes import draw_shapes
from tiny_clip import tiny_clip

from likewise.distribute.shards import Local
from likewise.indexing.index import index


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place for decisions, of each kind that there is."""
    if request.param == "sqlite":
        one = Place(tmp_path / "w.sqlite")
    else:
        one = Place(None, request.getfixturevalue("address"))
    yield one
    one.close()


@pytest.fixture(scope="session")
def _gate() -> Iterator[Gate]:
    with running_gate() as gate:
        yield gate


@pytest.fixture
def gate(_gate: Gate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Gate:
    """What is between a test, on a machine without any workspace, and the S3 server; open."""
    _gate.open()
    monkeypatch.setenv("LIKEWISE_LOCAL", str(tmp_path / "machine-1"))
    monkeypatch.setenv("LIKEWISE_DECODE", "threads")
    return _gate


@pytest.fixture
def url(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where a workspace can be made, in a bucket of its own."""
    return f"{bucket_behind(gate, monkeypatch)}/ws"


@pytest.fixture(scope="session")
def seed(_gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Seed:
    """A workspace of twelve pictures, made once; `far` is a copy of it."""
    home = tmp_path_factory.mktemp("seed")
    pictures = draw_shapes(home / "shapes", each=4)
    encoder = f"onnx:{tiny_clip(home / 'tiny').folder}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIKEWISE_LOCAL", str(home / "local"))
        patch.setenv("LIKEWISE_DECODE", "threads")
        patch.setattr("likewise.distribute.shards.ROWS", 6)
        bucket = bucket_behind(_gate, patch)
        index(pictures, f"{bucket}/ws", encoder, crew=Local)
        kept = {name.removeprefix(bucket): get(name) for name in objects(bucket)}
        return Seed(pictures, encoder, kept, rows_at(f"{bucket}/ws"))


@pytest.fixture
def pictures(seed: Seed, tmp_path: Path) -> Path:
    """The seed's pictures, in a folder of a test's own."""
    return Path(shutil.copytree(seed.pictures, tmp_path / "shapes"))


@pytest.fixture
def far(url: str, seed: Seed, pictures: Path) -> str:
    """A workspace in object storage that another machine has indexed from `pictures`."""
    bucket = url.removesuffix("/ws")
    here = {"/ws/workspace.json": seed.facts_with(pictures)}
    storage().pipe({bucket + name: data for name, data in {**seed.objects, **here}.items()})
    return url
