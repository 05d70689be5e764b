"""A rule as an ONNX graph, with its encoder in front where that is one too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from likewise.core.rule import Rule
from likewise.core.rule_file import check_encoder
from likewise.encoders._learned import encoder_of
from likewise.encoders.base import Encoder
from likewise.export.onnx_graph import Graph
from likewise.export.rule_formats._preparation import preparation


@dataclass(frozen=True)
class Onnx:
    """An ONNX graph from pixels to scores, or from the encoder's vectors to scores.

    Its outputs are `score`, float32 (n,); `yes`, bool (n,); and `probability`, float32 (n,), where
    the rule gives any.

    Attributes:
        vectors: leave the encoder out: the graph takes its vectors, of any length.
    """

    vectors: bool = False

    def content(self, rule: Rule) -> bytes:
        """What a file of the rule holds."""
        return to_onnx(rule, None if self.vectors else encoder_of(rule))


def to_onnx(rule: Rule, encoder: Encoder | None = None) -> bytes:
    """A rule as an ONNX file, with an encoder in front unless it is None.

    Raises:
        BadInputError: the encoder is no ONNX graph.
        MismatchError: it is not the encoder that the rule was learned with.
    """
    if encoder is not None:
        check_encoder(rule, encoder.fingerprint)
    graph = Graph(rule.space.dim_in, encoder, "rule")
    score = graph.largest(graph.products(graph.mapped(rule.space), rule.directions), "score")
    bar = graph.constant("threshold", np.float32(rule.threshold))
    outputs: dict[str, tuple[str, Any, list[Any]]] = {
        "score": (score, np.float32, ["n"]),
        "yes": (graph.node("GreaterOrEqual", [score, bar], "yes"), np.bool_, ["n"]),
    }
    if rule.calibration is not None:
        slope = graph.constant("slope", np.float32(rule.calibration.slope))
        intercept = graph.constant("intercept", np.float32(rule.calibration.intercept))
        logit = graph.node("Add", [graph.node("Mul", [score, slope]), intercept], "logit")
        probability = graph.node("Sigmoid", [logit], "probability")
        outputs["probability"] = (probability, np.float32, ["n"])
    facts = {
        "concept": str(rule.provenance.get("concept", "")),
        "encoder": rule.encoder,
        "learner": rule.learner,
        "threshold": json.dumps(rule.threshold),
        "pixels": "none: the graph takes the encoder's vectors"
        if encoder is None
        else preparation(rule.encoder),
    }
    return graph.finish(outputs, facts)
