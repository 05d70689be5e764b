"""Concepts that belong together as the classes of one dataset."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from likewise.core.classifier import NONE_OF_THESE
from likewise.core.concept import check_name
from likewise.errors import BadInputError


@dataclass(frozen=True)
class LabelSet:
    """A name and its classes; each class is the concept of that name.

    Attributes:
        name: what the person calls it; characters as for a concept's name.
        classes: names of concepts, in the person's order.
        exclusive: an image has one class of the set or none, so a yes for one class is a no for
            the others; else an image may have several, as tags.

    Example:
        >>> LabelSet("machines", ("crane", "drill")).kind
        'exclusive'
    """

    name: str
    classes: tuple[str, ...]
    exclusive: bool = True

    def __post_init__(self) -> None:
        check_name(self.name, "label set")
        for name in self.classes:
            check_name(name, "concept")
        if NONE_OF_THESE in self.classes:
            raise BadInputError(
                f"'{NONE_OF_THESE}' stands for no class at all, so it cannot be a class of "
                f"'{self.name}'; leave it out"
            )
        if len(set(self.classes)) < len(self.classes):
            raise BadInputError(
                f"the classes {', '.join(self.classes)} repeat a name; give each class once"
            )

    @property
    def kind(self) -> str:
        """Either "exclusive" or "multi"."""
        return "exclusive" if self.exclusive else "multi"

    def adding(self, classes: Iterable[str]) -> LabelSet:
        """The same set with more classes; those that it has are not repeated."""
        return replace(self, classes=tuple(dict.fromkeys((*self.classes, *classes))))

    def without(self, classes: Iterable[str]) -> LabelSet:
        """The same set without some classes.

        Raises:
            BadInputError: a class that it does not have.
        """
        dropped = list(classes)
        for name in dropped:
            self.check_class(name)
        return replace(self, classes=tuple(x for x in self.classes if x not in dropped))

    def check_class(self, name: str, none: bool = False) -> None:
        """Refuse a name that is no class of the set.

        Args:
            name: of the class.
            none: whether "none of these" will do, too.

        Raises:
            BadInputError: it is none; the message lists the classes.
        """
        if name in self.classes or (none and name == NONE_OF_THESE):
            return
        raise BadInputError(
            f"'{name}' is no class of '{self.name}'; its classes are: "
            f"{', '.join((*self.classes, NONE_OF_THESE) if none else self.classes)}"
        )

    def to_json(self) -> dict[str, Any]:
        """A dictionary of strings and a list."""
        return {"name": self.name, "kind": self.kind, "classes": list(self.classes)}

    @classmethod
    def from_json(cls, data: Any) -> LabelSet:
        """Read what `to_json` wrote.

        Raises:
            BadInputError: a field is missing or has another type.
        """
        try:
            kind, classes = data["kind"], data["classes"]
            if kind not in ("exclusive", "multi") or not isinstance(classes, list):
                raise ValueError(kind)
            return cls(str(data["name"]), tuple(map(str, classes)), kind == "exclusive")
        except (KeyError, TypeError, ValueError) as error:
            raise BadInputError(
                f"this is not a label set ({error!r}); an object with 'name', 'kind' (exclusive "
                "or multi) and a list 'classes' is wanted"
            ) from error
