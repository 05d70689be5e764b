"""A trained network as an ONNX graph, so that embedding needs no torch."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np

from likewise.core.vectors import unit
from likewise.encoders._side_by_side import SideBySide
from likewise.encoders._torch import first_line
from likewise.errors import BadInputError, MismatchError
from likewise.finetune.networks import Tunable

_OPSET = 17
_SAME = 1e-4
_TRIED = 3  # images


def to_onnx(network: Tunable) -> bytes:
    """The network, with what is done to grey levels before it, and checked against torch.

    Args:
        network: its model may be on any device.

    Returns:
        An ONNX model that takes uint8 ``pixels`` (n, side, side, 3) and answers ``features``
        (n, dim), within 1e-4 of torch's at unit length.
    """
    import torch

    model = _with_pixels(network).eval()
    draw = torch.Generator().manual_seed(0)
    side = network.cut.side
    squares = torch.randint(0, 256, (_TRIED, side, side, 3), dtype=torch.uint8, generator=draw)
    written = io.BytesIO()
    names = {"pixels": {0: "n"}, "features": {0: "n"}}
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")  # of torch, about itself
            # The exporter that only needs torch; the other one needs onnxscript besides.
            torch.onnx.export(
                model, (squares,), written, input_names=["pixels"], output_names=["features"],
                dynamic_axes=names, opset_version=_OPSET, dynamo=False,
            )  # fmt: skip
            expected = model(squares).numpy()
    except Exception as error:  # torch and its exporter raise whatever stops them
        raise BadInputError(
            f"torch cannot write {network.architecture} as an ONNX graph ({first_line(error)}); "
            "choose another network"
        ) from error
    graph = written.getvalue()
    apart = float(
        np.abs(unit(SideBySide(graph, 1).features(squares.numpy())) - unit(expected)).max()
    )
    if not apart <= _SAME:
        raise MismatchError(
            f"the ONNX graph of {network.architecture} answers vectors that are {apart:.2g} from "
            f"torch's where {_SAME:g} is wanted; choose another network"
        )
    return graph


def _with_pixels(network: Tunable) -> Any:
    """The model behind its normalisation, on the CPU."""
    import torch

    class WithPixels(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network.model.cpu()
            for name, levels in (("mean", network.mean), ("std", network.std)):
                value = 255 * torch.tensor(levels, dtype=torch.float32)
                self.register_buffer(name, value.view(1, 3, 1, 1))

        def forward(self, pixels: Any) -> Any:
            levels = pixels.permute(0, 3, 1, 2).float()
            return self.network((levels - self.mean) / self.std)

    return WithPixels()
