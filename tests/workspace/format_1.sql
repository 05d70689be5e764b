-- The tables as format 1 had them. Never changed: it is what old workspaces hold.
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    prefix TEXT PRIMARY KEY, kind TEXT NOT NULL, root TEXT NOT NULL, added_at TEXT NOT NULL
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
CREATE TABLE labels (
    sequence INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, concept TEXT NOT NULL,
    item TEXT NOT NULL, digest TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('yes', 'no', 'unsure')),
    who TEXT NOT NULL, source TEXT NOT NULL, rule INTEGER, score REAL, at TEXT NOT NULL
);
CREATE INDEX labels_by_concept ON labels (concept, sequence);
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
PRAGMA user_version=1;
