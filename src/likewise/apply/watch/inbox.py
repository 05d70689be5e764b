"""An inbox that is read again and again, and what follows for each new file."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from likewise.apply.watch.file_moves import ChangedError, free_names, link, links_to, move, stamp_of
from likewise.apply.watch.journal import Journal
from likewise.apply.watch.journal_entry import UNSEEN, Entry, Outcome
from likewise.apply.watch.results_table import bring_up_to_date
from likewise.apply.watch.scoring import Judged, Judges
from likewise.errors import StorageError
from likewise.sources.base import Item, Refused
from likewise.sources.folder import Folder

Mode = Literal["move", "link", "csv"]

TABLE = "watch.csv"
"""The table's name inside the target."""

_SETTLED = 10.0  # seconds since the last change, after which one look is enough
_CHUNK = 16  # files judged together; a person who wants to stop waits for no more
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


class Watch:
    """An inbox under watch; made by `likewise.apply.watch.watch`.

    Attributes:
        other_rules: names of rules that are new here, or not the ones that judged before: they
            count for what arrives from now on.
    """

    def __init__(
        self, inbox: Path, out: Path, mode: Mode, judges: Judges, journal: Journal, dry_run: bool
    ) -> None:
        self._inbox, self._out, self._mode = inbox, out, mode
        self._judges, self._journal, self._dry_run = judges, journal, dry_run
        self._real_inbox, self._real_out = Path(inbox).resolve(), Path(out).resolve()
        self._changing: dict[str, tuple[int, int]] = {}
        self._row: int | None = None
        self.other_rules = journal.use_rules(
            {chosen.name: chosen.digest for chosen in judges.rules.values()}
        )
        self._tell_table()

    @property
    def waiting(self) -> int:
        """How many files the last look left alone because they may still be written."""
        return len(self._changing)

    def run(
        self, every: float = 2.0, once: bool = False, stop: threading.Event | None = None
    ) -> Iterator[Entry]:
        """End what was begun, then handle what arrives, for ever or once.

        Args:
            every: seconds between two looks.
            once: end when what is there is handled. Files that changed in the last ten seconds
                get a second look; those still changing then are left for the next run.
            stop: ends the run when it is set, after the file in hand.

        Yields:
            What each file came to, once that is on the disk.

        Raises:
            StorageError: the disk is full or refuses; the same command goes on where it was.
        """
        stop = stop or threading.Event()
        passes = 0
        while not stop.is_set():
            for entry in self.look() if passes else self._begin():
                yield entry
                if stop.is_set():
                    return
            passes += 1
            if once and (passes == 2 or not self._changing):
                return
            stop.wait(every)

    def _begin(self) -> Iterator[Entry]:
        for entry in self._journal.planned():
            yield entry if self._dry_run else self._carry_out(entry)
        yield from self.look()

    def look(self) -> Iterator[Entry]:
        """Handle the files that are there and no longer change."""
        settled = time.time_ns() - int(_SETTLED * 1e9)
        waiting: dict[str, tuple[int, int]] = {}
        ready: list[Item] = []
        for found in Folder(self._inbox).items():
            if isinstance(found, Refused):
                if not self._journal.was_handled(found.id, UNSEEN, found.reason):
                    yield self._handled(Entry(found.id, None, UNSEEN, "failed", error=found.reason))
                continue
            stamp = found.size, found.modified
            if self._journal.was_handled(found.id, stamp) or self._is_ours(found):
                continue
            if found.modified > settled and self._changing.get(found.id) != stamp:
                waiting[found.id] = stamp
                continue
            ready.append(found)
            if len(ready) == _CHUNK:
                yield from self._settle(ready, waiting)
                ready = []
        yield from self._settle(ready, waiting)
        self._changing = waiting

    def _is_ours(self, item: Item) -> bool:
        """Whether a link in the inbox leads into the target, where nothing arrives."""
        folder = Path(item.uri).parent.resolve()
        return folder.is_relative_to(self._real_out) and not folder.is_relative_to(self._real_inbox)

    def _settle(
        self, items: Sequence[Item], changing: dict[str, tuple[int, int]]
    ) -> Iterator[Entry]:
        """Judge files and do what follows; those that changed while they were read wait."""
        for judged in self._judges.judge(items):
            item = judged.item
            stamp = item.size, item.modified
            if stamp_of(Path(item.uri)) != stamp or len(judged.digests) > 1:
                changing[item.id] = stamp
            elif judged.error is not None:
                yield self._handled(Entry(item.id, None, stamp, "failed", error=judged.error))
            else:
                yield self._handled(self._planned(judged, stamp))

    def _planned(self, judged: Judged, stamp: tuple[int, int]) -> Entry:
        rule = self._judges.surest(judged.verdicts)
        chosen = [name for name, verdict in judged.verdicts.items() if verdict.yes]
        if self._mode == "csv":
            outcome: Outcome = "listed"
            chosen = []
        elif rule is None:
            outcome = "kept"
        elif self._mode == "move":
            outcome, chosen = "moved", [rule]
        else:
            outcome = "linked"
        (digest,) = judged.digests
        entry = Entry(judged.item.id, digest, stamp, outcome, rule, (), judged.verdicts)
        folders = [self._judges.rules[name].folder for name in chosen]
        return replace(entry, targets=tuple(self._free(folder, entry) for folder in folders))

    def _free(self, folder: str, entry: Entry) -> str:
        """A name in a rule's folder that is nobody else's."""
        source = self._inbox / entry.id
        return next(
            name
            for name in free_names(folder, entry.id, entry.digest or "")
            if not os.path.lexists(self._out / name)
            or (entry.outcome == "linked" and links_to(self._out / name, source))
        )

    def _handled(self, entry: Entry) -> Entry:
        """Write down what is meant, then do it."""
        earlier = self._journal.handled(entry.id, entry.digest) if entry.digest else None
        if earlier is not None or self._dry_run:
            self._journal.remember(entry)
        if earlier is not None:
            earlier = replace(earlier, stamp=entry.stamp)
            if self._mode == "link" and not self._dry_run:
                earlier = self._carry_out(earlier)  # another content may have come between
            return replace(earlier, outcome="known")
        if self._dry_run:
            return entry
        # What no rule wants any more, or cannot be read, may still be linked to.
        acts = self._mode == "link" and entry.stamp != UNSEEN
        entry = self._journal.plan(entry, done=not (acts or entry.targets))
        self._tell_table()
        return self._carry_out(entry) if acts or entry.targets else entry

    def _tell_table(self) -> None:
        if self._mode == "csv" and not self._dry_run:
            self._row = bring_up_to_date(self._out / TABLE, self._journal, self._row)

    def _carry_out(self, entry: Entry) -> Entry:
        """Do what was planned, or end what was begun; doing it again changes nothing.

        What one file alone is refused stays planned, and is tried again at the next start.
        """
        source = self._inbox / entry.id
        try:
            if entry.outcome == "moved":
                entry = self._move(entry, source)
            else:
                entry = self._link(entry, source)
        except ChangedError:
            entry = replace(entry, outcome="gone", targets=())
        except OSError as error:
            if error.errno in _DISK:
                raise StorageError(
                    f"{entry.id} could not be put into {self._out} ({error.strerror}); make room "
                    "there and run the same command again: it goes on where it was"
                ) from error
            return replace(
                entry,
                outcome="failed",
                error=f"cannot be put into {self._out} ({error.strerror}); tried again at the "
                "next start",
            )
        self._journal.done(entry)
        return entry

    def _move(self, entry: Entry, source: Path) -> Entry:
        while not move(source, self._out / entry.targets[0], entry.stamp, entry.digest or ""):
            entry = self._aimed_again(entry, 0)
        return entry

    def _link(self, entry: Entry, source: Path) -> Entry:
        if stamp_of(source) != entry.stamp:
            raise ChangedError
        for index in range(len(entry.targets)):
            while not link(source, self._out / entry.targets[index]):
                entry = self._aimed_again(entry, index)
        for target in self._journal.other_targets(entry) - set(entry.targets):
            if links_to(self._out / target, source):  # it shows what is not there any more
                (self._out / target).unlink()
        return entry

    def _aimed_again(self, entry: Entry, index: int) -> Entry:
        """Another name for one of an entry's targets, because somebody took the first."""
        targets = list(entry.targets)
        targets[index] = self._free(targets[index].split("/")[0], entry)
        entry = replace(entry, targets=tuple(targets))
        self._journal.aim(entry)
        return entry
