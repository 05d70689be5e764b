"""The graph answers what the rule answers, in onnxruntime."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from worlds import World, world

from likewise.core.evidence import Evidence
from likewise.core.rule import Calibration, Rule
from likewise.core.space import Space, centred_space, plain_space
from likewise.encoders.base import open_encoder
from likewise.errors import BadInputError, MismatchError
from likewise.export.rule_formats.onnx import to_onnx
from likewise.export.rule_formats.sql import Sql
from likewise.images.decode import read_image
from likewise.rules.base import learn


@pytest.fixture(scope="module")
def small() -> World:
    return world()


def run(graph: bytes, **given: Any) -> dict[str, NDArray[Any]]:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    outputs = [one.name for one in session.get_outputs()]
    return dict(zip(outputs, session.run(outputs, given), strict=True))


def agrees(rule: Rule, got: dict[str, NDArray[Any]], x: NDArray[Any], atol: float = 1e-5) -> None:
    scores = rule.score(x)
    np.testing.assert_allclose(got["score"], scores, atol=atol)
    clear = np.abs(scores - rule.threshold) > 2 * atol
    assert np.array_equal(got["yes"][clear], rule.predict(x)[clear])
    assert 0 < got["yes"].sum() < len(x)
    if rule.calibration is None:
        assert set(got) == {"score", "yes"}
    else:
        chances = rule.calibration.probability(scores)
        np.testing.assert_allclose(got["probability"], chances, atol=50 * atol)


@pytest.mark.parametrize("learner", ["mean", "contrast", "prototypes", "nearest", "logistic"])
@pytest.mark.parametrize("calibrated", [False, True])
def test_from_vectors_of_any_length(learner: str, calibrated: bool, small: World) -> None:
    rule = replace(
        learn(small.evidence(8, 8), learner),
        calibration=Calibration(9.0, -2.0, 16) if calibrated else None,
    )
    lengths = np.random.default_rng(0).uniform(0.1, 9, (len(small.rows), 1)).astype(np.float32)
    agrees(rule, run(to_onnx(rule), vectors=small.rows * lengths), small.rows)


def test_through_a_projection() -> None:
    random = np.random.default_rng(0)
    mean, axes = random.normal(size=6), random.normal(size=(6, 4))
    space = Space("demo", mean.astype(np.float32), axes.astype(np.float32))
    rows = space.apply(random.normal(size=(3, 6)).astype(np.float32))
    rule = Rule("x", space, rows, away=rows[0], away_weight=0.3, threshold=0.2)
    x = random.normal(size=(40, 6)).astype(np.float32)
    agrees(rule, run(to_onnx(rule), vectors=x), x)


def test_from_pixels_to_scores_in_one_graph(home: Path) -> None:
    encoder = open_encoder("efficientnet_lite0")
    images = [read_image(file).image for file in sorted((home / "shapes").rglob("*.png"))]
    pixels = np.stack([encoder.prepare(image) for image in images])
    vectors = encoder.encode(pixels)
    space = centred_space(encoder.fingerprint, vectors)
    evidence = Evidence(space, vectors[:6], vectors[8:14], vectors[6:8])
    rule = learn(evidence, "logistic")
    agrees(rule, run(to_onnx(rule, encoder), pixels=pixels), vectors, atol=1e-3)


def test_says_what_it_is(small: World) -> None:
    rule = learn(small.evidence(8, 8), "mean").with_provenance(concept="barn")
    model = onnx.load_from_string(to_onnx(rule))
    facts = {entry.key: entry.value for entry in model.metadata_props}
    assert (facts["concept"], facts["encoder"], facts["learner"]) == ("barn", rule.encoder, "mean")
    assert float(facts["threshold"]) == rule.threshold


def test_says_how_pixels_are_made() -> None:
    encoder = open_encoder("efficientnet_lite0")
    first = np.eye(1, encoder.dim, dtype=np.float32)
    rule = Rule("mean", plain_space(encoder.fingerprint, encoder.dim), first)
    for content, words in ((to_onnx(rule, encoder), "bicubic"), (to_onnx(rule), "none: ")):
        facts = {e.key: e.value for e in onnx.load_from_string(content).metadata_props}
        assert words in facts["pixels"]
    assert "-- Its pixels: RGB" in Sql().query(rule)


def test_another_encoder_is_refused(small: World) -> None:
    rule = learn(small.evidence(8, 8), "mean")
    with pytest.raises(MismatchError):
        to_onnx(rule, open_encoder("efficientnet_lite0"))


def test_an_encoder_that_is_no_graph_is_told(small: World) -> None:
    rule = learn(small.evidence(8, 8), "mean")

    class Words:
        name = "words"
        fingerprint = rule.encoder

    with pytest.raises(BadInputError, match="export the rule alone"):
        to_onnx(rule, Words())  # type: ignore[arg-type]
