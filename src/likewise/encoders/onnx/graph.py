"""One ONNX graph, ready to run on a processor or another device."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likewise.encoders.onnx.providers import PROVIDERS
from likewise.errors import BadInputError, CorruptError

_OUTPUTS = ("image_embeds", "text_embeds", "pooler_output", "sentence_embedding")
_TOKENS = "last_hidden_state"
_LARGEST_WITHOUT_WEIGHTS = 64 << 20  # bytes
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}


class Graph:
    """A vision or text graph, and its output that is the vector.

    Args:
        file: the graph; weights may lie beside it.
        provider: that runs it, a name of `likewise.encoders.onnx.providers.PROVIDERS`.
        of_images_alone: whether a vision transformer without words is read, such as DINOv2: its
            vector is the first token's where the graph has no other output.
    """

    def __init__(self, file: Path, provider: str = "cpu", of_images_alone: bool = False) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        providers = list(dict.fromkeys([PROVIDERS[provider], PROVIDERS["cpu"]]))
        try:
            self._session = onnxruntime.InferenceSession(str(file), options, providers=providers)
        except Exception as error:  # onnxruntime raises a class of its own for each cause
            why = str(error).strip().splitlines()[0]
            raise CorruptError(f"{file} cannot be run ({why}); fetch it again") from error
        if providers[0] not in self._session.get_providers():
            raise BadInputError(
                f"the device '{provider}' cannot be started; see what this onnxruntime requires "
                "for it, or set LIKEWISE_DEVICE=cpu"
            )
        outputs = {output.name: output for output in self._session.get_outputs()}
        sought = (*_OUTPUTS, _TOKENS) if of_images_alone else _OUTPUTS
        named = [name for name in sought if name in outputs] or list(outputs)[: len(outputs) == 1]
        if not named:
            raise CorruptError(
                f"{file} has the outputs {', '.join(outputs)} and none of {', '.join(_OUTPUTS)}; "
                "export the model with its projection"
            )
        self._file, self._output = file, named[0]
        self._has_tokens = of_images_alone and len(outputs[self._output].shape) == 3
        self.width = outputs[self._output].shape[-1]
        self.inputs = {x.name: tuple(x.shape) for x in self._session.get_inputs()}
        self._types = {x.name: _TYPES.get(x.type, np.float32) for x in self._session.get_inputs()}

    @property
    def rows(self) -> int | None:
        """The one number of rows that it takes, or None where any will do."""
        first = self.shape[0]
        return first if isinstance(first, int) else None

    @property
    def shape(self) -> tuple[Any, ...]:
        """Of its first input; a name stands for a length that is not fixed."""
        return next(iter(self.inputs.values()))

    def run(self, values: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Run on those of the values that it has an input for; (n, width).

        Raises:
            CorruptError: it has another input as well.
        """
        missing = [name for name in self._types if name not in values]
        if missing and len(self._types) > 1:
            raise CorruptError(
                f"{self._file} takes {', '.join(self._types)}, and {', '.join(missing)} cannot be "
                "given; export images and words as two graphs"
            )
        only = next(iter(values)) if len(self._types) == 1 else None  # whatever its name is
        fed = {
            name: values[name if name in values else only or name].astype(kind)
            for name, kind in self._types.items()
        }
        rows = self._session.run([self._output], fed)[0]
        if self._has_tokens:
            rows = rows[:, 0]
        return np.asarray(rows, np.float32).reshape(len(rows), -1)


def external_data(file: Path) -> list[Path]:
    """The files beside a graph that it reads weights from; a file that is no graph has none.

    Graphs of more than 64 MB hold their weights themselves and are not searched.
    """
    import onnx

    if file.stat().st_size > _LARGEST_WITHOUT_WEIGHTS:
        return []
    try:
        model = onnx.load(str(file), load_external_data=False)
    except Exception:  # protobuf's own; `Graph` says what is wrong with the file
        return []
    names = {
        entry.value
        for tensor in model.graph.initializer
        for entry in tensor.external_data
        if entry.key == "location"
    }
    return [file.parent / name for name in sorted(names) if (file.parent / name).is_file()]
