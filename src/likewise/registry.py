"""Finds parts by file name: a new rule, encoder, source or exporter is one new file.

A built-in part called ``some_name`` of the family ``rules`` is the class ``SomeName`` in
``likewise/rules/methods/some_name.py`` (or the package of that name). A part from another
distribution is an entry point of the group ``likewise.rules`` whose name is the part's.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Collection, Mapping
from dataclasses import fields
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Literal, get_args, get_origin, get_type_hints

from likewise.errors import BadInputError

_NOT_PARTS = frozenset({"base"})

_FOLDERS = {
    "classify": "classify.methods",
    "curate": "curate.methods",
    "export": "export.formats",
    "mirrors": "export.databases",
    "pick": "review.query_strategies",
    "project": "maps.methods",
    "propagate": "propagate.methods",
    "rule_formats": "export.rule_formats",
    "rules": "rules.methods",
}
"""Folders of the families whose folder has another name than the family."""


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
        module = importlib.import_module(f"{_package(family)}.{name}")
        return getattr(module, class_name(name))
    if name in _installed(family):
        return _installed(family)[name].load()
    available = names(family)
    near = difflib.get_close_matches(name, available, n=1)
    guess = f" (did you mean '{near[0]}'?)" if near else ""
    raise BadInputError(
        f"'{name}' is not one of the {family}{guess}; those that exist: {', '.join(available)}"
    )


def name_of(family: str, part: object, otherwise: str = "") -> str:
    """The name that `build` makes a part by: its file's, or that of its entry point.

    Args:
        family: of the part.
        part: an object of the part's class.
        otherwise: what a part is called that is not registered; its class's name unless given.

    Example:
        >>> name_of("rules", build("rules", "linear_svm", "rule", {}))
        'linear_svm'
    """
    kind = type(part)
    package, _, module = kind.__module__.rpartition(".")
    if package == _package(family):
        return module
    top = kind.__module__.partition(".")[0]
    for name, point in _installed(family).items():
        if point.module.partition(".")[0] == top and point.load() is kind:
            return name
    return otherwise or kind.__name__


def build(family: str, name: str, what: str, options: Mapping[str, Any], *arguments: Any) -> Any:
    """Make one part, a dataclass whose fields are its options, with the options checked.

    Args:
        family: of the part.
        name: of the part.
        what: how an error should call it, such as "rule".
        options: fields of the part.
        arguments: values of its first fields, which are no options.

    Raises:
        BadInputError: no such part, an option it does not have, a value of another type than the
            option's default, or none of those that it may have.

    Example:
        >>> build("rules", "contrast", "rule", {"away_weight": 0.2})
        Contrast(away_weight=0.2)
    """
    kind = part(family, name)
    positional = [field.name for field in fields(kind) if field.init][: len(arguments)]
    check_options(kind, f"the {what} '{name}'", options, positional)
    return kind(*arguments, **options)


def check_options(
    kind: type, what: str, options: Mapping[str, Any], without: Collection[str] = ()
) -> None:
    """Check options by the fields of a dataclass.

    Args:
        kind: the dataclass.
        what: whose options they are, such as "the rule 'mean'".
        options: by name.
        without: fields that are no options.

    Raises:
        BadInputError: an option that it does not have, a value of another type than the option's
            default, or none of those that it may have.
    """
    available = {x.name: x.default for x in fields(kind) if x.init and x.name not in without}
    unknown = sorted(set(options) - set(available))
    if unknown:
        has = ", ".join(sorted(available)) or "none"
        raise BadInputError(f"{what} has no option '{unknown[0]}'; its options: {has}")
    for option, value in options.items():
        allowed = _allowed(kind, option)
        if allowed and value not in allowed:
            raise BadInputError(
                f"the option '{option}' of {what} is {value!r}; "
                f"give {', '.join(map(str, allowed[:-1]))} or {allowed[-1]}"
            )
        usual = type(available[option])
        if usual in (bool, int, float, str) and not _fits(value, usual):
            raise BadInputError(
                f"the option '{option}' of {what} is {value!r}; "
                f"give a value such as {available[option]!r}"
            )


def _allowed(kind: type, option: str) -> tuple[Any, ...]:
    """The values that an option is limited to by its type; () for any."""
    try:
        hint = get_type_hints(kind).get(option)
    except NameError:  # a type that is only there for type checkers
        return ()
    return get_args(hint) if get_origin(hint) is Literal else ()


def _fits(value: Any, usual: type) -> bool:
    """Whether a value may stand where one of that type is usual; a whole number is a float, too."""
    if isinstance(value, bool) or usual is bool:
        return isinstance(value, bool) and usual is bool
    return isinstance(value, (int, float) if usual is float else usual)


def _package(family: str) -> str:
    return f"likewise.{_FOLDERS.get(family, family)}"


@cache
def _built_in(family: str) -> frozenset[str]:
    package = importlib.import_module(_package(family))
    found = {module.name for module in pkgutil.iter_modules(package.__path__)}
    return frozenset(n for n in found - _NOT_PARTS if not n.startswith("_"))


@cache
def _installed(family: str) -> dict[str, Any]:
    return {point.name: point for point in entry_points(group=f"likewise.{family}")}
