"""The same small model in the layouts of four programs, and CLIP's own tokenizer."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import onnx.compose
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_clip import DIM, LENGTH, PHRASES, SIDE, TinyClip, photo, tiny_clip, write_text

from likewise.encoders.base import encode_images, encode_text, open_encoder
from likewise.encoders.onnx.merges import clip_tokenizer
from likewise.encoders.onnx.pixels import from_open_clip
from likewise.errors import BadInputError, CorruptError

MERGES = ["d o", "do g</w>", "c a", "ca t</w>", "p h", "ph o", "pho t", "phot o</w>", "o f</w>"]
PIXELS = {"size": [SIDE, SIDE], "mean": [0.5] * 3, "std": [0.25] * 3, "interpolation": "bicubic"}
SIZES = [(90, 60), (61, 90), (33, 200), (40, 40), (3, 2)]


@pytest.fixture
def tiny(tmp_path: Path) -> TinyClip:
    return tiny_clip(tmp_path / "export")


def renamed(graph: Path, to: Path, name: str) -> None:
    """A copy of a graph whose input and output have other names."""
    model = onnx.load(graph)
    before, out = model.graph.input[0].name, model.graph.output[0].name
    for node in model.graph.node:
        node.input[:] = [name if x == before else x for x in node.input]
        node.output[:] = ["output" if x == out else x for x in node.output]
    model.graph.input[0].name, model.graph.output[0].name = name, "output"
    to.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, to)


def write_merges(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress("\n".join(["#version: 0.2", *MERGES, ""]).encode()))


def immich(tiny: TinyClip, folder: Path, **pixels: object) -> Path:
    for inner, stem in (("visual", "vision_model"), ("textual", "text_model")):
        name = "image" if inner == "visual" else "text"
        renamed(tiny.folder / "onnx" / f"{stem}.onnx", folder / inner / "model.onnx", name)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny.folder / name, folder / "textual" / name)
    (folder / "visual" / "preprocess_cfg.json").write_text(json.dumps({**PIXELS, **pixels}))
    (folder / "config.json").write_text(json.dumps({"text_cfg": {"context_length": LENGTH}}))
    return folder


def same_images(one: str, other: str) -> None:
    images = [photo(size=size) for size in SIZES]
    a, b = (encode_images(open_encoder(f"onnx:{x}"), images) for x in (one, other))
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_a_folder_of_immich(tiny: TinyClip, tmp_path: Path) -> None:
    folder = immich(tiny, tmp_path / "immich")
    ours, theirs = (open_encoder(f"onnx:{x}") for x in (folder, tiny.folder))
    np.testing.assert_array_equal(encode_text(ours, PHRASES), encode_text(theirs, PHRASES))
    images = [photo(size=size) for size in ((90, 60), (60, 90), (32, 32))]  # cut at whole pixels
    np.testing.assert_allclose(
        encode_images(ours, images), encode_images(theirs, images), atol=1e-6
    )
    assert ours.dim == DIM
    assert ours.fingerprint != theirs.fingerprint


def test_half_pixels_are_cut_as_torchvision_does(tiny: TinyClip, tmp_path: Path) -> None:
    ours = open_encoder(f"onnx:{immich(tiny, tmp_path / 'immich')}")
    image = photo(size=(70, SIDE))  # 38 to spare, 19 on a side
    np.testing.assert_array_equal(ours.prepare(image), np.asarray(image)[:, 19:51])
    odd = photo(size=(67, SIDE))  # 17.5 on a side, which rounds to 18
    np.testing.assert_array_equal(ours.prepare(odd), np.asarray(odd)[:, 18:50])


def test_images_that_are_squashed(tiny: TinyClip, tmp_path: Path) -> None:
    squashed = tiny_clip(
        tmp_path / "squashed", size={"height": SIDE, "width": SIDE}, do_center_crop=False
    )
    same_images(str(immich(tiny, tmp_path / "immich", resize_mode="squash")), str(squashed.folder))


def test_words_without_capitals_and_punctuation(tiny: TinyClip, tmp_path: Path) -> None:
    folder = immich(tiny, tmp_path / "immich")
    text = {"context_length": LENGTH, "tokenizer_kwargs": {"clean": "canonicalize"}}
    (folder / "config.json").write_text(json.dumps({"text_cfg": text}))
    encoder = open_encoder(f"onnx:{folder}")
    loud, plain = encode_text(encoder, ["A Big, Red Dog!", "a big red dog"])
    np.testing.assert_array_equal(loud, plain)


def test_a_repository_of_rclip(tiny: TinyClip, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    renamed(tiny.folder / "onnx" / "vision_model.onnx", folder / "B-32" / "visual.onnx", "input")
    write_merges(folder / "tokenizer" / "bpe_simple_vocab_16e6.txt.gz")
    rng = np.random.default_rng(0)
    rows = 512 + len(MERGES) + 2
    words = replace(tiny, embedding=rng.normal(size=(rows, DIM)).astype(np.float32))
    write_text(tmp_path / "text.onnx", words, "text_embeds")
    renamed(tmp_path / "text.onnx", folder / "B-32" / "textual.onnx", "input")
    settings = {
        "model_cfg": {"text_cfg": {"context_length": LENGTH}},
        "preprocess_cfg": {k: v for k, v in PIXELS.items() if k != "size"},
    }
    (folder / "B-32" / "open_clip_config.json").write_text(json.dumps(settings))
    encoder = open_encoder(f"onnx:{folder}")
    image = photo(size=(60, 90))
    expected = tiny.image(encoder.prepare(image)[None], 0.5, 0.25)
    np.testing.assert_allclose(encode_images(encoder, [image]), expected, atol=1e-6)
    phrases = ["a photo of a dog and a cat", "Cat\u2019s DOGS 42 \u00e9t\u00e9", "x" * 300]
    np.testing.assert_allclose(
        np.concatenate([encode_text(encoder, [f"{phrase} in the sun"]) for phrase in phrases]),
        words.text(np.array([padded(f"{phrase} in the sun") for phrase in phrases])),
        atol=1e-6,
    )


def padded(text: str) -> list[int]:
    """Tokens by a plain reading of how CLIP's tokenizer works."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        letters.setdefault(byte, chr(256 + len(letters) - len(printable)))
    order = list(letters.values())
    pairs = [tuple(merge.split()) for merge in MERGES]
    names = [*order, *(f"{x}</w>" for x in order), *("".join(pair) for pair in pairs)]
    numbers = {name: number for number, name in enumerate(names)}
    found = []
    for piece in re.findall(
        r"'s|'t|[^\W\d_]+|\d|[^\s\w]+", " ".join(text.lower().replace("\u2019", "'").split())
    ):
        parts = [letters[byte] for byte in piece.encode()]
        parts[-1] += "</w>"
        while True:
            known = [pairs.index(x) for x in pairwise(parts) if x in pairs]
            if not known:
                break
            one, two = pairs[min(known)]
            at = next(i for i in range(len(parts)) if parts[i : i + 2] == [one, two])
            parts[at : at + 2] = [one + two]
        found += [numbers[part] for part in parts]
    tokens = [len(names), *found[: LENGTH - 2], len(names) + 1]
    return tokens + [0] * (LENGTH - len(tokens))


