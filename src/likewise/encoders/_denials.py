"""Phrases that say what is not wanted, which no encoder of images and words understands."""

from __future__ import annotations

import re

_DENIAL = re.compile(r"\b(no|not|without|except|never)\b", re.IGNORECASE)


def denial_in(phrase: str) -> str | None:
    """The word of a phrase that says what is not wanted, or None.

    A phrase that begins with "no" may be a name.

    Example:
        >>> denial_in("a dog without a leash"), denial_in("no entry sign"), denial_in("notebook")
        ('without', None, None)
    """
    text = phrase.replace("_", " ").strip()
    found = None if text.lower().startswith("no ") else _DENIAL.search(text)
    return found and found[0].lower()


def instead_of_denial(phrase: str) -> str:
    """What to give instead of a phrase with such a word, as the end of a sentence.

    Example:
        >>> instead_of_denial("a dog without a leash")
        "give 'a dog' as a hint and 'a leash' as a counter-hint instead"
    """
    before, _, after = _DENIAL.split(phrase.replace("_", " "), maxsplit=1)
    parts = [
        f"'{text}' as a {kind}"
        for text, kind in ((before.strip(" ,"), "hint"), (after.strip(" ,"), "counter-hint"))
        if text
    ]
    return f"give {' and '.join(parts)} instead" if parts else "say what the images should show"
