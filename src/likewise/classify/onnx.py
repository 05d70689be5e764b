"""A classifier as an ONNX graph, with its encoder in front where that is one too."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from likewise.core.classifier import Classifier
from likewise.core.classifier_file import check_encoder
from likewise.core.output_files import complete_file
from likewise.encoders.base import Encoder
from likewise.export.onnx_graph import Graph


def save_onnx(
    classifier: Classifier, path: str | os.PathLike[str], encoder: Encoder | None = None
) -> Path:
    """Write a classifier as one ONNX file that needs nothing of likewise to run.

    With an encoder the graph goes from pixels to classes, without from vectors to classes. Its
    outputs are `label`, int64 (n,), the class's number or -1 for "none of these"; `probability`,
    float32 (n, classes); and `likeness`, float32 (n,), as `Classifier.sureness` has it. The
    classes' names are in the metadata entry `classes`, a JSON list.

    Args:
        classifier: what to write.
        path: where to.
        encoder: put in front.

    Raises:
        BadInputError: the encoder is no ONNX graph.
        MismatchError: it is not the encoder that the classifier was trained with.
        StorageError: the disk refused.
    """
    target = Path(path)
    data = to_onnx(classifier, encoder)
    with complete_file(target) as part:
        part.write_bytes(data)
    return target


def to_onnx(classifier: Classifier, encoder: Encoder | None = None) -> bytes:
    """The content of the file that `save_onnx` writes."""
    if encoder is not None:
        check_encoder(classifier, encoder.fingerprint)
    graph = Graph(classifier.space.dim_in, encoder, "classifier")
    products = graph.products(graph.mapped(classifier.space), classifier.rows)
    scores = _best_rows(graph, products, classifier)
    slope = graph.constant("slope", np.float32(classifier.slope))
    probabilities = graph.node(
        "Softmax", [graph.node("Mul", [scores, slope], "logits")], "probability", axis=1
    )
    similarity = graph.largest(_cosines(graph, scores, classifier), "likeness")
    label = graph.node("ArgMax", [scores], "winner", axis=1, keepdims=0)
    label = _unless_unsure(graph, label, probabilities, similarity, classifier)
    outputs: dict[str, tuple[str, Any, list[Any]]] = {
        "label": (label, np.int64, ["n"]),
        "probability": (probabilities, np.float32, ["n", len(classifier.classes)]),
        "likeness": (similarity, np.float32, ["n"]),
    }
    facts = {
        "classes": json.dumps(list(classifier.classes), ensure_ascii=False),
        "encoder": classifier.encoder,
        "method": classifier.method,
        "none_of_these": "-1",
    }
    return graph.finish(outputs, facts)


def _best_rows(graph: Graph, products: str, classifier: Classifier) -> str:
    """The largest product among each class's rows, (n, classes)."""
    class_indices, classes = classifier.owners, len(classifier.classes)
    if len(class_indices) == classes:
        return products
    members = [np.flatnonzero(class_indices == owner) for owner in range(classes)]
    most = max(map(len, members))
    positions = np.stack(
        [np.resize(rows, most) for rows in members]
    )  # short ones repeat themselves
    table = graph.node("Gather", [products, graph.constant("places", positions)], axis=1)
    return graph.node("Squeeze", [graph.top(table), graph.constant("last", np.array([2]))])


def _cosines(graph: Graph, scores: str, classifier: Classifier) -> str:
    """What likeness is the largest of, (n, classes)."""
    rest = classifier.abstention
    if rest is None or rest.means is None:
        return scores
    vectors = graph.unit_vectors(classifier.space.dim_in)
    return graph.products(vectors, rest.means, "class_means")


def _unless_unsure(
    graph: Graph, label: str, probabilities: str, similarity: str, classifier: Classifier
) -> str:
    rest = classifier.abstention
    if rest is None:
        return label
    sure = similarity if rest.by == "likeness" else graph.largest(probabilities, "sureness")
    unsure = graph.node("Less", [sure, graph.constant("bar", np.float32(rest.least))])
    none = graph.constant("none", np.int64(-1))
    return graph.node("Where", [unsure, none, label], "label")
