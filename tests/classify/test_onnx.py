"""The graph answers what the classifier answers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from class_worlds import class_world

from likewise.classify.base import make, train
from likewise.classify.fewshot import gather_folder, train_classifier
from likewise.classify.onnx import save_onnx, to_onnx
from likewise.classify.rejection_threshold import by_class_means
from likewise.core.classifier import NONE_OF_THESE, Abstention, Classifier
from likewise.core.space import Space
from likewise.core.vectors import unit
from likewise.encoders.base import open_encoder
from likewise.errors import BadInputError, MismatchError, StorageError
from likewise.images.decode import read_image

WORLD = class_world(classes=4, each=5, noise=0.8)


def run(graph: bytes, **given: Any) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    outputs = [one.name for one in session.get_outputs()]
    return dict(zip(outputs, session.run(outputs, given), strict=True))


def agrees(it: Classifier, got: dict[str, np.ndarray], x: np.ndarray, atol: float = 1e-4) -> None:
    scores = it.score(x)
    np.testing.assert_allclose(got["probability"], it.probabilities(scores), atol=atol)
    np.testing.assert_allclose(got["likeness"], it.sureness(scores, "likeness", x), atol=atol)
    named = [NONE_OF_THESE if n < 0 else it.classes[n] for n in got["label"].tolist()]
    assert named == it.decide(scores, x).tolist()


@pytest.mark.parametrize(
    "method", ["class_means", "all_references", "prototypes", "low_centrality"]
)
@pytest.mark.parametrize(
    "rest",
    [
        None,
        Abstention("probability", 0.95),
        Abstention("likeness", 0.7),
        by_class_means(WORLD.references, 0.6),
    ],
)
def test_from_vectors(method: str, rest: Abstention | None) -> None:
    it = replace(train(WORLD.references, method), abstention=rest)
    got = run(to_onnx(it), vectors=WORLD.test)
    agrees(it, got, WORLD.test)
    assert (got["label"] < 0).any() == (rest is not None)
    assert (got["label"] >= 0).any()


def test_classes_with_unlike_numbers_of_rows_and_a_projection() -> None:
    random = np.random.default_rng(0)
    space = Space(
        "demo",
        random.normal(size=6).astype(np.float32),
        random.normal(size=(6, 4)).astype(np.float32),
    )
    it = Classifier(
        "x", space, ("a", "b", "c"), unit(random.normal(size=(6, 4))), np.array([0, 1, 1, 1, 2, 2])
    )
    x = random.normal(size=(20, 6)).astype(np.float32)
    agrees(it, run(to_onnx(it), vectors=x), x)


def test_from_pixels(home: Path, tmp_path: Path) -> None:
    encoder = open_encoder("efficientnet_lite0")
    it = train_classifier(gather_folder(home / "shapes", encoder), "class_means")
    path = save_onnx(it, tmp_path / "shapes.onnx", encoder)
    images = [read_image(file).image for file in sorted((home / "shapes").rglob("*.png"))[::5]]
    pixels = np.stack([encoder.prepare(image) for image in images])
    got = run(path.read_bytes(), pixels=pixels)
    agrees(it, got, encoder.encode(pixels), atol=1e-3)
    facts = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    assert json.loads(facts["classes"]) == ["disc", "square", "stripes"]
    assert facts["encoder"] == encoder.fingerprint


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    it = make("class_means").fit(WORLD.references)
    with pytest.raises(MismatchError, match="'world'"):
        to_onnx(it, open_encoder("efficientnet_lite0"))

    class Eyes:
        name, dim, fingerprint, input_size = "eyes", 24, "world", 8

        def prepare(self, image: object) -> np.ndarray:
            return np.zeros(1)

        def encode(self, batch: np.ndarray) -> np.ndarray:
            return batch

    with pytest.raises(BadInputError, match="the encoder 'eyes' is no ONNX graph"):
        to_onnx(it, Eyes())
    with pytest.raises(StorageError, match="cannot be written"):
        save_onnx(it, tmp_path / "nowhere" / "x.onnx")
