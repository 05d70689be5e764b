"""ONNX graphs of learned things: an encoder's, or none, with arithmetic added behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from likewise.core.space import Space
from likewise.encoders.base import Encoder
from likewise.errors import BadInputError

_OPSET, _IR_VERSION = 17, 8
_ADDED = "likewise."  # begins the names of all that is added to an encoder's graph


@runtime_checkable
class OnnxEncoder(Protocol):
    """An encoder that is an ONNX graph."""

    def onnx_model(self) -> bytes:
        """The graph: batches as `prepare` answers them in, rows (n, dim) of any length out."""
        ...


class Graph:
    """A graph that grows, in operations that mean the same in any opset.

    Args:
        dim: columns of the vectors that it takes, or that its encoder answers.
        encoder: put in front; then the graph takes pixels, and without it `vectors`.
        what: how an error should call what the graph is of, such as "rule".

    Attributes:
        vectors: name of the value that holds them, (n, dim), of any length.

    Raises:
        BadInputError: the encoder is no ONNX graph.
    """

    def __init__(self, dim: int, encoder: Encoder | None, what: str) -> None:
        import onnx

        if encoder is None:
            self._model, self.vectors = _empty(dim), "vectors"
        elif isinstance(encoder, OnnxEncoder):
            self._model = onnx.load_from_string(encoder.onnx_model())
            self.vectors = self._model.graph.output[0].name
        else:
            raise BadInputError(
                f"the encoder '{encoder.name}' is no ONNX graph; export the {what} alone and "
                "give it the encoder's vectors"
            )
        self._graph = self._model.graph
        self._unit_vectors: str | None = None

    def mapped(self, space: Space) -> str:
        """The vectors as a space maps them: unit rows (n, space.dim_out)."""
        value = self.node(
            "Sub", [self.unit_vectors(space.dim_in), self.constant("mean", space.mean)], "centred"
        )
        if space.projection is not None:
            value = self.node("MatMul", [value, self.constant("projection", space.projection)])
        return self._unit(value, space.dim_out, "mapped")

    def unit_vectors(self, dim: int) -> str:
        """The vectors at unit length, (n, dim); made once."""
        if self._unit_vectors is None:
            self._unit_vectors = self._unit(self.vectors, dim, "given")
        return self._unit_vectors

    def products(self, value: str, rows: NDArray[np.float32], name: str = "rows") -> str:
        """Inner products with some rows (r, dim), shape (n, r)."""
        weights = self.constant(name, np.ascontiguousarray(rows.T))
        return self.node("MatMul", [value, weights], f"{name}.products")

    def largest(self, values: str, name: str) -> str:
        """The largest value of each row, (n,)."""
        last = self.constant(f"{name}.last", np.array([1]))
        return self.node("Squeeze", [self.top(values), last], name)

    def top(self, values: str) -> str:
        """The largest value along the last axis, which stays."""
        k = self.constant(f"one.{len(self._graph.node)}", np.array([1]))
        return self.node("TopK", [values, k], axis=-1, also=1)

    def constant(self, name: str, value: NDArray[Any] | np.generic) -> str:
        """A value that never changes."""
        from onnx import numpy_helper

        array = np.asarray(value)
        self._graph.initializer.append(numpy_helper.from_array(array, _ADDED + name))
        return _ADDED + name

    def node(
        self, kind: str, inputs: list[str], name: str = "", also: int = 0, **attributes: Any
    ) -> str:
        """Add an operation; answers the name of what comes of it."""
        from onnx import helper

        out = _ADDED + (name or f"{kind}.{len(self._graph.node)}")
        outs = [out, *(f"{out}.{number}" for number in range(also))]
        self._graph.node.append(helper.make_node(kind, inputs, outs, name=out, **attributes))
        return out

    def finish(
        self, outputs: Mapping[str, tuple[str, Any, list[Any]]], facts: Mapping[str, str]
    ) -> bytes:
        """The graph's file.

        Args:
            outputs: by name: the value, its type and its shape; they become the only outputs.
            facts: its metadata.
        """
        import onnx
        from onnx import helper

        del self._graph.output[:]
        for name, (value, kind, shape) in outputs.items():
            self._graph.node.append(helper.make_node("Identity", [value], [name], name=name))
            number = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
            self._graph.output.append(helper.make_tensor_value_info(name, number, shape))
        helper.set_model_props(self._model, dict(facts))
        onnx.checker.check_model(self._model)
        return bytes(self._model.SerializeToString())

    def _unit(self, value: str, dim: int, name: str) -> str:
        """Rows at unit length; the sum of squares is a product with ones."""
        squares = self.node("Mul", [value, value], f"{name}.squares")
        ones = self.constant(f"{name}.ones", np.ones((dim, 1), np.float32))
        total = self.node("MatMul", [squares, ones], f"{name}.total")
        length = self.node("Sqrt", [total], f"{name}.length")
        least = self.constant(f"{name}.least", np.float32(1e-12))
        return self.node("Div", [value, self.node("Max", [length, least])], f"{name}.unit")


def _empty(dim: int) -> Any:
    from onnx import TensorProto, helper

    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["n", dim])
    graph = helper.make_graph([], "likewise", [vectors], [])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
    model.ir_version = _IR_VERSION
    return model
