"""Builds EfficientNet-Lite0 as an ONNX graph: pixels in, pooled features out.

The architecture is that of EfficientNet-B0 (Tan and Le, "EfficientNet: Rethinking Model Scaling
for Convolutional Neural Networks", ICML 2019) as its authors simplified it for small devices:
no squeeze-and-excitation, and ReLU6 in place of swish. Batch norm is folded into the
convolutions; the padding is TensorFlow's "SAME", as in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]

VERSION = "1"
"""Grows when the graph built from the same weights changes."""

SIDE = 224
"""Pixels on each side of the images it takes."""

MIDDLE, HALF_RANGE = 127, 128
"""Pixel values x become (x - MIDDLE) / HALF_RANGE."""

_OPSET = 17
_BATCH_NORM_EPSILON = 1e-3
_STEM_CHANNELS = 32


class _Stage(NamedTuple):
    """A run of inverted residual blocks; only the first of them strides."""

    repeats: int
    kernel: int
    stride: int
    expand: int
    channels: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


def build_graph(weights: Weights) -> bytes:
    """The network as a serialised ONNX model.

    Its input ``pixels`` is uint8 of shape (n, 224, 224, 3); its output ``features`` is float32
    of shape (n, 1280): what the global average pool answers, before the classifier. In between,
    ``normalised`` is float32 of shape (n, 3, 224, 224).
    """
    draft = _Draft(weights)
    draft.normalise("pixels", "normalised")
    value = draft.convolve("normalised", "_conv_stem", "_bn0", kernel=3, stride=2)
    channels, block = _STEM_CHANNELS, 0
    for stage in _STAGES:
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            shortcut = stride == 1 and channels == stage.channels
            value = draft.block(value, f"_blocks.{block}", stage, stride, shortcut)
            channels, block = stage.channels, block + 1
    value = draft.convolve(value, "_conv_head", "_bn1")
    draft.pool(value, "features")
    return draft.serialised("pixels", "features", len(weights["_bn1.weight"]))


def fold_batch_norm(
    weights: Weights, convolution: str, norm: str
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A convolution with its batch norm folded in.

    Returns:
        kernel of shape (out, in / groups, k, k), and bias of shape (out,).
    """
    variance = weights[f"{norm}.running_var"].astype(np.float64)
    scale = weights[f"{norm}.weight"] / np.sqrt(variance + _BATCH_NORM_EPSILON)
    kernel = weights[f"{convolution}.weight"] * scale[:, None, None, None]
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    return kernel.astype(np.float32), bias.astype(np.float32)


class _Draft:
    """The nodes and constants of a graph under construction; each method adds an operation."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._constant("zero", np.float32(0))
        self._constant("six", np.float32(6))

    def normalise(self, value: str, out: str) -> None:
        """Grey levels, channels last, to about -1 to 1, channels first."""
        self._constant("middle", np.uint8(MIDDLE))
        self._constant("step", np.float32(1 / HALF_RANGE))
        self._node("Transpose", [value], "planes", perm=[0, 3, 1, 2])
        self._node("DequantizeLinear", ["planes", "step", "middle"], out)

    def block(self, value: str, name: str, stage: _Stage, stride: int, shortcut: bool) -> str:
        """An inverted residual block (Sandler et al., "MobileNetV2", CVPR 2018)."""
        start = value
        norms = iter(("_bn0", "_bn1", "_bn2") if stage.expand > 1 else ("_bn1", "_bn2"))
        if stage.expand > 1:
            value = self.convolve(value, f"{name}._expand_conv", f"{name}.{next(norms)}")
        value = self.convolve(
            value, f"{name}._depthwise_conv", f"{name}.{next(norms)}", stage.kernel, stride
        )
        value = self.convolve(value, f"{name}._project_conv", f"{name}.{next(norms)}", clip=False)
        return self._node("Add", [value, start], f"{name}.sum") if shortcut else value

    def convolve(
        self,
        value: str,
        name: str,
        norm: str,
        kernel: int = 1,
        stride: int = 1,
        clip: bool = True,
    ) -> str:
        """A convolution with its batch norm folded in, then ReLU6 unless `clip` is off."""
        weight, bias = fold_batch_norm(self.weights, name, norm)
        self._constant(f"{name}.kernel", weight)
        self._constant(f"{name}.bias", bias)
        # Every size met here divides by its stride, so "SAME" needs kernel - stride in all, and
        # TensorFlow puts the odd one after.
        padding = kernel - stride
        before, after = padding // 2, padding - padding // 2
        value = self._node(
            "Conv",
            [value, f"{name}.kernel", f"{name}.bias"],
            f"{name}.out",
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=len(weight) if "_depthwise" in name else 1,
        )
        return self._node("Clip", [value, "zero", "six"], f"{name}.clipped") if clip else value

    def pool(self, value: str, out: str) -> None:
        """The mean over all positions."""
        self._node("GlobalAveragePool", [value], "pooled")
        self._node("Flatten", ["pooled"], out)

    def serialised(self, pixels: str, features: str, width: int) -> bytes:
        """The finished model, checked."""
        from onnx import TensorProto, checker, helper

        graph = helper.make_graph(
            self.nodes,
            "efficientnet_lite0",
            [helper.make_tensor_value_info(pixels, TensorProto.UINT8, ["n", SIDE, SIDE, 3])],
            [helper.make_tensor_value_info(features, TensorProto.FLOAT, ["n", width])],
            self.constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)])
        model.ir_version = 8  # the one of opset 17, so that any onnxruntime since 1.13 reads it
        checker.check_model(model)
        return bytes(model.SerializeToString())

    def _constant(self, name: str, value: Any) -> None:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value), name))

    def _node(self, kind: str, inputs: list[str], out: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [out], name=out, **attributes))
        return out
