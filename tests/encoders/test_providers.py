"""The provider that runs a model: asked for, remembered, or the usual one.

onnxruntime for processors has a second provider, "Azure", which runs nothing itself and leaves all
of a graph to the processor. It stands for a device here.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tiny_clip import photo, tiny_clip

from likewise.encoders._measure import ProviderEncoder, measure_providers
from likewise.encoders.base import encode_images, open_encoder
from likewise.encoders.onnx import Onnx, providers
from likewise.encoders.onnx.graph import Graph
from likewise.encoders.onnx.providers import FILE, PROVIDERS, provider_for
from likewise.errors import BadInputError


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A second provider, and a folder of models that nobody else looks at."""
    import onnxruntime

    if "AzureExecutionProvider" not in onnxruntime.get_available_providers():
        pytest.skip("this onnxruntime has no second provider")
    monkeypatch.setitem(PROVIDERS, "azure", "AzureExecutionProvider")
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("LIKEWISE_DEVICE", raising=False)
    return "azure"


def sessions(encoder: Onnx) -> list[str]:
    """The providers of the session that encodes images."""
    return list(encoder._vision._session.get_providers())


def test_what_is_remembered_is_used_for_this_model_alone(other: str, tmp_path: Path) -> None:
    name = f"onnx:{tiny_clip(tmp_path / 'm').folder}"
    second = f"onnx:{tiny_clip(tmp_path / 'n', seed=1).folder}"
    before = open_encoder(name)
    assert isinstance(before, Onnx)
    assert sessions(before)[0] == "CPUExecutionProvider"
    before.remember_provider(other)
    after, unlike = open_encoder(name), open_encoder(second)
    assert isinstance(after, Onnx)
    assert isinstance(unlike, Onnx)
    assert sessions(after) == ["AzureExecutionProvider", "CPUExecutionProvider"]
    assert sessions(unlike) == ["CPUExecutionProvider"]
    np.testing.assert_array_equal(encode_images(after, [photo()]), encode_images(before, [photo()]))
    assert after.fingerprint == before.fingerprint


def test_a_device_that_is_asked_for_comes_first(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers.remember_provider("abc", other)
    assert provider_for("abc") == other
    monkeypatch.setenv("LIKEWISE_DEVICE", "cpu")
    assert provider_for("abc") == "cpu"
    monkeypatch.setenv("LIKEWISE_DEVICE", "coreml")
    if "coreml" not in providers.available_providers():
        with pytest.raises(BadInputError, match="install onnxruntime-coreml"):
            provider_for("abc")


def test_another_version_or_a_spoilt_file_is_measured_anew(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    providers.remember_provider("abc", other)
    with monkeypatch.context() as patch:
        patch.setattr(onnxruntime, "__version__", "0.1")
        assert provider_for("abc") != other
    assert provider_for("abc") == other
    file = tmp_path / "models" / FILE
    for content in ("[]", "{", json.dumps(dict.fromkeys(json.loads(file.read_text()), 7))):
        file.write_text(content)
        assert provider_for("abc") != other
    providers.remember_provider("abc", other)
    assert provider_for("abc") == other


def test_the_fastest_that_answers_the_same_is_remembered(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = open_encoder(f"onnx:{tiny_clip(tmp_path / 'm').folder}")
    assert isinstance(encoder, ProviderEncoder)
    found = measure_providers(encoder, 0.2)
    assert {each.name for each in found} >= {"cpu", other}
    speeds = [each.speed.images_a_second for each in found if each.speed is not None]
    assert speeds == sorted(speeds, reverse=True)
    assert all(each.difference <= 1e-3 for each in found if each.speed is not None)
    kept = json.loads((tmp_path / "models" / FILE).read_text())
    assert list(kept.values()) == [found[0].name]


def test_a_provider_that_answers_otherwise_is_not_used(
    other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = open_encoder(f"onnx:{tiny_clip(tmp_path / 'm').folder}")
    assert isinstance(encoder, ProviderEncoder)
    run = Graph.run

    def other_numbers(graph: Graph, values: dict[str, np.ndarray]) -> np.ndarray:
        rows = run(graph, values)
        is_other = graph._session.get_providers()[0] == "AzureExecutionProvider"
        return rows[:, ::-1] if is_other else rows

    monkeypatch.setattr(Graph, "run", other_numbers)
    found = {each.name: each for each in measure_providers(encoder, 0.2)}
    assert found[other].speed is None
    assert found[other].outcome.startswith("not used, its vectors differ by")
    assert provider_for(encoder._digest) == "cpu"  # type: ignore[attr-defined]
