"""A workspace: the folder that holds a collection's vectors and what people decided about it.

::

    NAME.likewise/
      workspace.sqlite   labels, concepts, rules' registry, item states, jobs
      vectors/           Lance dataset, one per encoder fingerprint (can be made again)
      scan/              int8 codes of the same vectors (can be made again)
      patches/           vectors and codes of the patches of images, if wanted (can be made again)
      thumbnails/        JPEG thumbnails (can be made again)
      exemplars/         copies of images that people brought as examples from elsewhere
      rules/             *.rule files, every version
      users.json         names, roles and digests of tokens of a team's people, if there are any
      trail.jsonl        who asked the web app to change what

The vectors may be in object storage instead; see `likewise.workspace.remote`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from likewise.core import thumbnail_sources
from likewise.core.closing import Closing
from likewise.core.files import WORKSPACE_FILE
from likewise.encoders._learned import open_if_here
from likewise.encoders.base import Encoder
from likewise.errors import MismatchError, NotFoundError
from likewise.images.grid import Grid
from likewise.images.thumbnails import ThumbnailPack
from likewise.search.collection import Collection
from likewise.search.patches import FOLDER, PatchStore
from likewise.search.store._bucket import bucket_url
from likewise.search.store.lance import Lance
from likewise.workspace.audit_log import AuditLog
from likewise.workspace.audits import Audits
from likewise.workspace.backup import refuse_loss
from likewise.workspace.canaries import check_canaries, save_canaries
from likewise.workspace.concepts import Concepts
from likewise.workspace.consent import RemoteConsent
from likewise.workspace.database import Database, now
from likewise.workspace.decisions import SHARED, Decisions, default_set, shared_decisions
from likewise.workspace.exemplars import Exemplars
from likewise.workspace.item_states import ItemStates
from likewise.workspace.jobs import Jobs
from likewise.workspace.keepers import Keepers
from likewise.workspace.label_sets import LabelSets
from likewise.workspace.labels import LabelLog
from likewise.workspace.locations import find_workspace, make_folder, vectors_location
from likewise.workspace.lock import writer_lock
from likewise.workspace.machine_labels import MachineLabels
from likewise.workspace.remote import Remote, is_local_part, located, made_at
from likewise.workspace.rule_registry import RuleRegistry
from likewise.workspace.shared_address import rows_to_store, stored_address
from likewise.workspace.source_roots import SourceRoots
from likewise.workspace.users import Users
from likewise.workspace.views import Views

__all__ = ["Workspace", "find_workspace", "located", "vectors_location", "writer_lock"]


class Workspace(Closing):
    """An open workspace: its `labels`, `concepts`, `rules`, `collection`, ...

    What people decide (labels, machine labels, concepts, label sets, views, audits) is in its own
    database, or in PostgreSQL where a team shares it: at the address in the environment variable
    ``LIKEWISE_DECISIONS``, or else in the workspace's settings.

    Attributes:
        path: its folder.
        vectors_at: the URL where its vectors are, such as ``s3://bucket/ws``; "" where they are
            in the folder.
        remote: what the bucket says to other machines; None where the vectors are in the folder.
        shared: address of the decisions in PostgreSQL; "" where they are in the workspace.
        password_removed: an older version had stored the address with its password, and opening
            has removed that from the file.
        decisions: the database of what people decided.
        consent: which of the stored addresses this user agreed to contact.

    Example:
        >>> import tempfile
        >>> from likewise.encoders.base import open_encoder
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     encoder = open_encoder("efficientnet_lite0")
        ...     with Workspace.create(Path(folder) / "photos.likewise", encoder) as workspace:
        ...         len(workspace.collection)
        0
    """

    def __init__(self, path: str | os.PathLike[str], *, is_copy: bool = False) -> None:
        """Open a workspace that exists.

        Args:
            path: its folder, or the URL of its vectors.
            is_copy: whether it is a copy, whose decisions are its own and never a team's.

        Raises:
            NotFoundError: there is no workspace at that path.
            MismatchError: it was written by a newer likewise.
            CorruptError: its database is damaged, or gone while its copies are there.
            BadInputError: it stores an address that this user has not agreed to contact.
        """
        self.path = located(path)
        refuse_loss(self.path / WORKSPACE_FILE)
        if not (self.path / WORKSPACE_FILE).is_file():
            raise NotFoundError(
                f"{bucket_url(path) or path} is not a likewise workspace; make one with: "
                "likewise index FOLDER --workspace"
            )
        self._database = Database(self.path / WORKSPACE_FILE)
        settings = dict(self._database.rows("SELECT key, value FROM settings"))
        if "encoder" not in settings:  # killed between making the file and its first row
            self._database.close()
            raise NotFoundError(
                f"{self.path} was never finished being made and holds nothing; run the command "
                "that makes it again: likewise index or likewise import-vectors"
            )
        self.encoder_name = settings["encoder"]
        self.fingerprint = settings["fingerprint"]
        self.dim = int(settings["dim"])
        self.consent = RemoteConsent(self._database, self.path)
        self.vectors_at = settings.get("vectors_at", "")
        grid = settings.get("patches")
        self.grid = None if grid is None else Grid.named(grid)
        self.decisions: Decisions = self._database
        try:
            made_here = bool(self.vectors_at) and is_local_part(self.path, self.vectors_at)
            self.consent.require_stored(self.vectors_at, made_here, settings.get("decisions", ""))
            stored, self.password_removed = stored_address(self._database.path, settings)
            self.shared = "" if is_copy else os.environ.get(SHARED) or stored
            if self.shared:
                self.decisions = shared_decisions(self.shared, default_set(self.path))
        except BaseException:
            self._database.close()
            raise
        self.labels = LabelLog(self.decisions)
        self.machine_labels = MachineLabels(self.decisions)
        self.audits = Audits(self.decisions)
        self.concepts = Concepts(self.decisions)
        self.label_sets = LabelSets(self.decisions)
        self.views = Views(self.decisions)
        self.states = ItemStates(self._database)
        self.jobs = Jobs(self._database)
        self.keepers = Keepers(self._database)
        self.sources = SourceRoots(self._database, self.path, self.consent)
        self.rules = RuleRegistry(self._database, self.path / "rules", self.decisions)
        self.remote = Remote.of(self.vectors_at, self.consent.identity, self.path)
        self.exemplars = Exemplars(self._database, self.path / "exemplars")
        self.users, self.audit_log = Users(self.path), AuditLog(self.path)
        thumbnail_sources.offer(self)

    def __repr__(self) -> str:
        """One line; it reads nothing, so a closed workspace has one too."""
        return f"<Workspace {str(self.path)!r}: encoder {self.encoder_name}>"

    @classmethod
    def create(cls, path: str | os.PathLike[str], encoder: Encoder) -> Workspace:
        """Make a workspace for the vectors of one encoder, or open the one that exists.

        Raises:
            BadInputError: something else is at that path.
            MismatchError: the existing workspace belongs to another encoder.
            StorageError: the folder cannot be made.
        """
        url = bucket_url(path)
        if url:
            return cls._made(made_at(url, encoder), encoder)
        folder = make_folder(Path(path))
        database = Database(folder / WORKSPACE_FILE)
        facts = {
            "encoder": encoder.name,
            "fingerprint": encoder.fingerprint,
            "dim": str(encoder.dim),
            "made_at": now(),
        }
        if not database.rows("SELECT 1 FROM settings"):
            with database.writing() as connection:
                sql = "INSERT OR IGNORE INTO settings VALUES (?, ?)"
                connection.executemany(sql, facts.items())
        database.close()
        return cls._made(folder, encoder)

    @classmethod
    def _made(cls, folder: Path, encoder: Encoder) -> Workspace:
        workspace = cls(folder)
        try:
            workspace.accept(encoder)
        except BaseException:
            workspace.close()
            raise
        return workspace

    def accept(self, encoder: Encoder) -> None:
        """Check that an encoder is the workspace's own; the first time, store its canaries."""
        self.check_encoder(encoder)
        save_canaries(self._database, encoder)

    @property
    def home(self) -> str:
        """Where other processes and machines find the vectors: an absolute folder, or a URL."""
        return self.vectors_at or str(self.path.resolve())

    @cached_property
    def collection(self) -> Collection:
        """The items and vectors, as of now; `collection.refresh()` sees what came since."""
        if self.remote is not None:
            self.remote.facts()
        location = vectors_location(self.vectors_at or self.path, self.fingerprint)
        store = Lance(location, self.dim, self.fingerprint)
        codes = self.path / "scan" / self.fingerprint
        patches = None
        if self.grid is not None:
            patches = PatchStore(self.path / FOLDER, self.grid, self.dim, self.fingerprint)
        return Collection(store, codes, self.states, self.sources, patches)

    def set_grid(self, grid: Grid | None) -> None:
        """Store which patches of images the workspace has; None is none. Indexing makes them."""
        if grid == self.grid:
            return
        with self._database.writing() as connection:
            connection.execute("DELETE FROM settings WHERE key = 'patches'")
            if grid is not None:
                connection.execute("INSERT INTO settings VALUES ('patches', ?)", (grid.name,))
        self.grid = grid
        self.__dict__.pop("collection", None)  # the next one has the new patches

    @cached_property
    def encoder(self) -> Encoder:
        """The workspace's encoder, checked against the one that made its vectors.

        Raises:
            MismatchError: the encoder of that name has changed since the images were indexed.
            NotFoundError: it is not on this machine; the message is the command that fetches it.
        """
        encoder = open_if_here(self.encoder_name, self.path)
        self.check_encoder(encoder)
        self.check_canaries(encoder)
        return encoder

    def check_canaries(self, encoder: Encoder) -> None:
        """Raise MismatchError where an encoder no longer makes the same vectors of the canaries."""
        check_canaries(self._database, encoder)

    def check_encoder(self, encoder: Encoder) -> None:
        """Refuse an encoder whose vectors would not belong here.

        Raises:
            MismatchError: it has another fingerprint.
        """
        if encoder.fingerprint != self.fingerprint:
            raise MismatchError(
                f"{self.path} holds vectors of '{self.fingerprint}' and the encoder at hand is "
                f"'{encoder.fingerprint}'; index into a new workspace with --workspace"
            )

    def with_encoder(self, encoder: Encoder) -> Workspace:
        """The same decisions over another encoder's vectors, which need not exist yet.

        It is a second open workspace, which the caller closes.
        """
        other = Workspace(self.path)
        other.encoder_name, other.fingerprint = encoder.name, encoder.fingerprint
        other.dim = encoder.dim
        other.encoder = encoder
        return other

    def vector_sets(self) -> dict[str, str]:
        """Names of the encoders whose vectors are stored, by fingerprint; its own comes first."""
        rows = self._database.rows("SELECT key, value FROM settings WHERE key LIKE 'vectors:%'")
        by_fingerprint = {self.fingerprint: self.encoder_name}
        if self.vectors_at:
            return by_fingerprint
        noted = by_fingerprint | {key.removeprefix("vectors:"): name for key, name in rows}
        return {x: noted[x] for x in noted if Path(vectors_location(self.path, x)).exists()}

    def remember_vectors(self, encoder: Encoder) -> None:
        """Store that vectors of a second encoder are being made, and that encoder's canaries."""
        facts = [(self.fingerprint, self.encoder_name), (encoder.fingerprint, encoder.name)]
        sql = "INSERT OR REPLACE INTO settings VALUES ('vectors:' || ?, ?)"
        with self._database.writing() as connection:
            connection.executemany(sql, facts)
        save_canaries(self._database, encoder)

    def switch_to(self, encoder: Encoder) -> None:
        """Make another encoder the workspace's own, in one transaction; then open it again."""
        facts = {
            "encoder": encoder.name,
            "fingerprint": encoder.fingerprint,
            "dim": str(encoder.dim),
            "encoder_before": self.fingerprint,
        }
        with self._database.writing() as connection:
            sql = "INSERT OR REPLACE INTO settings VALUES (?, ?)"
            connection.executemany(sql, facts.items())

    def encoder_before(self) -> str | None:
        """Fingerprint of the encoder that the workspace had before the last switch, if any."""
        rows = self._database.rows("SELECT value FROM settings WHERE key = 'encoder_before'")
        return str(rows[0][0]) if rows else None

    def keep_decisions_at(self, shared: str) -> None:
        """Store where decisions are from the next opening on; "" is the workspace itself.

        The password is not stored: other processes take it from PGPASSWORD or ~/.pgpass.
        """
        if shared:
            self.consent.note(shared)
        rows = rows_to_store(self._database.path, shared)
        with self._database.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", rows)
            connection.execute("UPDATE rules SET labels_upto = 0")  # positions of another log

    def learn_sources(self) -> None:
        """Read the sources that other processes and machines indexed since it was opened."""
        if self.remote is not None:
            self.remote.learn_sources(self._database)
        self.sources.look_again()

    def thumbnails(self) -> ThumbnailPack:
        """The thumbnails, opened for reading."""
        return ThumbnailPack(self.path / "thumbnails")

    def pictures(self, ids: Sequence[str]) -> list[bytes | None]:
        """Thumbnails, as JPEG; None for an id that has none or is not known.

        Examples from outside the collection are read from their copies.
        """
        existing = self.collection.known(ids)
        present = [item for item in ids if item in existing]
        pairs = zip(present, self.collection.digests(present), strict=True)
        self._pack.refresh()
        found = {item: self._pack.get(digest) for item, digest in pairs if digest}
        found |= self.exemplars.pictures([item for item in ids if item not in existing])
        return [found.get(item) for item in ids]

    @cached_property
    def _pack(self) -> ThumbnailPack:
        return self.thumbnails()

    def close(self) -> None:
        """Close the database; every decision is on the disk already."""
        thumbnail_sources.withdraw(self)
        if "_pack" in vars(self):
            self._pack.close()
        if self.decisions is not self._database:
            self.decisions.close()
        self._database.close()
