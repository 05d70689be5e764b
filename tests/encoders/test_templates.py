"""Short phrases in several templates, and the file that replaces the templates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny_clip import tiny_clip

from likewise.encoders._templates import TEMPLATES, VARIABLE, encode_in_templates, sentences
from likewise.encoders.base import encode_text, open_encoder
from likewise.errors import BadInputError


def axes(texts: Sequence[str]) -> NDArray[np.float32]:
    """A row for each text: of any length, and along an axis of its own for each text's length."""
    rows = np.zeros((len(texts), 100), np.float32)
    rows[np.arange(len(texts)), [len(text) for text in texts]] = [len(text) for text in texts]
    return rows


def test_a_short_phrase_is_the_mean_of_its_sentences_at_unit_length() -> None:
    (row,) = encode_in_templates(["red barn"], "clip", axes)
    lengths = {len(text) for text in sentences("red barn", "clip")}
    assert set(np.flatnonzero(row)) == lengths
    assert np.linalg.norm(row) == pytest.approx(1)
    counts = [
        sum(len(text) == n for text in sentences("red barn", "clip")) for n in sorted(lengths)
    ]
    np.testing.assert_allclose(row[sorted(lengths)] / row.max(), np.array(counts) / max(counts))


def test_phrases_do_not_depend_on_each_other() -> None:
    phrases = ["dog", "a long phrase that is a sentence", "red barn"]
    together = encode_in_templates(phrases, "siglip", axes)
    alone = [encode_in_templates([phrase], "siglip", axes)[0] for phrase in phrases]
    np.testing.assert_array_equal(together, np.stack(alone))


def test_every_template_has_one_place_for_the_phrase() -> None:
    for kind, templates in TEMPLATES.items():
        assert len(templates) == len(set(templates)) > 3
        assert all(template.count("{}") == 1 for template in templates)
        assert (
            sentences("Dog", kind)[0]
            == {
                "clip": "a photo of a Dog.",
                "siglip": "this is a photo of dog.",
            }[kind]
        )


def test_one_template_or_those_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "single")
    assert sentences("dog", "clip") == ["a photo of a dog."]
    file = tmp_path / "templates.txt"
    file.write_text("# of satellites\na satellite image of {}\n\n{} from above\n", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(file))
    assert sentences("dog", "clip") == ["a satellite image of dog", "dog from above"]
    assert sentences("four words are enough", "clip") == ["four words are enough"]
    assert sentences("a {} b", "clip")[1] == "a {} b from above"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "which is no file"),
        ("", "has no line"),
        ("a photo\n", "the line 'a photo'"),
        ("{} {}\n", "the line '{} {}'"),
    ],
)
def test_a_file_without_templates_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, said: str
) -> None:
    file = tmp_path / "templates.txt"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv(VARIABLE, str(file))
    with pytest.raises(BadInputError, match="LIKEWISE_TEMPLATES") as refused:
        sentences("dog", "clip")
    assert said in str(refused.value)


def test_an_encoder_with_open_words_reads_the_templates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_clip(tmp_path / "m")
    encoder = open_encoder(f"onnx:{tmp_path / 'm'}")
    several = encode_text(encoder, ["dog"])
    monkeypatch.setenv(VARIABLE, "single")
    one = encode_text(encoder, ["dog"])
    assert np.abs(several - one).max() > 1e-3
    long = "a dog that runs over a field"
    np.testing.assert_array_equal(encode_text(encoder, [long]), encode_text(encoder, [long]))
