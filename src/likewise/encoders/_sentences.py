"""The sentence that a model of images and words reads for a phrase."""

from __future__ import annotations

from likewise.errors import BadInputError

TEMPLATES = {"clip": "a photo of a {}.", "siglip": "this is a photo of {}."}
"""Templates of short phrases by kind of model, as in the papers."""

_SHORT = 3  # words; a longer phrase is a sentence of its own and is read as it stands


def sentence(phrase: str, kind: str) -> str:
    """A phrase as the model reads it: short ones in its template, SigLIP's in small letters.

    Args:
        phrase: of one word or more.
        kind: "clip" or "siglip".

    Example:
        >>> sentence("red barn", "clip"), sentence("Two dogs in the Rain", "siglip")
        ('a photo of a red barn.', 'two dogs in the rain')
    """
    words = phrase.split()
    if not words:
        raise BadInputError("a phrase is empty; give words such as 'red barn'")
    plain = " ".join(words)
    text = TEMPLATES[kind].format(plain) if len(words) <= _SHORT else plain
    return text.lower() if kind == "siglip" else text
