"""The sentences that a short phrase is read as by an encoder with open words."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likewise.core.regular_files import bounded_lines
from likewise.core.vectors import Vectors, unit
from likewise.errors import BadInputError

TEMPLATES = {
    "clip": (
        "a photo of a {}.",
        "a photo of the {}.",
        "a photo of many {}.",
        "a close-up photo of a {}.",
        "a photo of a small {}.",
        "a dark photo of a {}.",
    ),
    "siglip": (
        "this is a photo of {}.",
        "a photo of a {}.",
        "a photo of the {}.",
        "a close-up photo of a {}.",
        "a dark photo of a {}.",
    ),
}
"""By kind of model; the first is the one that the model's authors publish."""

VARIABLE = "LIKEWISE_TEMPLATES"
"""Environment variable: "single" for the first template alone, or a file of templates."""

_SHORT = 3  # words; a longer phrase is a sentence of its own and is read as it stands
_PLACE = "{}"


def sentences(phrase: str, kind: str) -> list[str]:
    """A phrase as the model reads it: a short one in each template, SigLIP's in small letters.

    Args:
        phrase: of one word or more.
        kind: "clip" or "siglip".

    Raises:
        BadInputError: the phrase is empty, or $LIKEWISE_TEMPLATES names no file of templates.

    Example:
        >>> sentences("red barn", "clip")[:2]
        ['a photo of a red barn.', 'a photo of the red barn.']
        >>> sentences("Two dogs in the Rain", "siglip")
        ['two dogs in the rain']
    """
    words = phrase.split()
    if not words:
        raise BadInputError("a phrase is empty; give words such as 'red barn'")
    plain = " ".join(words)
    templates = _templates(kind) if len(words) <= _SHORT else (_PLACE,)
    texts = [template.replace(_PLACE, plain) for template in templates]
    return [text.lower() for text in texts] if kind == "siglip" else texts


def encode_in_templates(
    phrases: Sequence[str], kind: str, encode: Callable[[list[str]], NDArray[np.float32]]
) -> Vectors:
    """Unit rows of phrases: the mean of the unit rows of each phrase's sentences.

    The mean of several templates ranks images better than one of them (Radford et al., ICML
    2021, who averaged 80 for ImageNet).

    Args:
        phrases: one or more.
        kind: "clip" or "siglip".
        encode: answers a row for each sentence, (n, dim).
    """
    groups = [sentences(phrase, kind) for phrase in phrases]
    rows = unit(encode([text for group in groups for text in group]))
    ends = np.cumsum([0, *map(len, groups)]).tolist()
    return unit(np.stack([rows[start:end].mean(axis=0) for start, end in pairwise(ends)]))


def _templates(kind: str) -> Sequence[str]:
    """The templates of a kind of model, or those that $LIKEWISE_TEMPLATES asks for."""
    choice = os.environ.get(VARIABLE, "")
    if not choice:
        return TEMPLATES[kind]
    return TEMPLATES[kind][:1] if choice == "single" else _read(Path(choice).expanduser())


def _read(path: Path) -> list[str]:
    """The templates in a file: a line each, with {} where the phrase goes."""
    if not path.is_file():
        raise BadInputError(
            f"{VARIABLE} is '{path}', which is no file; name a text file with a template such as "
            f"'a photo of a {_PLACE}.' on each line, or set it to single"
        )
    with path.open(encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in bounded_lines(file)]
    templates = [line for line in lines if line and not line.startswith("#")]
    wrong = next((line for line in templates if line.count(_PLACE) != 1), None)
    if wrong is not None or not templates:
        found = f"the line '{wrong}'" if templates else "no line"
        raise BadInputError(
            f"{VARIABLE} names {path}, which has {found}; each line needs {_PLACE} once, where "
            f"the phrase goes, such as 'a photo of a {_PLACE}.'"
        )
    return templates
