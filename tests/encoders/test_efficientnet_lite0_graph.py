"""The graph against another way to compute it: plainly in numpy, nothing folded."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

from likewise.encoders._lite0_weights import read_weights
from likewise.encoders.efficientnet_lite0.graph import build_graph, fold_batch_norm

Array = NDArray[np.float32]
Weights = Mapping[str, Array]

STAGES = ((1, 1, 1), (6, 2, 2), (6, 2, 2), (6, 2, 3), (6, 1, 3), (6, 2, 4), (6, 1, 1))
"""Expansion, stride and repeats of each stage, as in the paper."""


@cache
def weights() -> Weights:
    return read_weights()


@cache
def graph() -> bytes:
    return build_graph(weights())


def run(model: bytes, name: str, value: NDArray[np.generic]) -> Array:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["features"], {name: value})[0])


def without_normalising() -> bytes:
    """The same graph, fed behind its normalisation with floats of any value."""
    model = onnx.load_from_string(graph())
    start = next(i for i, node in enumerate(model.graph.node) if node.op_type == "Conv")
    assert model.graph.node[start].input[0] == "normalised"
    del model.graph.node[:start], model.graph.input[:]
    model.graph.input.append(
        onnx.helper.make_tensor_value_info("normalised", onnx.TensorProto.FLOAT, ["n", 3, 224, 224])
    )
    return bytes(model.SerializeToString())


def same_padding(x: Array, kernel: int, stride: int) -> Array:
    """TensorFlow's "SAME": as many outputs as strides fit, the odd pixel after."""
    size = x.shape[1]
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    around = (total // 2, total - total // 2)
    return np.pad(x, [(0, 0), around, around])


def convolution(x: Array, kernel: Array, stride: int, depthwise: bool) -> Array:
    """Sum over the places of the kernel, of the image shifted so that the place is under it."""
    k = kernel.shape[-1]
    side = -(-x.shape[1] // stride)
    padded = same_padding(x, k, stride)
    out = np.zeros((len(kernel), side * side), np.float32)
    for i in range(k):
        for j in range(k):
            under = padded[:, i : i + side * stride : stride, j : j + side * stride : stride]
            flat, place = under.reshape(len(under), -1), kernel[:, :, i, j]
            out += place * flat if depthwise else place @ flat
    return out.reshape(-1, side, side)


def batch_norm(x: Array, name: str) -> Array:
    w = {k: weights()[f"{name}.{k}"][:, None, None] for k in ("weight", "bias")}
    mean, var = (weights()[f"{name}.running_{k}"][:, None, None] for k in ("mean", "var"))
    return np.asarray((x - mean) / np.sqrt(var + 1e-3) * w["weight"] + w["bias"], np.float32)


def slow_features(x: Array) -> Array:
    """Features of one image of shape (3, 224, 224), layer after layer."""

    def layer(x: Array, name: str, norm: str, stride: int = 1, clip: bool = True) -> Array:
        kernel = weights()[f"{name}.weight"]
        x = batch_norm(convolution(x, kernel, stride, "depthwise" in name), norm)
        return np.clip(x, 0, 6) if clip else x

    x = layer(x, "_conv_stem", "_bn0", stride=2)
    number = 0
    for expand, stride, repeats in STAGES:
        for repeat in range(repeats):
            name, before = f"_blocks.{number}", x
            if expand > 1:
                x = layer(x, f"{name}._expand_conv", f"{name}._bn0")
            x = layer(x, f"{name}._depthwise_conv", f"{name}._bn1", 1 if repeat else stride)
            x = layer(x, f"{name}._project_conv", f"{name}._bn2", clip=False)
            x = x + before if repeat else x
            number += 1
    return np.asarray(layer(x, "_conv_head", "_bn1").mean(axis=(1, 2)))


def drawn() -> NDArray[np.uint8]:
    """A colourful ramp with a checked square on it; shape (224, 224, 3)."""
    y, x = np.mgrid[:224, :224]
    image = np.stack([x, y, 223 - x], axis=-1).astype(np.uint8)
    image[60:140, 80:160] = np.where((x + y) % 16 < 8, 20, 240)[60:140, 80:160, None]
    return image


def test_agrees_with_a_plain_computation_in_numpy() -> None:
    pixels = drawn()
    normalised = ((pixels - np.float32(127)) / np.float32(128)).transpose(2, 0, 1)
    slow = slow_features(normalised)
    fast = run(graph(), "pixels", pixels[None])[0]
    assert slow.max() > 1  # there is something to agree on
    np.testing.assert_allclose(fast, slow, atol=1e-4)


def test_agrees_with_an_independent_implementation(shared_data: Path) -> None:
    expected = np.load(shared_data / "reference" / "efficientnet_lite0.npz")
    x = np.random.RandomState(0).uniform(-1, 1, (4, 3, 224, 224)).astype(np.float32)
    features = run(without_normalising(), "normalised", x)
    logits = features @ weights()["_fc.weight"].T + weights()["_fc.bias"]
    np.testing.assert_allclose(features, expected["features"], atol=1e-3)
    np.testing.assert_allclose(logits, expected["logits"], atol=1e-3)


def test_is_a_valid_graph_of_few_kinds_of_nodes() -> None:
    model = onnx.load_from_string(graph())
    onnx.checker.check_model(model, full_check=True)
    kinds = {node.op_type for node in model.graph.node}
    assert "BatchNormalization" not in kinds
    assert sum(node.op_type == "Conv" for node in model.graph.node) == 49


def test_a_folded_batch_norm_does_what_the_two_did() -> None:
    kernel, bias = fold_batch_norm(weights(), "_conv_stem", "_bn0")
    x = np.random.default_rng(0).uniform(-1, 1, (3, 16, 16)).astype(np.float32)
    apart = batch_norm(convolution(x, weights()["_conv_stem.weight"], 1, False), "_bn0")
    together = convolution(x, kernel, 1, False) + bias[:, None, None]
    np.testing.assert_allclose(together, apart, atol=1e-4)


@pytest.mark.parametrize("side", [4, 7])
def test_the_slow_convolution_is_the_definition(side: int) -> None:
    x = np.arange(side * side, dtype=np.float32).reshape(1, side, side)
    middle = np.zeros((1, 1, 3, 3), np.float32)
    middle[0, 0, 1, 1] = 2
    assert (convolution(x, middle, 1, False) == 2 * x).all()
    assert (convolution(x, middle, 1, True) == 2 * x).all()
