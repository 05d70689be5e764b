"""Networks that are opened, split, and written as graphs, number by number."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoder_makers import need
from tiny_clip import photo

from likewise.core.vectors import unit
from likewise.encoders._side_by_side import SideBySide
from likewise.encoders.base import encode_images, open_encoder
from likewise.errors import BadInputError, MissingExtraError

need("torch", "timm")

import torch  # noqa: E402 - after the skip
from tiny_networks import save  # noqa: E402

from likewise.finetune.export import to_onnx  # noqa: E402
from likewise.finetune.frozen_prefix import SplitNetwork  # noqa: E402
from likewise.finetune.networks import Tunable, open_network  # noqa: E402

SIZES = [(90, 60), (217, 333), (31, 17)]


@pytest.fixture(scope="module")
def built_in() -> Tunable:
    return open_network("efficientnet_lite0")


def squares_of(network: Tunable) -> Any:
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    return np.stack([network.cut.square(image) for image in photos])


def test_the_built_in_weights_are_the_built_in_encoder(built_in: Tunable) -> None:
    assert built_in.name == "timm/tf_efficientnet_lite0"
    assert (built_in.dim, len(built_in.blocks)) == (1280, 17)
    encoder = open_encoder("efficientnet_lite0")
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    wanted = encode_images(encoder, photos)
    graph = SideBySide(to_onnx(built_in), 1)
    np.testing.assert_allclose(unit(graph.features(squares_of(built_in))), wanted, atol=1e-3)


def test_the_top_of_the_built_in_network_is_what_comes_last(built_in: Tunable) -> None:
    last = built_in.top(1)
    assert "conv_head.weight" in last
    assert all(name.split(".")[0] in ("conv_head", "bn2", "blocks") for name in last)
    assert built_in.top(2)[-len(last) :] == last
    assert "conv_stem.weight" in built_in.top(17)


@pytest.mark.parametrize("architecture", ["test_efficientnet", "test_resnet", "test_vit"])
def test_the_parts_are_the_whole(architecture: str, tmp_path: Path) -> None:
    network = open_network(save(tmp_path / "m", architecture))
    squares = torch.from_numpy(squares_of(network))
    mean, std = (torch.tensor(x).view(1, 3, 1, 1) for x in (network.mean, network.std))
    pixels = (squares.permute(0, 3, 1, 2).float() / 255 - mean) / std
    whole = network.model(pixels).detach()
    assert (whole[0] - whole[1]).abs().max() > 1e-4  # so that what follows can fail
    for unfreeze in (1, 2, len(network.blocks)):
        fresh = open_network(network.name)
        split = SplitNetwork(fresh, unfreeze, "cpu")
        assert split.is_split == (unfreeze < len(network.blocks))
        kept = split.prefix(squares)
        assert len(kept) == 3
        rows = split.features(kept)
        np.testing.assert_allclose(rows.detach(), whole, atol=1e-5)
        rows.sum().backward()
        moved = [n for n, p in fresh.model.named_parameters() if p.grad is not None]
        assert set(moved) == set(fresh.top(unfreeze)) == set(split.tuned)
        np.testing.assert_allclose(fresh.model(pixels).detach(), whole, atol=1e-5)  # as it was


def test_a_network_that_cannot_be_split_is_run_whole(tmp_path: Path) -> None:
    network = open_network(save(tmp_path / "m"))
    beside = network.model.conv_head.forward  # `forward` does more than go from block to block
    network.model.conv_head.forward = lambda x: beside(x) * network.model.beside
    stem = network.model.conv_stem
    stem.register_forward_hook(lambda m, x, y: setattr(network.model, "beside", y.mean()))
    split = SplitNetwork(network, 1, "cpu")
    assert not split.is_split
    squares = torch.from_numpy(squares_of(network))
    assert torch.equal(split.prefix(squares), squares)
    assert split.features(squares).shape == (3, network.dim)


@pytest.mark.parametrize("architecture", ["test_efficientnet", "test_vit"])
def test_the_graph_is_torch(architecture: str, tmp_path: Path) -> None:
    network = open_network(save(tmp_path / "m", architecture))
    squares = squares_of(network)
    split = SplitNetwork(network, 1, "cpu")
    with torch.inference_mode():
        wanted = unit(split.features(split.prefix(torch.from_numpy(squares))).numpy())
    graph = SideBySide(to_onnx(network), 1)
    np.testing.assert_allclose(unit(graph.features(squares)), wanted, atol=1e-4)
    one = unit(np.concatenate([graph.features(square[None]) for square in squares]))
    np.testing.assert_allclose(one, wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("resnet50", "'resnet50' cannot be fine-tuned; give timm/NAME"),
        ("timm/", "cannot be fine-tuned"),
        ("open_clip:ViT-B-32", "cannot be fine-tuned"),
        ("timm/resnet51", "not a model that timm knows"),
    ],
)
def test_what_is_no_network_is_told(name: str, told: str) -> None:
    with pytest.raises(BadInputError, match=told):
        open_network(name)


@pytest.mark.parametrize("unfreeze", [0, -1, 18])
def test_no_network_has_so_many_blocks(built_in: Tunable, unfreeze: int) -> None:
    with pytest.raises(BadInputError, match=rf"--unfreeze is {unfreeze} and .* give 1 to 17"):
        built_in.top(unfreeze)


def test_without_torch_it_is_a_command_to_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.import_module

    def lacking(name: str, package: str | None = None) -> Any:
        if name in ("torch", "timm"):
            raise ModuleNotFoundError(name)
        return there(name, package)

    monkeypatch.setattr(importlib, "import_module", lacking)
    with pytest.raises(MissingExtraError, match=r"a network needs .*pip install 'likewise\[timm\]"):
        open_network("timm/resnet50")


def test_a_network_without_blocks_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = save(tmp_path / "m")
    kind = type(open_network(name).model)

    def nothing(self: Any, coarse: bool = False) -> Sequence[str]:
        raise NotImplementedError

    monkeypatch.setattr(kind, "group_matcher", nothing)
    with pytest.raises(BadInputError, match="does not say what the blocks"):
        open_network(name)
