"""Finds parts by file name: a new rule, encoder, store or exporter is one new file.

A built-in part called ``some_name`` of the family ``rules`` is the class ``SomeName`` in
``likewise/rules/some_name.py`` (or the package of that name). A part from another distribution
is an entry point of the group ``likewise.rules`` whose name is the part's.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from likewise.errors import BadInputError

_NOT_PARTS = frozenset({"base"})


def class_name(part: str) -> str:
    """The class a part's file must hold.

    Example:
        >>> class_name("linear_svm")
        'LinearSvm'
    """
    return "".join(word.capitalize() for word in part.split("_"))


def names(family: str) -> tuple[str, ...]:
    """Names of every part of a family, built in or installed, sorted.

    Example:
        >>> "mean" in names("rules")
        True
    """
    return tuple(sorted({*_built_in(family), *_installed(family)}))


def part(family: str, name: str) -> Any:
    """The class of one part; imports only that part's file.

    Raises:
        BadInputError: no part has that name; the message lists those that exist.

    Example:
        >>> part("rules", "mean").__name__
        'Mean'
    """
    if name in _built_in(family):
        module = importlib.import_module(f"likewise.{family}.{name}")
        return getattr(module, class_name(name))
    if name in _installed(family):
        return _installed(family)[name].load()
    known = names(family)
    near = difflib.get_close_matches(name, known, n=1)
    guess = f" (did you mean '{near[0]}'?)" if near else ""
    raise BadInputError(
        f"'{name}' is not one of the {family}{guess}; those that exist: {', '.join(known)}"
    )


@cache
def _built_in(family: str) -> frozenset[str]:
    package = importlib.import_module(f"likewise.{family}")
    found = {module.name for module in pkgutil.iter_modules(package.__path__)}
    return frozenset(n for n in found - _NOT_PARTS if not n.startswith("_"))


@cache
def _installed(family: str) -> dict[str, Any]:
    return {point.name: point for point in entry_points(group=f"likewise.{family}")}
