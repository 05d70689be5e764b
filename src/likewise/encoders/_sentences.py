"""What a model of images and words is given to read for a phrase."""

from __future__ import annotations

from likewise.errors import BadInputError

TEMPLATES = {"clip": "a photo of a {}.", "siglip": "this is a photo of {}."}
"""By kind of model: what a short phrase is put into, as in the models' papers."""

_SHORT = 3  # words; a longer phrase is a sentence of its own and is read as it stands


def sentence(phrase: str, kind: str) -> str:
    """A short phrase in the model's template; small letters for SigLIP, as in its training.

    Args:
        phrase: of one word or more.
        kind: "clip" or "siglip".

    Raises:
        BadInputError: an empty phrase.

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
