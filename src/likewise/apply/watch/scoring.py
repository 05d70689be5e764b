"""Scores of several rules for the same files, each read once for every encoder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likewise.apply.watch.journal_entry import Verdict
from likewise.core.file_names import file_name
from likewise.core.rule import Rule
from likewise.core.rule_file import open_rule
from likewise.encoders._encode_files import Encoded, encode_files, reason
from likewise.encoders._learned import encoder_of
from likewise.encoders.base import Encoder
from likewise.errors import BadInputError
from likewise.images.decode import Limits
from likewise.images.grid import Grid, grid_of
from likewise.sources.base import Item


@dataclass(frozen=True, eq=False)
class WatchedRule:
    """A rule that judges what arrives.

    Attributes:
        name: of its concept, or of its file; its folder is called so.
        rule: the rule.
        digest: SHA-256 of its file.
    """

    name: str
    rule: Rule
    digest: str

    @property
    def folder(self) -> str:
        """Name of the folder for what it wants."""
        return file_name(self.name)

    def judge(self, vectors: NDArray[np.float32]) -> Verdict:
        """What it says of an image by its vectors, shape (n, dim): its own and its patches'."""
        score = self.rule.score(vectors).max()
        probability = self.rule.probability(score)
        return Verdict(
            score=float(score),
            probability=None if probability is None else float(probability),
            yes=bool(score >= self.rule.threshold),
            version=self.digest[:12],
        )


@dataclass
class Judged:
    """What came of one file.

    Attributes:
        item: the file.
        verdicts: by the rule's name.
        digests: of its content, as often as it was read; two when it changed meanwhile.
        error: why it could not be read, or None.
    """

    item: Item
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    digests: set[str] = field(default_factory=set)
    error: str | None = None


def open_rules(paths: Sequence[str | os.PathLike[str]]) -> tuple[WatchedRule, ...]:
    """Open rule files, each with the name of its concept.

    Raises:
        NotFoundError, CorruptError: see `likewise.core.rule_file.open_rule`.
        BadInputError: none was given, or two have one name.
    """
    if not paths:
        raise BadInputError("no rule was given to watch with; give --rule FILE.rule")
    found: dict[str, tuple[Path, WatchedRule]] = {}
    for path in map(Path, paths):
        rule = open_rule(path)
        name = str(rule.provenance.get("concept") or path.stem)
        chosen = WatchedRule(name, rule, hashlib.sha256(path.read_bytes()).hexdigest())
        # Some file systems take capitals for small letters.
        other, first = found.setdefault(chosen.folder.casefold(), (path, chosen))
        if first is not chosen:
            raise BadInputError(
                f"{other} and {path} are both rules of '{name}', and a name stands for one rule; "
                "give one of them"
            )
    return tuple(chosen for _, chosen in found.values())


class Judges:
    """Rules with the encoders they need, each opened once.

    Args:
        rules: as `open_rules` answers them.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.

    Raises:
        MismatchError: an encoder is another one now.
    """

    def __init__(
        self, rules: Sequence[WatchedRule], limits: Limits | None, workers: int | None
    ) -> None:
        self.rules = {chosen.name: chosen for chosen in rules}
        self._limits, self._workers = limits, workers
        self._encoders: dict[str, Encoder] = {}
        for chosen in rules:
            if chosen.rule.encoder not in self._encoders:
                self._encoders[chosen.rule.encoder] = encoder_of(chosen.rule)

    def judge(self, items: Sequence[Item]) -> Iterator[Judged]:
        """Read files and ask every rule; in order, one bad file never stops the rest."""
        found = {item.id: Judged(item) for item in items}
        for (fingerprint, grid), rules in self._alike().items() if items else ():
            stream = encode_files(
                items,
                self._encoders[fingerprint],
                limits=self._limits,
                workers=self._workers,
                grid=grid,
            )
            with closing(stream):
                for item, outcome in stream:
                    judged = found[item.id]
                    if not isinstance(outcome, Encoded):
                        judged.error = reason(outcome)
                    elif outcome.vector is not None:
                        judged.digests.add(outcome.facts.digest)
                        rows = outcome.vector[None, :]
                        if outcome.patches is not None:
                            rows = np.concatenate([rows, outcome.patches])
                        for chosen in rules:
                            judged.verdicts[chosen.name] = chosen.judge(rows)
        yield from found.values()

    def _alike(self) -> dict[tuple[str, Grid | None], list[WatchedRule]]:
        """Rules by the encoder and the patches that they want: each file is read once for those."""
        alike: dict[tuple[str, Grid | None], list[WatchedRule]] = {}
        for chosen in self.rules.values():
            alike.setdefault((chosen.rule.encoder, grid_of(chosen.rule)), []).append(chosen)
        return alike

    def surest(self, verdicts: Mapping[str, Verdict]) -> str | None:
        """Of the rules that say yes, the one that is surest; None when none does.

        By probability; where one of them gives none, by how far scores are above the thresholds.
        """
        yes = {name: verdict for name, verdict in verdicts.items() if verdict.yes}
        probabilities = {name: verdict.probability for name, verdict in yes.items()}
        sure = {
            name: probability
            for name, probability in probabilities.items()
            if probability is not None
        }
        if len(sure) < len(yes):  # a probability cannot be compared to a margin
            sure = {
                name: verdict.score - self.rules[name].rule.threshold
                for name, verdict in yes.items()
            }
        return max(sure, key=lambda name: sure[name]) if sure else None
