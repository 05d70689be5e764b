"""The options of a part, which are the fields of its dataclass, as people read them."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

Kind = Literal["flag", "choice", "whole", "number", "names", "numbers", "text"]
"""What a value is: true or false, one of a few, an integer, a float, a list, a mapping, a text."""


@dataclass(frozen=True)
class OptionField:
    """One option.

    Attributes:
        name: of the field.
        kind: what its value is.
        default: the usual value; None where the method finds one that suits.
        about: what the docstring says of it, as a sentence; "" where it says nothing.
        values: those that there are, of a choice.
    """

    name: str
    kind: Kind
    default: Any
    about: str = ""
    values: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        default = self.default
        if isinstance(default, Mapping):
            default = dict(default)
        return {**vars(self), "default": default}


def option_fields(part: type, only: Iterable[str] = ()) -> list[OptionField]:
    """The options of a dataclass in the order of its fields.

    Args:
        part: the dataclass.
        only: names of the fields; all of them when empty.

    Example:
        >>> from likewise.registry import part
        >>> [(x.name, x.kind, x.default) for x in option_fields(part("curate", "outliers"))]
        [('share', 'number', 0.01), ('k', 'whole', 20)]
    """
    names, texts, hints = set(only), _texts(part), get_type_hints(part)
    found = []
    for field in fields(part):
        if not field.init or (names and field.name not in names):
            continue
        default = field.default
        if default is MISSING and field.default_factory is not MISSING:
            default = field.default_factory()
        hint, about = hints[field.name], texts.get(field.name, "")
        values = get_args(hint) if get_origin(hint) is Literal else ()
        kind = "choice" if values else _kind(default)
        found.append(OptionField(field.name, kind, default, about, values))
    return found


def help_of(part: type) -> str:
    """The docstring of a dataclass up to its fields."""
    return re.split(r"\n\n(?:Attributes|Example):\n", inspect.cleandoc(part.__doc__ or ""))[0]


def _kind(default: Any) -> Kind:
    if isinstance(default, bool):
        return "flag"
    if isinstance(default, tuple):
        return "names"
    if default is MISSING or isinstance(default, Mapping):
        return "numbers"
    if isinstance(default, int):
        return "whole"
    return "number" if default is None or isinstance(default, float) else "text"


def _texts(part: type) -> dict[str, str]:
    """What the docstring of a dataclass says of each field, as a sentence."""
    _, _, rest = inspect.cleandoc(part.__doc__ or "").partition("\n\nAttributes:\n")
    section = textwrap.dedent(rest.partition("\n\n")[0])
    pairs = re.findall(r"^(\w+): (.+(?:\n +.+)*)", section, re.MULTILINE)
    return {name: _sentence(" ".join(text.split())) for name, text in pairs}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
