"""Words alone: the direction of the hints, turned a little away from the counter-hints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from likewise.core.evidence import Evidence
from likewise.core.rule import Rule
from likewise.errors import BadInputError
from likewise.rules.methods._mapped_evidence import mapped, text_directions


@dataclass(frozen=True)
class Text:
    """Score by the cosine to the words, as joint image-text encoders are searched (CLIP).

    Where the encoder tells the meanings of a single word apart, the nearest of them counts:
    an image of a dog is near to its breed, and not to the mean of all breeds.

    Attributes:
        counter_weight: how much the counter-hints count against the hints.

    Example:
        >>> from likewise.core.space import plain_space
        >>> barn, house = np.eye(2, dtype=np.float32)
        >>> space = plain_space("demo", 2)
        >>> evidence = Evidence(space, hints=barn[None], counter_hints=house[None])
        >>> Text(counter_weight=0.75).learn(evidence).toward.round(3).tolist()
        [[0.800000011920929, -0.6000000238418579]]
    """

    ignores_background: ClassVar[bool] = True
    counter_weight: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.counter_weight < np.inf:
            raise BadInputError(
                f"counter_weight is {self.counter_weight}; give 0 (ignore counter-hints) or more"
            )

    def learn(self, evidence: Evidence) -> Rule:
        """One row for each meaning of a single word, or one for the blend of several words.

        Raises:
            BadInputError: no hints, or hints and counter-hints that cancel out.
        """
        if not len(evidence.hints):
            raise BadInputError(
                "the rule 'text' needs at least one hint; add a word, or use the rule 'mean' for "
                "examples alone"
            )
        return Rule("text", evidence.space, text_directions(mapped(evidence), self.counter_weight))
