"""The smallest models that have all the parts of an exported CLIP or SigLIP: random, but whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

DIM, SIDE, LENGTH = 24, 32, 16
PHRASES = ["dog", "a photo of a red car", "cat", "this is a photo of a barn.", "a photo of a dog."]

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PIECES = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), *LETTERS, *(f"##{x}" for x in LETTERS),
    *("dog", "##gy", "photo", "run", "##ning", "barn", "two", "of", "field", "Red", "café"),
    *"一黑狗.,'!",
]  # fmt: skip
"""A vocabulary of WordPiece."""


@dataclass(frozen=True)
class TinyClip:
    """A model's folder, and its weights to compute the same with numpy."""

    folder: Path
    vision: NDArray[np.float32]
    embedding: NDArray[np.float32]
    places: NDArray[np.float32]

    def image(self, squares: NDArray[np.uint8], mean: float, std: float) -> NDArray[np.float32]:
        """What the vision graph answers, by numpy: 8 x 8 means, then a linear map."""
        levels = (squares / 255.0 - mean) / std
        blocks = levels.reshape(len(squares), SIDE // 8, 8, SIDE // 8, 8, 3).mean(axis=(2, 4))
        return _unit(blocks.transpose(0, 3, 1, 2).reshape(len(squares), -1) @ self.vision)

    def text(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """What the text graph answers: the tokens' rows, weighted by place, added up."""
        return _unit((self.embedding[tokens] * self.places[:, None]).sum(axis=1))


def tiny_clip(folder: Path, kind: str = "clip", seed: int = 0, **preprocessing: Any) -> TinyClip:
    """Write a model's files as an export for transformers.js has them."""
    rng = np.random.default_rng(seed)
    (folder / "onnx").mkdir(parents=True)
    words = write_tokenizer(folder, kind)
    cells = (SIDE // 8) ** 2 * 3
    made = TinyClip(
        folder,
        rng.normal(size=(cells, DIM)).astype(np.float32),
        rng.normal(size=(words, DIM)).astype(np.float32),
        rng.uniform(0.5, 1.5, LENGTH).astype(np.float32),
    )
    made.embedding[:4] *= 0.1  # else what pads would drown the words
    out = "image_embeds" if kind == "clip" else "pooler_output"
    write_vision(folder / "onnx" / "vision_model.onnx", made.vision, out)
    write_text(folder / "onnx" / "text_model.onnx", made, out.replace("image", "text"))
    size = {"shortest_edge": SIDE} if kind == "clip" else {"height": SIDE, "width": SIDE}
    settings = {
        "size": size,
        "crop_size": {"height": SIDE, "width": SIDE},
        "do_center_crop": kind == "clip",
        "resample": 3 if kind == "clip" else 2,
        "image_mean": [0.5] * 3,
        "image_std": [0.25] * 3,
        **preprocessing,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    model = {"model_type": kind, "text_config": {"max_position_embeddings": LENGTH}}
    (folder / "config.json").write_text(json.dumps(model))
    return made


def write_tokenizer(folder: Path, kind: str) -> int:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    special = ["<pad>", "<unk>", "<s>", "</s>"]
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=special,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(PHRASES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    pad = "</s>" if kind == "clip" else {"content": "<pad>"}
    settings = {"pad_token": pad, "model_max_length": LENGTH, "tokenizer_class": f"{kind}Tokenizer"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return int(tokenizer.get_vocab_size())


def write_pieces(folder: Path) -> Path:
    """Write the vocabulary of WordPiece as BERT has it; answers the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "vocab.txt"
    file.write_text("\n".join(PIECES) + "\n", encoding="utf-8")
    return file


def write_vision(path: Path, weights: NDArray[np.float32], out: str) -> None:
    nodes = [
        helper.make_node(
            "AveragePool", ["pixel_values"], ["cells"], kernel_shape=[8, 8], strides=[8, 8]
        ),
        helper.make_node("Flatten", ["cells"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], [out]),
    ]
    taken = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
    _save(path, nodes, [taken], out, {"weights": weights})


def write_text(path: Path, made: TinyClip, out: str) -> None:
    nodes = [
        helper.make_node("Gather", ["embedding", "input_ids"], ["rows"]),
        helper.make_node("Mul", ["rows", "places"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "axis"], [out], keepdims=0),
    ]
    taken = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "length"])
    constants = {
        "embedding": made.embedding,
        "places": made.places[:, None],
        "axis": np.array([1], np.int64),
    }
    _save(path, nodes, [taken], out, constants)


def _save(
    path: Path, nodes: list[Any], inputs: list[Any], out: str, constants: dict[str, Any]
) -> None:
    answer = helper.make_tensor_value_info(out, TensorProto.FLOAT, ["n", DIM])
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, [answer], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    path.write_bytes(model.SerializeToString())


def _unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def photo(seed: int = 0, size: tuple[int, int] = (90, 60)) -> Image.Image:
    """Smooth random colours."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (5, 7, 3), dtype=np.uint8))
    return small.resize(size, Image.Resampling.BICUBIC)
