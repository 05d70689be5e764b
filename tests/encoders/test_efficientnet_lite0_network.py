import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from likewise.encoders.efficientnet_lite0.network import MODEL_FILE, Network, cached_graph
from likewise.errors import BadInputError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of this test's own."""
    folder = tmp_path / "not" / "yet" / "there"
    monkeypatch.setenv("LIKEWISE_CACHE", str(folder))
    return folder


def noise(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (count, 224, 224, 3), np.uint8)


def test_is_built_once_and_then_read(cache: Path) -> None:
    model = cached_graph()
    written = (cache / MODEL_FILE).stat()
    assert (cache / MODEL_FILE).read_bytes() == model
    assert cached_graph() == model
    again = (cache / MODEL_FILE).stat()
    assert (again.st_ino, again.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_leaves_a_sealed_file_and_nothing_else(cache: Path) -> None:
    cached_graph()
    seal = Path(MODEL_FILE).with_suffix(".sha256").name
    assert sorted(path.name for path in cache.iterdir()) == sorted([MODEL_FILE, seal])
    subprocess.run(["sha256sum", "--check", seal], cwd=cache, check=True, capture_output=True)


@pytest.mark.parametrize("damage", ["flipped bit", "truncated", "empty", "no seal", "odd seal"])
def test_a_damaged_file_is_built_again(cache: Path, damage: str) -> None:
    model = cached_graph()
    path, seal = cache / MODEL_FILE, (cache / MODEL_FILE).with_suffix(".sha256")
    if damage == "flipped bit":
        path.write_bytes(model[:5000] + bytes([model[5000] ^ 1]) + model[5001:])
    elif damage == "no seal":
        seal.unlink()
    elif damage == "odd seal":
        seal.write_bytes(b"\xff\xfe")
    else:
        path.write_bytes(model[:1000] if damage == "truncated" else b"")
    assert cached_graph() == model
    assert path.read_bytes() == model


def test_works_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LIKEWISE_CACHE", str(tmp_path / "file" / "below"))
    assert Network().features(noise(1)).shape == (1, 1280)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_several_may_build_at_once(cache: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda _: cached_graph(), range(4)))
    assert len({*models, (cache / MODEL_FILE).read_bytes()}) == 1
    assert len(list(cache.iterdir())) == 2


def test_the_cache_is_where_the_user_keeps_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIKEWISE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cached_graph()
    assert (tmp_path / "likewise" / MODEL_FILE).is_file()


def test_threads_do_not_change_features(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = noise(5)
    alone = Network(threads=1).features(images)
    monkeypatch.setenv("LIKEWISE_THREADS", "3")
    np.testing.assert_array_equal(Network().features(images), alone)
    assert len(np.unique(alone.round(4), axis=0)) == 5  # in order, and each its own


@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
def test_threads_must_be_a_number(value: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKEWISE_THREADS", value)
    with pytest.raises(BadInputError, match=f"LIKEWISE_THREADS is '{value}'"):
        Network()