def test_folders_of_fastembed(tiny: TinyClip, tmp_path: Path) -> None:
    vision, text = tmp_path / "clip-vision", tmp_path / "clip-text"
    vision.mkdir()
    text.mkdir()
    shutil.copy(tiny.folder / "onnx" / "vision_model.onnx", vision / "model.onnx")
    shutil.copy(tiny.folder / "preprocessor_config.json", vision)
    assert encode_images(open_encoder(f"onnx:{vision}"), [photo()]).shape == (1, DIM)
    with pytest.raises(BadInputError, match="reads images only"):
        encode_text(open_encoder(f"onnx:{vision}"), ["dog"])
    shutil.copy(tiny.folder / "onnx" / "text_model.onnx", text / "model.onnx")
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny.folder / name, text)
    same_images(str(vision), str(tiny.folder))
    ours, theirs = (open_encoder(f"onnx:{x}") for x in (vision, tiny.folder))
    np.testing.assert_array_equal(encode_text(ours, PHRASES), encode_text(theirs, PHRASES))


def test_variants_of_other_layouts_are_named(tiny: TinyClip, tmp_path: Path) -> None:
    folder = immich(tiny, tmp_path / "immich")
    shutil.copy(folder / "visual" / "model.onnx", folder / "visual" / "model_fp16.onnx")
    with pytest.raises(BadInputError, match="no variant 'int8'; it has: -, fp16"):
        open_variant(folder, "int8")


