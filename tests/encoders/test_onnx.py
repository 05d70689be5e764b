from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shapes import draw_shapes
from tiny_clip import DIM, LENGTH, SIDE, photo, tiny_clip

from likewise.apply.scoring import score_images
from likewise.core.concept import Concept
from likewise.core.rule_file import open_rule
from likewise.encoders._templates import VARIABLE
from likewise.encoders.base import encode_images, encode_text, open_encoder
from likewise.encoders.onnx.files import find_model
from likewise.encoders.onnx.pixels import Pixels
from likewise.encoders.onnx.words import Words
from likewise.errors import BadInputError, CorruptError, MismatchError, NotFoundError
from likewise.indexing.index import index
from likewise.rules.learn import learn_concept
from likewise.workspace import Workspace


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_images_are_those_of_the_graph_number_by_number(tmp_path: Path, kind: str) -> None:
    made = tiny_clip(tmp_path / "m", kind)
    encoder = open_encoder(f"onnx:{tmp_path / 'm'}")
    photos = [photo(seed) for seed in range(3)]
    squares = np.stack([encoder.prepare(image) for image in photos])
    assert encoder.dim == DIM
    np.testing.assert_allclose(
        encode_images(encoder, photos), made.image(squares, 0.5, 0.25), atol=1e-5
    )


