"""WordPiece from its list of pieces, beside the library's own, and the graphs that take it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_clip import DIM, LENGTH, PIECES, tiny_clip, write_pieces

from likewise.encoders._templates import VARIABLE
from likewise.encoders.base import encode_text, open_encoder
from likewise.encoders.onnx.wordpiece import wordpiece_tokenizer
from likewise.errors import CorruptError

SENTENCES = [
    "a doggy running!", "Red red RED", "a café's sign", "cafe\u0301", "一只黑狗", "x" * 101,
    "tab\there  and\u00a0there", "[SEP] typed", "",
]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "theirs"),
    [
        ({}, {}),
        ({"do_lower_case": False}, {"lowercase": False}),
        (
            {"do_lower_case": False, "strip_accents": True},
            {"lowercase": False, "strip_accents": True},
        ),
        ({"strip_accents": False}, {"strip_accents": False}),
        ({"tokenize_chinese_chars": False}, {"handle_chinese_chars": False}),
    ],
)  # fmt: skip
def test_tokens_are_those_of_the_library(
    tmp_path: Path, settings: dict[str, Any], theirs: dict[str, Any]
) -> None:
    from tokenizers import BertWordPieceTokenizer

    file = write_pieces(tmp_path)
    ours = wordpiece_tokenizer(file, settings)
    expected = BertWordPieceTokenizer(str(file), **theirs)
    for sentence in SENTENCES:
        assert ours.encode(sentence).ids == expected.encode(sentence).ids, sentence


def test_marks_have_the_names_of_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "vocab.txt"
    file.write_text("<u>\n<s>\n</s>\ndog\n")
    marks = {"unk_token": "<u>", "cls_token": {"content": "<s>"}, "sep_token": "</s>"}
    assert wordpiece_tokenizer(file, marks).encode("dog cat").ids == [1, 3, 0, 2]


def test_a_list_that_is_damaged_is_named(tmp_path: Path) -> None:
    file = tmp_path / "vocab.txt"
    file.write_text("[PAD]\n[UNK]\ndog\n")
    with pytest.raises(CorruptError, match=r"vocab\.txt has no \[CLS\], \[SEP\]; fetch it again"):
        wordpiece_tokenizer(file, {})
    file.write_bytes(b"[PAD]\n\xff\xfe\n")
    with pytest.raises(CorruptError, match=r"vocab\.txt cannot be read"):
        wordpiece_tokenizer(file, {})


def write_bert(file: Path, length: int | str) -> None:
    """A graph of words as BERT's are: three inputs; a masked sum, and the number of positions."""
    rng = np.random.default_rng(0)
    table = rng.normal(size=(len(PIECES), DIM)).astype(np.float32)
    table[:, -1] = 0
    last = np.zeros(DIM, np.float32)
    last[-1] = 1
    constants = {"table": table, "last": last, "axis": np.array([1]), "two": np.array([2])}
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("Add", ["attention_mask", "token_type_ids"], ["seen"]),
        helper.make_node("Unsqueeze", ["seen", "two"], ["column"]),
        helper.make_node("Cast", ["column"], ["weight"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["rows", "weight"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "axis"], ["sum"], keepdims=0),
        helper.make_node("Shape", ["input_ids"], ["positions"], start=1, end=2),
        helper.make_node("Cast", ["positions"], ["count"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["last", "count"], ["mark"]),
        helper.make_node("Add", ["sum", "mark"], ["text_embeds"]),
    ]
    names = ("input_ids", "attention_mask", "token_type_ids")
    taken = [helper.make_tensor_value_info(x, TensorProto.INT64, ["n", length]) for x in names]
    out = helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, ["n", DIM])
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", taken, [out], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    file.write_bytes(model.SerializeToString())


@pytest.mark.parametrize("length", ["length", LENGTH])
def test_a_graph_of_any_length_gets_no_padding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int | str
) -> None:
    monkeypatch.setenv(VARIABLE, "single")
    folder = tiny_clip(tmp_path / "m").folder
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    tokenizer = wordpiece_tokenizer(write_pieces(folder), {})
    write_bert(folder / "onnx" / "text_model.onnx", length)
    phrases = ["red dog", "dog"]
    rows = encode_text(open_encoder(f"onnx:{folder}"), phrases)
    counts = [len(tokenizer.encode(f"a photo of a {phrase}.").ids) for phrase in phrases]
    assert LENGTH >= counts[0] > counts[1]
    table = np.random.default_rng(0).normal(size=(len(PIECES), DIM)).astype(np.float32)
    for row, phrase, count in zip(rows, phrases, counts, strict=True):
        expected = table[tokenizer.encode(f"a photo of a {phrase}.").ids].sum(axis=0)
        expected[-1] = count if length == "length" else LENGTH
        np.testing.assert_allclose(row, expected / np.linalg.norm(expected), atol=1e-5)
