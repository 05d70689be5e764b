BEGIN TRANSACTION;
CREATE TABLE files (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, digest TEXT, bytes INTEGER NOT NULL,
    modified INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('planned', 'done')),
    outcome TEXT NOT NULL, rule TEXT, targets TEXT NOT NULL, error TEXT, at TEXT NOT NULL
);
CREATE TABLE results (
    row INTEGER PRIMARY KEY, number INTEGER NOT NULL REFERENCES files, rule TEXT,
    version TEXT, score REAL, probability REAL, yes INTEGER
);
CREATE TABLE rules (name TEXT PRIMARY KEY, digest TEXT NOT NULL, since TEXT NOT NULL);
INSERT INTO "rules" VALUES('barn','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','2026-11-28T07:25:55.405+00:00');
CREATE TABLE seen (
    id TEXT PRIMARY KEY, bytes INTEGER NOT NULL, modified INTEGER NOT NULL, reason TEXT
) WITHOUT ROWID;
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "settings" VALUES('action','copy');
CREATE UNIQUE INDEX files_once ON files (id, digest)
    WHERE digest IS NOT NULL AND outcome != 'gone';
CREATE INDEX files_planned ON files (number) WHERE state = 'planned';
CREATE INDEX results_by_file ON results (number);
COMMIT;
PRAGMA user_version=1;
