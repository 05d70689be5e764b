"""A classifier as an ONNX graph, with its encoder in front where that is one too."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from likewise.classifier import Classifier
from likewise.classifier_file import check_encoder
from likewise.encoders.base import Encoder
from likewise.errors import BadInputError, StorageError

_OPSET, _IR_VERSION = 17, 8
_HEAD = "likewise."  # begins the names of all that is added to an encoder's graph


@runtime_checkable
class OnnxEncoder(Protocol):
    """An encoder that is an ONNX graph."""

    def onnx_model(self) -> bytes:
        """The graph: batches as `prepare` answers them in, rows (n, dim) of any length out."""
        ...


def save_onnx(
    classifier: Classifier, path: str | os.PathLike[str], encoder: Encoder | None = None
) -> Path:
    """Write a classifier as one ONNX file that needs nothing of likewise to run.

    With an encoder the graph goes from pixels to classes, without from vectors to classes. Its
    outputs are `label`, int64 (n,), the class's number or -1 for "none of these"; `probability`,
    float32 (n, classes); and `likeness`, float32 (n,), the best class's cosine. The classes'
    names are in the metadata entry `classes`, a JSON list.

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
    try:
        target.write_bytes(data)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written ({error.strerror or error}); choose another place"
        ) from error
    return target


def to_onnx(classifier: Classifier, encoder: Encoder | None = None) -> bytes:
    """The content of the file that `save_onnx` writes."""
    import onnx

    if encoder is None:
        model, features = _vectors_only(classifier.space.dim_in)
    else:
        check_encoder(classifier, encoder.fingerprint)
        if not isinstance(encoder, OnnxEncoder):
            raise BadInputError(
                f"the encoder '{encoder.name}' is no ONNX graph; export the classifier alone and "
                "give it the encoder's vectors"
            )
        model = onnx.load_from_string(encoder.onnx_model())
        features = model.graph.output[0].name
    _Head(model, classifier).add(features)
    facts = {
        "classes": json.dumps(list(classifier.classes), ensure_ascii=False),
        "encoder": classifier.encoder,
        "method": classifier.method,
        "none_of_these": "-1",
    }
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _vectors_only(dim: int) -> tuple[Any, str]:
    from onnx import TensorProto, helper

    given = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", dim])
    graph = helper.make_graph([], "likewise", [given], [])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR_VERSION
    return model, "vectors"


class _Head:
    """Adds a classifier's arithmetic to a graph, in operations that mean the same in any opset."""

    def __init__(self, model: Any, classifier: Classifier) -> None:
        self.graph, self.classifier = model.graph, classifier

    def add(self, features: str) -> None:
        """From vectors to the three outputs, which become the graph's only ones."""
        space = self.classifier.space
        value = self._unit(features, space.dim_in, "given")
        value = self._node("Sub", [value, self._constant("mean", space.mean)], "centred")
        if space.projection is not None:
            value = self._node("MatMul", [value, self._constant("projection", space.projection)])
        value = self._unit(value, space.dim_out, "mapped")
        rows = np.ascontiguousarray(self.classifier.rows.T)
        value = self._node("MatMul", [value, self._constant("rows", rows)], "products")
        scores = self._best_rows(value)
        slope = self._constant("slope", np.float32(self.classifier.slope))
        chances = self._node(
            "Softmax", [self._node("Mul", [scores, slope], "logits")], "probability", axis=1
        )
        likeness = self._largest(scores, "likeness")
        label = self._node("ArgMax", [scores], "winner", axis=1, keepdims=0)
        self._outputs(self._unless_unsure(label, chances, likeness), chances, likeness)

    def _unit(self, value: str, dim: int, name: str) -> str:
        """Rows at unit length; the sum of squares is a product with ones."""
        squares = self._node("Mul", [value, value], f"{name}.squares")
        ones = self._constant(f"{name}.ones", np.ones((dim, 1), np.float32))
        total = self._node("MatMul", [squares, ones], f"{name}.total")
        length = self._node("Sqrt", [total], f"{name}.length")
        least = self._constant(f"{name}.least", np.float32(1e-12))
        return self._node("Div", [value, self._node("Max", [length, least])], f"{name}.unit")

    def _best_rows(self, products: str) -> str:
        """The largest product among each class's rows, (n, classes)."""
        owners, classes = self.classifier.owners, len(self.classifier.classes)
        if len(owners) == classes:
            return products
        own = [np.flatnonzero(owners == owner) for owner in range(classes)]
        most = max(map(len, own))
        places = np.stack([np.resize(rows, most) for rows in own])  # short ones repeat themselves
        table = self._node("Gather", [products, self._constant("places", places)], axis=1)
        return self._node("Squeeze", [self._top(table), self._constant("last", np.array([2]))])

    def _largest(self, values: str, name: str) -> str:
        """The largest value of each row, (n,)."""
        last = self._constant(f"{name}.last", np.array([1]))
        return self._node("Squeeze", [self._top(values), last], name)

    def _top(self, values: str) -> str:
        one = self._constant(f"one.{len(self.graph.node)}", np.array([1]))
        return self._node("TopK", [values, one], axis=-1, also=1)

    def _unless_unsure(self, label: str, chances: str, likeness: str) -> str:
        rest = self.classifier.abstention
        if rest is None:
            return self._node("Identity", [label], "label")
        sure = likeness if rest.by == "likeness" else self._largest(chances, "sureness")
        unsure = self._node("Less", [sure, self._constant("bar", np.float32(rest.least))])
        none = self._constant("none", np.int64(-1))
        return self._node("Where", [unsure, none, label], "label")

    def _outputs(self, label: str, chances: str, likeness: str) -> None:
        from onnx import TensorProto, helper

        float32, classes = TensorProto.FLOAT, len(self.classifier.classes)
        names = {"label": label, "probability": chances, "likeness": likeness}
        for name, value in names.items():
            self.graph.node.append(helper.make_node("Identity", [value], [name], name=name))
        del self.graph.output[:]
        self.graph.output.extend(
            [
                helper.make_tensor_value_info("label", TensorProto.INT64, ["n"]),
                helper.make_tensor_value_info("probability", float32, ["n", classes]),
                helper.make_tensor_value_info("likeness", float32, ["n"]),
            ]
        )

    def _constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        from onnx import numpy_helper

        array = np.asarray(value)
        self.graph.initializer.append(numpy_helper.from_array(array, _HEAD + name))
        return _HEAD + name

    def _node(
        self, kind: str, inputs: list[str], name: str = "", also: int = 0, **attributes: Any
    ) -> str:
        from onnx import helper

        out = _HEAD + (name or f"{kind}.{len(self.graph.node)}")
        outs = [out, *(f"{out}.{number}" for number in range(also))]
        self.graph.node.append(helper.make_node(kind, inputs, outs, name=out, **attributes))
        return out
