"""The real loading code on random weights, number by number against timm itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoder_makers import need
from hub_cache import put_into_cache
from shapes import draw_shapes
from tiny_clip import photo

from likewise.apply.scoring import score_images
from likewise.core.concept import Concept
from likewise.core.rule_file import open_rule
from likewise.core.vectors import unit
from likewise.encoders.base import encode_images, encode_text, open_encoder
from likewise.errors import BadInputError, CorruptError, MismatchError, NotFoundError
from likewise.indexing.index import index
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace

need("torch", "timm")

import timm  # noqa: E402 - after the skip
import torch  # noqa: E402

SIZES = [(90, 60), (217, 333), (31, 17)]


def save(folder: Path, architecture: str, seed: int = 0, **options: Any) -> Any:
    """A model of random weights in a folder, as timm saves it; and the model."""
    torch.manual_seed(seed)
    model = timm.create_model(architecture, pretrained=False, **options).eval()
    timm.models.save_for_hf(model, folder, model_args=options, safe_serialization=True)
    return model


def check_numbers(folder: Path, model: Any, dim: int, side: int) -> None:
    """Pixels and features as timm itself makes them."""
    encoder: Any = open_encoder(f"timm:{folder}")
    assert encoder.dim == dim
    config = timm.data.resolve_data_config({}, model=model)
    assert config["input_size"] == (3, side, side)
    transform = timm.data.create_transform(**config)
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    theirs = torch.stack([transform(image) for image in photos])
    squares = np.stack([encoder.prepare(image) for image in photos])
    assert squares.shape[1:] == (side, side, 3)
    levels = theirs.numpy() * np.array(config["std"])[:, None, None]
    levels = (levels + np.array(config["mean"])[:, None, None]) * 255
    np.testing.assert_allclose(squares.transpose(0, 3, 1, 2), levels, atol=0.01)
    with torch.inference_mode():
        rows = model.forward_head(model.forward_features(theirs), pre_logits=True)
    wanted = unit(rows.numpy())
    assert np.abs(wanted[0] - wanted[1]).max() > 1e-3  # so that what follows can fail
    np.testing.assert_allclose(encode_images(encoder, photos), wanted, atol=1e-4)


@pytest.mark.parametrize(
    ("architecture", "options", "dim", "side"),
    [
        # The first of the two hidden layers is a sixteenth as wide here: all of it takes 40 s.
        ("vgg16", {"mlp_ratio": 1 / 16}, 4096, 224),
        ("inception_v3", {}, 2048, 299),
        ("resnet50", {}, 2048, 224),
        ("efficientnet_b0", {}, 1280, 224),
        ("test_vit", {}, 64, 160),
    ],
)
def test_features_are_those_of_timm(
    tmp_path: Path, architecture: str, options: dict[str, Any], dim: int, side: int
) -> None:
    model = save(tmp_path / architecture, architecture, **options)
    check_numbers(tmp_path / architecture, model, dim, side)


def test_the_built_in_weights_are_the_built_in_encoder() -> None:
    ours: Any = open_encoder("timm:tf_efficientnet_lite0")
    built_in = open_encoder("efficientnet_lite0")
    photos = [photo(seed, size) for seed, size in enumerate(SIZES)]
    np.testing.assert_allclose(
        encode_images(ours, photos), encode_images(built_in, photos), atol=1e-3
    )
    square = np.stack([ours.prepare(image) for image in photos])
    np.testing.assert_allclose(ours.encode(square), built_in.encode(square), atol=1e-5)


def test_a_model_comes_from_the_hubs_cache_by_its_tag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path / "m", "test_vit")
    repository = timm.models.get_pretrained_cfg("test_vit").hf_hub_id
    put_into_cache(monkeypatch, tmp_path / "hub", repository, tmp_path / "m")
    encoder, of_folder = open_encoder("timm:test_vit"), open_encoder(f"timm:{tmp_path / 'm'}")
    assert encoder.name == "timm:test_vit"
    assert encoder.fingerprint == of_folder.fingerprint
    half = open_encoder("timm:test_vit@half")
    assert half.fingerprint == f"{encoder.fingerprint}-half"
    np.testing.assert_allclose(
        encode_images(half, [photo()]), encode_images(encoder, [photo()]), atol=5e-3
    )


def test_a_folder_is_found_by_name_and_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path))
    save(tmp_path / "mine", "test_vit")
    first = open_encoder("timm:mine")
    assert first.name == "timm:mine"
    assert open_encoder(f"timm:{tmp_path / 'gone' / 'mine'}").fingerprint == first.fingerprint
    save(tmp_path / "other", "test_vit", seed=1)
    assert open_encoder("timm:other").fingerprint != first.fingerprint
    config = tmp_path / "mine" / "config.json"
    settings = json.loads(config.read_text())
    settings["pretrained_cfg"]["mean"] = [0.4] * 3
    config.write_text(json.dumps(settings))
    assert open_encoder("timm:mine").fingerprint != first.fingerprint


def test_what_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    with pytest.raises(BadInputError, match="which model"):
        open_encoder("timm")
    with pytest.raises(BadInputError, match=r"'resnet51' is not a.* resnet51q or resnet50"):
        open_encoder("timm:resnet51")
    with pytest.raises(BadInputError, match=r"no weights of the name 'resnet50\.best'"):
        open_encoder("timm:resnet50.best")
    with pytest.raises(BadInputError, match="no weights of it on the hub"):
        open_encoder("timm:vit_giant_patch14_224")
    with pytest.raises(NotFoundError) as told:
        open_encoder("timm:resnet50")
    for said in ("model.safetensors", str(tmp_path / "models" / "resnet50"), "built-in encoder"):
        assert said in str(told.value)
    assert "\n" not in str(told.value)
    save(tmp_path / "m", "test_vit")
    with pytest.raises(BadInputError, match=r"reads images only.*example images"):
        encode_text(open_encoder(f"timm:{tmp_path / 'm'}"), ["dog"])
    weights = tmp_path / "m" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CorruptError, match=r"m cannot be read as a model of timm \(.*again"):
        open_encoder(f"timm:{tmp_path / 'm'}")
    weights.unlink()  # never with random weights
    with pytest.raises(NotFoundError, match=r"has no config\.json and model\.safetensors"):
        open_encoder(f"timm:{tmp_path / 'm'}")


def test_a_model_that_reads_no_colours_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "grey", "test_vit", in_chans=1)
    with pytest.raises(BadInputError, match="reads 1 channels where 3 are wanted"):
        open_encoder(f"timm:{tmp_path / 'grey'}")


def test_a_device_that_is_not_here_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    monkeypatch.setenv("LIKEWISE_DEVICE", "cuda")
    with pytest.raises(BadInputError, match="asks for cuda and torch"):
        index(draw_shapes(tmp_path / "shapes", each=1), encoder="timm:tf_efficientnet_lite0")
    assert not (tmp_path / "shapes.likewise").exists()


def test_a_workspace_and_a_rule_file_open_it_again(tmp_path: Path) -> None:
    photos, path = draw_shapes(tmp_path / "shapes", each=2), tmp_path / "x.likewise"
    save(tmp_path / "m", "test_vit")
    index(photos, path, f"timm:{tmp_path / 'm'}")
    assert index(photos, path).unchanged == 6  # without naming the encoder again
    with Workspace(path) as place:
        assert place.encoder_name == f"timm:{tmp_path / 'm'}"
        place.concepts.save(Concept("disc", ("disc/00.png",), ("square/00.png",)))
        _, shelved = learn_concept(place, "disc", "mean")
    scored = list(score_images(photos, open_rule(shelved.path)))
    assert [image.error for image in scored] == [None] * 6
    shutil.rmtree(tmp_path / "m")
    save(tmp_path / "m", "test_vit", seed=1)
    with Workspace(path) as place, pytest.raises(MismatchError, match="holds vectors of"):
        _ = place.encoder
