"""What a learner is, and the one function that runs any of them."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from likewise.errors import BadInputError
from likewise.evidence import Evidence
from likewise.registry import part
from likewise.rule import Rule


@runtime_checkable
class Learner(Protocol):
    """A frozen dataclass whose fields are its options, and whose one method learns."""

    def learn(self, evidence: Evidence) -> Rule:
        """Turn evidence into a rule.

        Raises:
            BadInputError: the evidence lacks what this learner cannot do without.
        """
        ...


def learn(evidence: Evidence, rule: str | Learner = "best", **options: Any) -> Rule:
    """Learn a rule from evidence; needs no workspace.

    Args:
        evidence: the concept as matrices.
        rule: a learner, or the name of one: `likewise.registry.names("rules")` lists them.
        options: fields of the named learner.

    Raises:
        BadInputError: no such learner or option, or evidence it cannot work from.

    Example:
        >>> import numpy as np
        >>> from likewise.space import plain_space
        >>> x = np.eye(3, dtype=np.float32)
        >>> evidence = Evidence(plain_space("demo", 3), positives=x[:1], background=x)
        >>> learn(evidence, "mean").score(x).tolist()
        [1.0, 0.0, 0.0]
    """
    if not len(evidence.positives) and not len(evidence.hints):
        raise BadInputError(
            "the concept has neither an example nor a hint to start from; add an image or a word"
        )
    learner = make(rule, **options) if isinstance(rule, str) else rule
    return learner.learn(evidence)


def make(name: str, **options: Any) -> Learner:
    """Build a learner by name, with its options checked.

    Raises:
        BadInputError: no such learner, or an option it does not have.
    """
    kind = part("rules", name)
    known = set(kind.__dataclass_fields__)
    unknown = sorted(set(options) - known)
    if unknown:
        has = ", ".join(sorted(known)) or "none"
        raise BadInputError(f"the rule '{name}' has no option '{unknown[0]}'; its options: {has}")
    learner: Learner = kind(**options)
    return learner


def need_positives(evidence: Evidence, name: str, at_least: int = 1) -> None:
    """Say plainly that a learner lacks examples.

    Raises:
        BadInputError: fewer positives than wanted.
    """
    if len(evidence.positives) < at_least:
        raise BadInputError(
            f"the rule '{name}' needs at least {at_least} example image(s) and has "
            f"{len(evidence.positives)}; add one, or use the rule 'text' for words alone"
        )
