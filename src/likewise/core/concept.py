"""A concept: examples, counter-examples, words for it and words for what it is not."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from likewise.errors import BadInputError

_NAME = re.compile(r"[\w][\w .'\-]{0,99}")


def check_name(name: str, kind: str) -> None:
    """Refuse a text that cannot name a concept, or something that is named like one.

    Args:
        name: the text.
        kind: what it is to name, for the message.

    Raises:
        BadInputError: other characters, an empty text, or more than 100 characters.
    """
    if not _NAME.fullmatch(name):
        raise BadInputError(
            f"'{name}' cannot name a {kind}; use up to 100 letters, digits, spaces, dots, dashes "
            "and apostrophes, starting with a letter or digit"
        )


@dataclass(frozen=True)
class Concept:
    """A named basket: ids of images and words, as plain strings that JSON can hold.

    Attributes:
        name: letters, digits, spaces, dots, dashes and apostrophes.
        examples: ids of items that show it.
        counter_examples: ids of items that do not, usually near misses.
        hints: words for it.
        counter_hints: words for what it is not.
        weights: of the parts (ids or phrases) whose weight is not 1; 0 switches one off.
        precision: the share of hits that should be right, in (0, 1): the aim of every rule of the
            concept. None aims at the best F1.
        combine: "product" where an image must be like the words and like the examples; None where
            one may make up for the other.

    Example:
        >>> barn = Concept("barn", examples=("a.jpg",), hints=("red barn",))
        >>> Concept.from_json(barn.to_json()) == barn
        True
    """

    name: str
    examples: tuple[str, ...] = ()
    counter_examples: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    counter_hints: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    precision: float | None = None
    combine: Literal["product"] | None = None

    def __post_init__(self) -> None:
        check_name(self.name, "concept")
        for part, weight in self.weights.items():
            if not (0.0 <= weight < float("inf")):
                raise BadInputError(
                    f"the weight {weight} of '{part}' is not usable; give 0 (off) or more"
                )

        if self.precision is not None and not 0 < self.precision < 1:
            raise BadInputError(
                f"the aimed precision {self.precision} is not between 0 and 1; "
                "give .95, for example"
            )
        if self.combine not in (None, "product"):
            raise BadInputError(
                f"words and examples cannot be combined by '{self.combine}'; give sum or product"
            )

    def weight(self, part: str) -> float:
        """Weight of one id or phrase; 1 unless stated."""
        return self.weights.get(part, 1.0)

    def adding(
        self,
        examples: tuple[str, ...] = (),
        counter_examples: tuple[str, ...] = (),
        hints: tuple[str, ...] = (),
        counter_hints: tuple[str, ...] = (),
    ) -> Concept:
        """The same concept with more parts; a part that it has already is not repeated."""
        return replace(
            self,
            examples=_union(self.examples, examples),
            counter_examples=_union(self.counter_examples, counter_examples),
            hints=_union(self.hints, hints),
            counter_hints=_union(self.counter_hints, counter_hints),
        )

    @property
    def parts(self) -> tuple[str, ...]:
        """Every id and phrase in it."""
        return (*self.examples, *self.counter_examples, *self.hints, *self.counter_hints)

    @property
    def images(self) -> tuple[str, ...]:
        """Every id in it."""
        return (*self.examples, *self.counter_examples)

    @property
    def digest(self) -> str:
        """A digest of all but the name, so that a renamed or restored concept keeps its digest.

        Example:
            >>> barn = Concept("barn", ("a.jpg",))
            >>> barn.digest == Concept("shed", ("a.jpg",)).digest != Concept("barn").digest
            True
        """
        content = {key: value for key, value in self.to_json().items() if key != "name"}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def without(self, parts: Collection[str]) -> Concept:
        """The same concept without some ids or phrases."""

        def remaining(before: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(part for part in before if part not in parts)

        return replace(
            self,
            examples=remaining(self.examples),
            counter_examples=remaining(self.counter_examples),
            hints=remaining(self.hints),
            counter_hints=remaining(self.counter_hints),
            weights={part: w for part, w in self.weights.items() if part not in parts},
        )

    def to_json(self) -> dict[str, Any]:
        """A dictionary of strings, lists and numbers."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
            if value is not None
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Concept:
        """Read what `to_json` wrote.

        Raises:
            BadInputError: a field is missing or has another type.
        """
        try:
            lists = ("examples", "counter_examples", "hints", "counter_hints")
            parts = {key: tuple(str(part) for part in data.get(key, ())) for key in lists}
            weights = {str(k): float(v) for k, v in dict(data.get("weights", {})).items()}
            aim = data.get("precision")
            precision = None if aim is None else float(aim)
            multiplies = data.get("combine") == "product"
            return cls(str(data["name"]), **parts, weights=weights, precision=precision,
                       combine="product" if multiplies else None)  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadInputError(
                f"this is not a concept ({error!r}); an object with 'name' and lists of strings "
                "'examples', 'counter_examples', 'hints', 'counter_hints' is wanted"
            ) from error


def _union(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*old, *new)))
