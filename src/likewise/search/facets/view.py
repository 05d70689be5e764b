"""A view of a collection: choices of facets, a condition, an order, words, and their counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from likewise.core.concept import check_name
from likewise.errors import BadInputError
from likewise.search.facets.choice import Choice, moment_of, seconds_of
from likewise.search.facets.columns import TIMES

ORDERS = ("alike", "unsure", "varied", "random")
"""Orders of a view, as the web app names them."""


@dataclass(frozen=True)
class View:
    """What somebody looked at, under a name.

    Attributes:
        name: what the person calls it; characters as for a concept's name.
        chosen: of facets, by their names.
        where: a condition besides, as SQL; "" for none.
        order: one of `ORDERS`.
        concept: whose images are ranked; "" for none.
        words: rank the images where the concept is gone, or none was named.
        colour: what tiles are coloured by; "" for nothing.
        images: how many it had when it was saved; None before that.
        counts: by facet: how many images of the collection had each of the chosen values then, or
            were in the range.
        who: whose it is.
        at: when it was saved, UTC.
    """

    name: str
    chosen: Mapping[str, Choice] = field(default_factory=dict)
    where: str = ""
    order: str = "alike"
    concept: str = ""
    words: tuple[str, ...] = ()
    colour: str = ""
    images: int | None = None
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    who: str = ""
    at: str = ""

    def __post_init__(self) -> None:
        check_name(self.name, "view")
        if self.order not in ORDERS:
            raise BadInputError(f"'{self.order}' is no order; give one of {', '.join(ORDERS)}")

    def renamed(self, name: str) -> View:
        """The same view under another name."""
        return replace(self, name=name)

    def to_json(self) -> dict[str, Any]:
        """A dictionary of strings, numbers and lists; moments are ISO 8601."""
        return {
            **vars(self),
            "chosen": {name: _choice_to_json(name, one) for name, one in self.chosen.items()},
            "words": list(self.words),
            "counts": {name: list(counts) for name, counts in self.counts.items()},
        }

    @classmethod
    def from_json(cls, data: Any) -> View:
        """Read what `to_json` wrote; what a newer likewise added is left out.

        Raises:
            BadInputError: a field has another type.
        """
        try:
            known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
            known["chosen"] = {
                str(name): choice_from_json(one) for name, one in data.get("chosen", {}).items()
            }
            known["words"] = tuple(map(str, data.get("words", ())))
            known["counts"] = {
                str(name): tuple(map(int, counts))
                for name, counts in data.get("counts", {}).items()
            }
            return cls(**known)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadInputError(f"this is not a view ({error!r}); save it again") from error


def choice_from_json(data: Mapping[str, Any]) -> Choice:
    """A choice from its values, or from the ends of a range; a moment may be ISO 8601."""
    low, high = (
        seconds_of(end) if isinstance(end, str) else end
        for end in (data.get("low"), data.get("high"))
    )
    return Choice(tuple(data.get("values", ())), low, high)


def _choice_to_json(name: str, choice: Choice) -> dict[str, Any]:
    if choice.values:
        return {"values": list(choice.values)}
    ends = {"low": choice.low, "high": choice.high}
    if name not in TIMES:
        return ends
    return {side: None if end is None else moment_of(end) for side, end in ends.items()}
