"""The default learner."""

from __future__ import annotations

from dataclasses import dataclass, replace

from likewise.evidence import Evidence
from likewise.rule import Rule
from likewise.rules.base import make


@dataclass(frozen=True)
class Best:
    """The rule `anchored` with its stated defaults."""

    def learn(self, evidence: Evidence) -> Rule:
        """Learn what `anchored` learns."""
        return replace(make("anchored").learn(evidence), learner="best")
