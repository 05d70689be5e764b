"""The rule's own file, which likewise reads again bit for bit."""

from __future__ import annotations

from dataclasses import dataclass

from likewise.core.rule import Rule as LearnedRule
from likewise.core.rule_file import to_bytes


@dataclass(frozen=True)
class Rule:
    """The rule itself: safetensors with a JSON document, as `likewise learn --out` writes it."""

    def content(self, rule: LearnedRule) -> bytes:
        """What a file of the rule holds."""
        return to_bytes(rule)