@pytest.mark.parametrize(
    ("kind", "phrase", "read_as", "pad"),
    [
        ("clip", "Dog", "a photo of a Dog.", "</s>"),
        ("siglip", "Dog", "this is a photo of dog.", "<pad>"),
        ("clip", "a red car in the rain", "a red car in the rain", "</s>"),
    ],
)
def test_words_are_those_of_the_graph(
    tmp_path: Path,
    kind: str,
    phrase: str,
    read_as: str,
    pad: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tokenizers import Tokenizer

    monkeypatch.setenv(VARIABLE, "single")
    made = tiny_clip(tmp_path / "m", kind)
    tokenizer = Tokenizer.from_file(str(tmp_path / "m" / "tokenizer.json"))
    ids = tokenizer.encode(read_as).ids
    if len(ids) > LENGTH:
        ids = [*ids[: LENGTH - 1], ids[-1]]  # the end is kept
    padding = tokenizer.encode(pad, add_special_tokens=False).ids
    tokens = np.array(ids + padding * (LENGTH - len(ids)))[None, :]
    found = encode_text(open_encoder(f"onnx:{tmp_path / 'm'}"), [phrase])
    np.testing.assert_allclose(found, made.text(tokens), atol=1e-5)


def test_the_first_siglip_reads_no_punctuation(tmp_path: Path) -> None:
    tiny_clip(tmp_path / "m", "siglip")
    file = tmp_path / "m" / "tokenizer_config.json"
    file.write_text(file.read_text().replace("siglipTokenizer", "SiglipTokenizer"))
    words = Words(find_model(str(tmp_path / "m")), None)
    loud, plain = words.read(["red, barn!", "red barn"])[0]
    np.testing.assert_array_equal(loud, plain)
    with pytest.raises(BadInputError, match="empty"):
        encode_text(open_encoder(f"onnx:{tmp_path / 'm'}"), ["  "])


def test_resizing_and_cutting_as_the_settings_say() -> None:
    wide = Image.new("RGB", (200, 100), "black")
    wide.paste("white", (50, 0, 150, 100))  # the middle square is white, the rest black
    cut = Pixels.read({"size": {"shortest_edge": 20}, "crop_size": 20, "resample": 0})
    assert cut.square(wide).min() == 255
    squashed = Pixels.read({"size": {"height": 20, "width": 20}, "resample": 0})
    assert squashed.square(wide).shape == (20, 20, 3)
    assert squashed.square(wide)[:, :5].max() == 0
    padded = Pixels.read({"size": 20, "crop_size": {"height": 24, "width": 20}, "resample": 0})
    assert padded.square(wide)[:2].max() == 0
    assert padded.square(wide)[2:22].min() == 255
    bare = Pixels.read({"size": {"height": 2, "width": 2}, "do_normalize": False})
    np.testing.assert_allclose(bare.planes(np.full((1, 2, 2, 3), 51, np.uint8)), 0.2, atol=1e-6)
    for wrong in ({}, {"size": {"longest_edge": 3}}, {"size": "big"}):
        with pytest.raises(CorruptError, match="'shortest_edge'"):
            Pixels.read(wrong)


def test_the_fingerprint_follows_graphs_and_preprocessing_not_places(tmp_path: Path) -> None:
    first = tiny_clip(tmp_path / "m").folder
    fingerprint = open_encoder(f"onnx:{first}").fingerprint
    shutil.copytree(first, tmp_path / "elsewhere" / "m")
    assert open_encoder(f"onnx:{tmp_path / 'elsewhere' / 'm'}").fingerprint == fingerprint
    other = tiny_clip(tmp_path / "other" / "m", seed=1).folder
    assert open_encoder(f"onnx:{other}").fingerprint != fingerprint
    darker = tiny_clip(tmp_path / "darker" / "m", image_mean=[0.4] * 3).folder
    assert open_encoder(f"onnx:{darker}").fingerprint != fingerprint


def test_models_are_found_by_name_in_their_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_clip(tmp_path / "models" / "clip-b32")
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    for name in ("onnx:clip-b32", "clip-b32", f"onnx:{tmp_path / 'moved' / 'clip-b32'}"):
        assert open_encoder(name).name == "onnx:clip-b32"


def test_variants_are_files_of_their_own(tmp_path: Path) -> None:
    folder = tiny_clip(tmp_path / "m").folder
    other = tiny_clip(tmp_path / "other", seed=1)
    for graph in ("vision_model", "text_model"):
        shutil.copy(other.folder / "onnx" / f"{graph}.onnx", folder / "onnx" / f"{graph}_int8.onnx")
    plain, small = open_encoder(f"onnx:{folder}"), open_encoder(f"onnx:{folder}@int8")
    assert small.name == f"onnx:{folder}@int8"
    assert small.fingerprint != plain.fingerprint
    assert getattr(small, "batch_size", 0) == 1
    squares = np.stack([small.prepare(photo(seed)) for seed in range(2)])
    np.testing.assert_allclose(small.encode(squares), other.image(squares, 0.5, 0.25), atol=1e-5)
    with pytest.raises(BadInputError, match="no variant 'fp16'; it has: -, int8"):
        open_encoder(f"onnx:{folder}@fp16")


def test_what_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    with pytest.raises(BadInputError, match="which model"):
        open_encoder("onnx")
    with pytest.raises(NotFoundError, match=r"no folder nothing.*efficientnet_lite0"):
        open_encoder("onnx:nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFoundError, match=r"has no vision_model\.onnx"):
        open_encoder(f"onnx:{tmp_path / 'empty'}")
    made = tiny_clip(tmp_path / "m").folder
    graph = made / "onnx" / "vision_model.onnx"
    graph.write_bytes(graph.read_bytes()[:-200])
    with pytest.raises(CorruptError, match="cannot be run"):
        encode_images(open_encoder(f"onnx:{made}"), [photo()])
    (made / "tokenizer.json").write_text("{")
    with pytest.raises(CorruptError, match=r"tokenizer\.json cannot be read"):
        encode_text(open_encoder(f"onnx:{made}"), ["dog"])
    (made / "onnx" / "text_model.onnx").unlink()
    with pytest.raises(BadInputError, match="reads images only"):
        encode_text(open_encoder(f"onnx:{made}"), ["dog"])
    for text in ("[", "[" * 100_000):
        (made / "preprocessor_config.json").write_text(text)
        with pytest.raises(CorruptError, match="is not JSON"):
            _ = open_encoder(f"onnx:{made}").input_size


def test_offline_one_sentence_names_the_folder_to_fill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("LIKEWISE_MODELS", str(tmp_path / "models"))
    with pytest.raises(NotFoundError) as told:
        open_encoder("siglip2-base")
    text = str(told.value)
    assert str(tmp_path / "models" / "siglip2-base") in text
    assert "built-in encoder efficientnet_lite0" in text
    assert "\n" not in text


def test_cuda_asked_for_and_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine has CUDA")
    folder = tiny_clip(tmp_path / "m").folder
    monkeypatch.setenv("LIKEWISE_DEVICE", "cuda")
    with pytest.raises(BadInputError, match="install onnxruntime-gpu"):
        encode_images(open_encoder(f"onnx:{folder}"), [photo()])
    monkeypatch.setenv("LIKEWISE_DEVICE", "tpu")
    with pytest.raises(BadInputError, match="auto or one of cpu, cuda"):
        encode_images(open_encoder(f"onnx:{folder}"), [photo()])


def test_an_image_smaller_than_the_square_is_enlarged(tmp_path: Path) -> None:
    encoder = open_encoder(f"onnx:{tiny_clip(tmp_path / 'm').folder}")
    assert encoder.prepare(photo(size=(3, 2))).shape == (SIDE, SIDE, 3)


def test_a_workspace_and_a_rule_file_open_it_again(tmp_path: Path) -> None:
    folder = tiny_clip(tmp_path / "m").folder
    photos, path = draw_shapes(tmp_path / "shapes", each=2), tmp_path / "x.likewise"
    index(photos, path, f"onnx:{folder}")
    assert index(photos, path).unchanged == 6  # without naming the encoder again
    with Workspace(path) as place:
        assert place.encoder_name == f"onnx:{folder}"
        place.concepts.save(Concept("disc", ("disc/00.png",), ("square/00.png",), ("dog",)))
        rule, shelved = learn_concept(place, "disc", "mean")
        assert rule.provenance["encoder_name"] == place.encoder_name
    scored = list(score_images(photos, open_rule(shelved.path)))
    assert len(scored) == 6
    assert all(image.error is None for image in scored)
    tiny_clip(tmp_path / "n", seed=1)
    shutil.rmtree(folder)
    (tmp_path / "n").rename(folder)
    with Workspace(path) as place, pytest.raises(MismatchError, match="holds vectors of"):
        _ = place.encoder
    with pytest.raises(MismatchError):
        score_images(photos, open_rule(shelved.path))
    with pytest.raises(MismatchError):
        index(photos, path)
