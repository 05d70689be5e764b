"""Make tests/formats: a small file of each on-disk format, written by a commit that had it.

    python scripts/make_format_fixtures.py          (in a clone with its history)

Each is made once, by the sources of an early commit with that format, and never again: it is
what old workspaces hold. Databases are kept as SQL. Files that are there are left alone.
"""

from __future__ import annotations

import gzip
import io
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FORMATS = ROOT / "tests" / "formats"

_DATABASE = """
from likewise.core.concept import Concept
from likewise.workspace.concepts import Concepts
from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog
database = Database(out)
Concepts(database).save(Concept("barn", ("0.jpg", "1.jpg"), hints=("red barn",)), new=True)
log = LabelLog(database)
for n in range(2, 12):
    said = ("yes", "no", "unsure")[n % 3]
    log.record([Label("barn", f"{n}.jpg", said, digest=f"{n:064x}", who=("ana", "ben")[n % 2],
                      event=f"event-{n}", at=f"2026-01-{n:02d}T00:00:00.000+00:00")])
if hasattr(log, "undo"):
    log.undo("barn", "ana")
with database.writing() as connection:
    connection.execute("INSERT INTO settings VALUES ('dim', '4')")
    connection.execute(
        "INSERT INTO sources (prefix, kind, root, added_at) "
        "VALUES ('', 'folder', '/photos', '2026')")
database.close()
"""
_SPACE = """
import numpy as np
from likewise.core.space import Space
space = Space("demo-4", np.zeros(4, np.float32))
"""
_RULE = (
    _SPACE
    + """
from likewise.core.rule import Calibration, Rule
from likewise.core.rule_file import save_rule
save_rule(Rule("mean", space, np.eye(4, dtype=np.float32)[:1], np.eye(4, dtype=np.float32)[1],
               away_weight=0.25, threshold=0.5, calibration=Calibration(9.0, -4.0, 12),
               provenance={"concept": "barn"}), out)
"""
)
_CLASSIFIER = (
    _SPACE
    + """
from likewise.core.classifier import Classifier
from likewise.core.classifier_file import save_classifier
save_classifier(Classifier("nearest", space, ("cat", "dog"), np.eye(4, dtype=np.float32)[:2],
                           np.arange(2)), out)
"""
)
_CLASSIFIER_2 = (
    _SPACE
    + """
from likewise.core.classifier import Abstention, Classifier
from likewise.core.classifier_file import save_classifier
rows = np.eye(4, dtype=np.float32)
save_classifier(Classifier("nearest", space, ("cat", "dog"), rows[:2], np.arange(2),
                           abstention=Abstention("likeness", 0.5, rows[:2])), out)
"""
)
_PROJECTION = """
import numpy as np
from likewise.core.projection import Projection
from likewise.core.projection_file import save_projection
from likewise.core.space import Space
space = Space("demo-4", np.zeros(4, np.float32), np.eye(4, dtype=np.float32)[:, :2].copy())
save_projection(Projection("demo", space), out)
"""
_NETWORK = """
from likewise.encoders._network_file import NetworkFile, save_network
save_network(NetworkFile(b"a graph", 2, "tiny", 8, 9, 3, {"epochs": 1}), out)
"""
_THUMBNAILS = """
from likewise.images.thumbnails import ThumbnailPack
with ThumbnailPack(out, write=True) as pack:
    for n in range(3):
        pack.add(f"{n:02x}" * 32, b"picture %d" % n)
"""
_CODES = """
import numpy as np
from likewise.search.scan.files import Files
Files(out, 4, "demo").append([("a", 2), ("b", 2)], [np.eye(4, dtype=np.float16)])
"""
_BACKUP = """
import numpy as np
from likewise.maintenance.backups import back_up_workspace
from likewise.core.concept import Concept
from likewise.workspace import Workspace
from likewise.workspace.labels import Label
class Stand:
    name, fingerprint, dim, input_size, batch_size = "demo", "demo-4", 4, 8, 8
    def prepare(self, image): return np.zeros(1, np.float32)
    def encode(self, batch): return np.full((len(batch), 4), 0.5, np.float32)
place = out.with_name("barns.likewise")
with Workspace.create(place, Stand()) as workspace:
    workspace.concepts.save(Concept("barn", hints=("red barn",)), new=True)
    workspace.labels.record([Label("barn", f"{n}.jpg", "yes", who="ana") for n in range(5)])
back_up_workspace(place, out)
"""
_JOURNAL = """
from likewise.apply.watch.journal import Journal
journal = Journal(out)
journal.setting("action", "copy")
journal.use_rules({"barn": "d" * 64})
journal.close()
"""


@dataclass(frozen=True)
class Made:
    """One file: its name here, a commit with its format, and what wrote it then."""

    name: str
    commit: str
    code: str


FIXTURES = (
    Made("workspace_1.sql", "bb86f3e", _DATABASE),
    Made("workspace_2.sql", "6c40b99", _DATABASE),  # what format 2 was after its first half hour
    Made("workspace_3.sql", "2b17299", _DATABASE),
    Made("workspace_4.sql", "291fd38", _DATABASE),
    Made("rule_1.rule", "d7ac9b0", _RULE),
    Made("classifier_1.classifier", "5214489", _CLASSIFIER),
    Made("classifier_2.classifier", "7abfc85", _CLASSIFIER_2),
    Made("projection_1.projection", "faa99d0", _PROJECTION),
    Made("network_1.network", "2af629c", _NETWORK),
    Made("thumbnails_1", "b2b0635", _THUMBNAILS),
    Made("codes_1", "8bc4bcb", _CODES),
    Made("backup_1.tar.gz", "c4ed12f", _BACKUP),
    Made("journal_1.sql", "dd8c1e4", _JOURNAL),
)


def make(made: Made, folder: Path) -> None:
    """Run the code over the sources of its commit, and keep what it wrote."""
    archive = subprocess.run(
        ["git", "archive", made.commit, "src"], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as sources:
        sources.extractall(folder, filter="data")
    target = FORMATS / made.name
    out = folder / target.name.removesuffix(".gz")
    before = f"from pathlib import Path; out = Path({str(out)!r})\n"
    own = {**os.environ, "PYTHONPATH": str(folder / "src")}
    subprocess.run([sys.executable, "-c", before + made.code], check=True, env=own)
    if out.suffix == ".sql":
        target.write_text(_as_sql(out))
    elif target.suffix == ".gz":
        target.write_bytes(gzip.compress(out.read_bytes(), mtime=0))
    else:
        out.rename(target)


def _as_sql(database: Path) -> str:
    connection = sqlite3.connect(database)
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    lines = [*connection.iterdump(), f"PRAGMA user_version={number};"]
    connection.close()
    return "\n".join(lines) + "\n"


def main() -> None:
    """Make what is not there."""
    FORMATS.mkdir(exist_ok=True)
    for made in FIXTURES:
        if not (FORMATS / made.name).exists():
            with tempfile.TemporaryDirectory() as folder:
                make(made, Path(folder))
            sys.stdout.write(f"{made.name}, of {made.commit}\n")


if __name__ == "__main__":
    main()
