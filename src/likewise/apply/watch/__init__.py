"""Rules applied to images as they arrive in a folder: each file once, whatever was killed.

What is to be done with a file is on the disk before it is begun, and doing it twice is as good
as once; so a start ends what an earlier process began, and nothing is judged twice.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from likewise.apply.watch.inbox import TABLE, Mode, Watch
from likewise.apply.watch.journal import Journal
from likewise.apply.watch.journal_entry import Entry, Verdict
from likewise.apply.watch.scoring import Judges, WatchedRule, open_rules
from likewise.errors import BadInputError, MismatchError
from likewise.images.decode import Limits
from likewise.sources.folder import Folder
from likewise.workspace.lock import writer_lock

__all__ = [
    "STATE", "TABLE", "Entry", "Mode", "Verdict", "Watch", "WatchedRule", "open_rules", "watch",
]  # fmt: skip

STATE = ".likewise-watch"
"""The folder inside the target that holds the journal and the lock."""


@contextmanager
def watch(
    inbox: str | os.PathLike[str],
    rules: Sequence[WatchedRule],
    out: str | os.PathLike[str],
    mode: Mode,
    *,
    limits: Limits | None = None,
    workers: int | None = None,
    dry_run: bool = False,
) -> Iterator[Watch]:
    """Hold a target folder, and watch an inbox for it while the block runs.

    Args:
        inbox: where images arrive; subfolders are included.
        rules: what to look for.
        out: the target folder; made unless it is there.
        mode: "move" a file to the folder of the rule that is surest of it, "link" to it from the
            folder of every rule that says yes, or list what each rule says in a "csv" table.
        limits: caps on what is decoded.
        workers: threads that decode; one a core unless given.
        dry_run: say what would be done, and write nothing.

    Raises:
        NotFoundError: there is no such inbox.
        BadInputError: the folders lie in one another, or the target is none.
        MismatchError: an encoder is another one now, or the target was begun with another inbox
            or in another mode.
        BusyError: another process watches for this target.
        StorageError, CorruptError: see `Journal`.
    """
    Folder(inbox)  # says what is wrong with it
    inbox = Path(os.path.abspath(Path(inbox).expanduser()))
    out = Path(os.path.abspath(Path(out).expanduser()))
    _refuse_nested(inbox, out, rules)
    judges = Judges(rules, limits, workers)
    with ExitStack() as stack:
        state = out / STATE
        if dry_run:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            for file in state.glob("journal.sqlite*") if state.is_dir() else ():
                shutil.copy(file, scratch)
            state = scratch
        else:
            state.mkdir(parents=True, exist_ok=True)
            stack.enter_context(writer_lock(state))
        journal = Journal(state / "journal.sqlite")
        stack.callback(journal.close)
        for key, value in (("inbox", str(inbox)), ("mode", mode)):
            before = journal.setting(key, value)
            if before != value:
                raise MismatchError(
                    f"{out} was begun with the {key} '{before}' and not '{value}'; "
                    "give another folder with --out"
                )
        yield Watch(inbox, out, mode, judges, journal, dry_run)


def _refuse_nested(inbox: Path, out: Path, rules: Sequence[WatchedRule]) -> None:
    real_inbox, real_out = Path(os.path.realpath(inbox)), Path(os.path.realpath(out))
    if out.exists() and not out.is_dir():
        raise BadInputError(f"{out} is not a folder; give another with --out")
    if real_out.is_relative_to(real_inbox):
        raise BadInputError(
            f"the target {out} lies in the inbox {inbox}, where its files would arrive again; "
            "give a folder outside it with --out"
        )
    for chosen in rules:
        folder = Path(os.path.realpath(out / chosen.folder))
        if folder.is_relative_to(real_inbox) or real_inbox.is_relative_to(folder):
            raise BadInputError(
                f"the folder {out / chosen.folder} of the rule '{chosen.name}' and the "
                f"inbox {inbox} lie in one another, so its files would arrive again; give another "
                "folder with --out"
            )