def open_variant(folder: Path, variant: str) -> None:
    models = folder.parent / "models"
    models.mkdir()
    shutil.move(folder, models / "mine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIKEWISE_MODELS", str(models))
        open_encoder(f"onnx:mine@{variant}")


def test_settings_that_are_not_known_are_refused() -> None:
    with pytest.raises(CorruptError, match="resizes images by 'longest'"):
        from_open_clip({"size": 8, "resize_mode": "longest"}, 8)
    with pytest.raises(CorruptError, match="'random'"):
        from_open_clip({"size": 8, "interpolation": "random"}, 8)


@pytest.mark.parametrize(
    "content",
    [b"no gzip", gzip.compress(b"#\none\n"), gzip.compress(b"\xff")],
    ids=["no-gzip", "no-merges", "no-text"],
)
def test_a_file_of_merges_that_is_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bpe_simple_vocab_16e6.txt.gz"
    file.write_bytes(content)
    with pytest.raises(CorruptError, match="cannot be read"):
        clip_tokenizer(file)


@pytest.mark.parametrize("name", ["vision_model.onnx_data", "weights.bin"])
def test_weights_beside_the_graph_are_of_the_fingerprint(tiny: TinyClip, name: str) -> None:
    graph = tiny.folder / "onnx" / "vision_model.onnx"
    whole = encode_images(open_encoder(f"onnx:{tiny.folder}"), [photo()])
    onnx.save(onnx.load(graph), graph, save_as_external_data=True, location=name, size_threshold=0)
    encoder = open_encoder(f"onnx:{tiny.folder}")
    before = encoder.fingerprint
    np.testing.assert_array_equal(encode_images(encoder, [photo()]), whole)
    weights = graph.parent / name
    weights.write_bytes(bytes([weights.read_bytes()[0] ^ 1]) + weights.read_bytes()[1:])
    assert open_encoder(f"onnx:{tiny.folder}").fingerprint != before


@pytest.mark.parametrize("how", ["above", "absolute", "link"])
def test_weights_outside_of_the_folder_are_not_read(tiny: TinyClip, how: str) -> None:
    graph, outside = tiny.folder / "onnx" / "vision_model.onnx", tiny.folder / "outside.bin"
    onnx.save(
        onnx.load(graph), graph, save_as_external_data=True, location="w.bin", size_threshold=0
    )
    shutil.move(graph.parent / "w.bin", outside)
    (graph.parent / "link.bin").symlink_to(outside)
    location = {"above": "../outside.bin", "absolute": str(outside), "link": "link.bin"}[how]
    model = onnx.load(graph, load_external_data=False)
    for entry in model.graph.initializer[0].external_data:
        if entry.key == "location":
            entry.value = location
    graph.write_bytes(model.SerializeToString())
    with pytest.raises(CorruptError, match="cannot be run"):
        encode_images(open_encoder(f"onnx:{tiny.folder}"), [photo()])


