"""The tables of a workspace's database, and the way from each older format to the newest."""

from __future__ import annotations

FORMAT = 4
"""Number of the on-disk format; grows with every change of the schema."""

# Decisions (labels, concepts, rules, exports) are append-only: a change is a new row.

# A row of the log is somebody's answer or, with `undoes`, the taking back of one; a second
# taking back of the same answer is refused by the index.
_LABELS = """
CREATE TABLE labels (
    sequence INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, action TEXT NOT NULL DEFAULT '',
    concept TEXT NOT NULL, item TEXT NOT NULL, digest TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('yes', 'no', 'unsure', 'undo')),
    who TEXT NOT NULL, source TEXT NOT NULL, rule INTEGER, score REAL, at TEXT NOT NULL,
    undoes TEXT, CHECK ((verdict = 'undo') = (undoes IS NOT NULL))
);
CREATE INDEX labels_by_concept ON labels (concept, sequence);
CREATE UNIQUE INDEX labels_undone ON labels (undoes) WHERE undoes IS NOT NULL;
"""

# What a method says about items lies apart from what people say; `labels_upto` is where the log
# of labels ended then, so that the order of rounds and answers does not depend on clocks.
_ROUNDS = """
CREATE TABLE rounds (
    round INTEGER PRIMARY KEY, concept TEXT, method TEXT NOT NULL, parameters TEXT NOT NULL,
    labels INTEGER NOT NULL, source TEXT NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL
);
"""
_LABELS_UPTO = "ALTER TABLE rounds ADD COLUMN labels_upto INTEGER NOT NULL DEFAULT 0;\n"
_MACHINE_LABELS = """
CREATE TABLE machine_labels (
    concept TEXT NOT NULL, round INTEGER NOT NULL REFERENCES rounds, item TEXT NOT NULL,
    digest TEXT NOT NULL, verdict TEXT NOT NULL CHECK (verdict IN ('yes', 'no', 'unsure')),
    confidence REAL NOT NULL, because TEXT NOT NULL, PRIMARY KEY (concept, round, item)
) WITHOUT ROWID;
CREATE INDEX machine_labels_by_item ON machine_labels (item);
CREATE TABLE round_undos (
    round INTEGER PRIMARY KEY REFERENCES rounds, who TEXT NOT NULL, at TEXT NOT NULL
);
"""

# A random audit as it was planned; what was seen in it are answers in the log.
_AUDITS = """
CREATE TABLE audits (
    audit INTEGER PRIMARY KEY, concept TEXT NOT NULL, rule INTEGER NOT NULL, plan TEXT NOT NULL,
    who TEXT NOT NULL, at TEXT NOT NULL
);
"""

_SCHEMA = f"""
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    prefix TEXT PRIMARY KEY, kind TEXT NOT NULL, root TEXT NOT NULL, added_at TEXT NOT NULL,
    options TEXT NOT NULL DEFAULT '{{}}'
) WITHOUT ROWID;
CREATE TABLE canaries (encoder TEXT PRIMARY KEY, vectors BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE item_states (
    item TEXT PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('failed', 'missing')),
    reason TEXT NOT NULL, bytes INTEGER NOT NULL, modified INTEGER NOT NULL, since TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE jobs (
    job INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT,
    outcome TEXT NOT NULL, report TEXT NOT NULL
);
CREATE TABLE concepts (
    revision INTEGER PRIMARY KEY, name TEXT NOT NULL, body TEXT, who TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX concepts_by_name ON concepts (name, revision);
CREATE TABLE exemplars (
    item TEXT PRIMARY KEY, digest TEXT NOT NULL, name TEXT NOT NULL, file TEXT NOT NULL,
    at TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE rules (
    version INTEGER PRIMARY KEY, concept TEXT NOT NULL, learner TEXT NOT NULL,
    file TEXT NOT NULL, digest TEXT NOT NULL, labels_upto INTEGER NOT NULL,
    items_version INTEGER NOT NULL, encoder TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE exports (
    export INTEGER PRIMARY KEY, concept TEXT NOT NULL, rule INTEGER NOT NULL,
    format TEXT NOT NULL, target TEXT NOT NULL, items INTEGER NOT NULL,
    items_version INTEGER NOT NULL, labels_upto INTEGER NOT NULL, digest TEXT NOT NULL,
    at TEXT NOT NULL
);
{_LABELS}
{_ROUNDS}{_LABELS_UPTO}
{_MACHINE_LABELS}
{_AUDITS}
"""

_FROM_1 = f"""
ALTER TABLE labels RENAME TO labels_of_format_1;
DROP INDEX labels_by_concept;
{_LABELS}
INSERT INTO labels (sequence, event, concept, item, digest, verdict, who, source, rule, score, at)
    SELECT sequence, event, concept, item, digest, verdict, who, source, rule, score, at
    FROM labels_of_format_1 ORDER BY sequence;
DROP TABLE labels_of_format_1;
{_ROUNDS}
{_MACHINE_LABELS}
{_AUDITS}
"""

_FROM_2 = """
ALTER TABLE sources ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
"""

# Older rounds have no position; their time is the best that is known of them.
_FROM_3 = f"""
{_LABELS_UPTO}
UPDATE rounds SET labels_upto =
    (SELECT coalesce(max(sequence), 0) FROM labels WHERE labels.at <= rounds.at);
"""


def _statements(text: str) -> tuple[str, ...]:
    return tuple(part for part in map(str.strip, text.split(";\n")) if part)


CREATE = _statements(_SCHEMA)
"""The statements that make an empty database of the newest format."""

MIGRATE = {1: _statements(_FROM_1), 2: _statements(_FROM_2), 3: _statements(_FROM_3)}
"""By format: the statements that lead from it to the next."""
