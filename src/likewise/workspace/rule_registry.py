"""Rules of a workspace: every version kept as its own file, the newest of a concept in use."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from likewise.core.files import is_inside
from likewise.core.rule import Rule
from likewise.core.rule_file import open_rule, save_rule
from likewise.errors import CorruptError, NotFoundError, command_line
from likewise.workspace.database import Database, now
from likewise.workspace.decisions import Decisions
from likewise.workspace.renames import rename_rules, renames


@dataclass(frozen=True)
class RuleVersion:
    """One version of a concept's rule.

    Attributes:
        version: grows with every rule of the workspace.
        concept: name of the concept.
        learner: name of the learner that made it.
        path: its file.
        labels_upto: the label log's position when it was learned.
        items_version: the store's version when it was learned.
        encoder: fingerprint of the encoder.
        at: when, UTC.
    """

    version: int
    concept: str
    learner: str
    path: Path
    labels_upto: int
    items_version: int
    encoder: str
    at: str

    def open(self) -> Rule:
        """The rule, under the name that the concept has now.

        Raises:
            NotFoundError: its file is gone.
            CorruptError: its file is damaged.
        """
        if not is_inside(self.path.parent, self.path.name):
            raise CorruptError(
                f"{self.path} leads out of the workspace, so it is not opened; learn the rule "
                f"again with: {command_line('learn', self.concept)}"
            )
        rule = open_rule(self.path)
        if rule.provenance.get("concept", self.concept) == self.concept:
            return rule
        return rule.with_provenance(concept=self.concept)


class RuleRegistry:
    """The rules of a workspace."""

    def __init__(self, database: Database, folder: Path, decisions: Decisions) -> None:
        self._database, self._folder, self._decisions = database, folder, decisions

    def put(self, concept: str, rule: Rule, labels_upto: int, items_version: int) -> RuleVersion:
        """Save a rule as the newest version of a concept's."""
        self._follow_renames()
        self._folder.mkdir(exist_ok=True)
        stem = re.sub(r"[^\w.\-]", "_", concept)
        with self._database.writing() as connection:
            version = int(
                connection.execute("SELECT coalesce(max(version), 0) + 1 FROM rules").fetchone()[0]
            )
            path = self._folder / f"{stem}-{version}.rule"
            save_rule(rule.with_provenance(version=version), path)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            at = now()
            connection.execute(
                "INSERT INTO rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (version, concept, rule.learner, path.name, digest, labels_upto, items_version,
                 rule.encoder, at),
            )  # fmt: skip
        return RuleVersion(
            version, concept, rule.learner, path, labels_upto, items_version, rule.encoder, at
        )

    def versions(self, concept: str | None = None) -> list[RuleVersion]:
        """Every version of a concept's rule, or of all, the oldest first."""
        self._follow_renames()
        rows = self._database.rows(
            "SELECT version, concept, learner, file, labels_upto, items_version, encoder, at "
            "FROM rules WHERE ? IS NULL OR concept = ? ORDER BY version",
            (concept, concept),
        )
        return [
            RuleVersion(version, of, learner, self._folder / Path(file).name, *rest)
            for version, of, learner, file, *rest in rows
        ]

    def newest(self, concept: str) -> RuleVersion:
        """The version in use.

        Raises:
            NotFoundError: nothing was learned for this concept yet.
        """
        versions = self.versions(concept)
        if not versions:
            raise NotFoundError(
                f"no rule was learned for '{concept}' yet; run: {command_line('learn', concept)}"
            )
        return versions[-1]

    def version(self, number: int) -> Rule:
        """The rule of a version.

        Raises:
            NotFoundError: there is no such version, or its file is gone.
            CorruptError: the file is damaged.
        """
        for entry in self.versions():
            if entry.version == number:
                return entry.open()
        raise NotFoundError(f"there is no rule {number} in this workspace")

    def open(self, concept: str) -> Rule:
        """The rule in use.

        Raises:
            NotFoundError: nothing was learned yet, or the file is gone.
            CorruptError: the file is damaged.
        """
        return self.newest(concept).open()

    def _follow_renames(self) -> None:
        """Where a team shares decisions, a concept may have been renamed on another machine."""
        if self._decisions is self._database:
            return
        key = f"renames_followed:{self._decisions.where}"
        row = self._database.rows("SELECT value FROM settings WHERE key = ?", (key,))
        version = int(row[0][0]) if row else 0
        news = renames(self._decisions, after=version)
        if news:
            with self._database.writing() as connection:
                rename_rules(connection, news)
                connection.execute(
                    "INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, str(version + len(news)))
                )