def test_a_graph_in_half_precision(tiny: TinyClip) -> None:
    graph = tiny.folder / "onnx" / "vision_model.onnx"
    model = onnx.load(graph)
    for tensor in model.graph.initializer:
        rounded = onnx.numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(onnx.numpy_helper.from_array(rounded, tensor.name))
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    onnx.save(model, graph.with_name("vision_model_fp16.onnx"))
    models = tiny.folder.parent / "models"
    models.mkdir()
    shutil.move(tiny.folder, models / "mine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIKEWISE_MODELS", str(models))
        half, full = (
            encode_images(open_encoder(f"onnx:mine{variant}"), [photo()])
            for variant in ("@fp16", "")
        )
    np.testing.assert_allclose(half, full, atol=2e-3)
    assert not np.array_equal(half, full)


def token_graph(file: Path, weights: np.ndarray, outputs: list[str]) -> None:
    """A vision transformer's outputs: a row for each 8 x 8 square, the first the class token's."""
    nodes = [
        helper.make_node(
            "AveragePool", ["pixel_values"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]
        ),
        helper.make_node("Reshape", ["cells", "shape"], ["flat"]),
        helper.make_node("Transpose", ["flat"], ["rows"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["rows", "weights"], ["last_hidden_state"]),
        helper.make_node(
            "ReduceMean", ["last_hidden_state"], ["pooler_output"], axes=[1], keepdims=0
        ),
    ]
    shapes = {"last_hidden_state": ["n", 16, DIM], "pooler_output": ["n", DIM]}
    graph = helper.make_graph(
        nodes,
        "tokens",
        [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info(x, TensorProto.FLOAT, shapes[x]) for x in outputs],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([0, 3, 16]), "shape"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, file)


def test_a_model_of_images_alone_answers_its_class_token(tiny: TinyClip, tmp_path: Path) -> None:
    weights = np.random.default_rng(0).normal(size=(3, DIM)).astype(np.float32)
    for folder, outputs in (
        ("tokens", ["last_hidden_state"]),
        ("pooled", ["last_hidden_state", "pooler_output"]),
    ):
        token_graph(tmp_path / folder / "onnx" / "model.onnx", weights, outputs)
        shutil.copy(tiny.folder / "preprocessor_config.json", tmp_path / folder)
    encoder = open_encoder(f"onnx:{tmp_path / 'tokens'}")
    image = photo(size=(SIDE, SIDE))
    levels = (np.asarray(image)[:8, :8].reshape(-1, 3).mean(axis=0) / 255 - 0.5) / 0.25
    expected = levels @ weights
    np.testing.assert_allclose(
        encode_images(encoder, [image])[0], expected / np.linalg.norm(expected), atol=1e-5
    )
    assert encoder.dim == DIM
    pooled = open_encoder(f"onnx:{tmp_path / 'pooled'}")
    assert np.abs(encode_images(pooled, [image]) - encode_images(encoder, [image])).max() > 1e-3
    with pytest.raises(BadInputError, match="reads images only"):
        encode_text(encoder, ["dog"])


def test_a_graph_of_images_and_words_together_is_refused(tiny: TinyClip, tmp_path: Path) -> None:
    joined = onnx.compose.merge_models(
        onnx.load(tiny.folder / "onnx" / "vision_model.onnx"),
        onnx.load(tiny.folder / "onnx" / "text_model.onnx"),
        io_map=[],
        prefix2="text/",
    )
    (tmp_path / "joined" / "onnx").mkdir(parents=True)
    onnx.save(joined, tmp_path / "joined" / "onnx" / "model.onnx")
    shutil.copy(tiny.folder / "preprocessor_config.json", tmp_path / "joined")
    encoder = open_encoder(f"onnx:{tmp_path / 'joined'}")
    with pytest.raises(CorruptError, match="export images and words as two graphs"):
        encode_images(encoder, [photo()])
