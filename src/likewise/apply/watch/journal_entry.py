"""What became of a file of a watched inbox, and what each rule says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["moved", "linked", "listed", "kept", "failed", "gone", "known"]

UNSEEN = (-1, -1)
"""The stamp of what cannot be looked at."""


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one file.

    Attributes:
        score: higher is better.
        probability: between 0 and 1; None when the rule has too few labels to say.
        yes: whether the score reaches the rule's threshold.
        version: the first digits of the rule file's SHA-256.
    """

    score: float
    probability: float | None
    yes: bool
    version: str = ""


@dataclass(frozen=True)
class Entry:
    """One file of the inbox, handled or about to be.

    Attributes:
        id: path relative to the inbox.
        digest: SHA-256 of its content; None when it could not be read.
        stamp: size in bytes and time of change in nanoseconds, as it was judged.
        outcome: "moved", "linked" or "listed" (in the table); "kept" in the inbox because no
            rule wants it; "failed", for the reason in `error`; "gone" or changed before its turn,
            so that nothing was done; "known": this content was handled under this name before.
        rule: of those that say yes, the surest; None when none does.
        targets: where it is now, relative to the target folder.
        verdicts: what each rule says, by its name.
        error: why it could not be read or moved.
        number: grows with every file of the journal; 0 for what is not in it.
    """

    id: str
    digest: str | None
    stamp: tuple[int, int]
    outcome: Outcome
    rule: str | None = None
    targets: tuple[str, ...] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    error: str | None = None
    number: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            "id": self.id,
            "outcome": self.outcome,
            "rule": self.rule,
            "targets": list(self.targets),
            "verdicts": {name: vars(verdict) for name, verdict in self.verdicts.items()},
            "error": self.error,
            "digest": self.digest,
            "number": self.number,
        }
