"""One process writes vectors, or trains an encoder, at a time; a second one is told who does."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from likewise.errors import BusyError, StorageError
from likewise.workspace.database import now


@contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the workspace for writing while the block runs.

    Raises:
        BusyError: another process holds it; the message names its pid, host and start.
        StorageError: the disk refused.
    """
    remedy = "reading is possible meanwhile, to write wait for it to end"
    with _locked(folder, "writer", f"{folder} is being written", remedy):
        yield


@contextmanager
def training_lock(folder: Path, name: str) -> Iterator[None]:
    """Hold the name of an encoder that is trained into a folder, while the block runs.

    Raises:
        BusyError: another process trains it; the message names its pid, host and start.
        StorageError: the disk refused.
    """
    remedy = "wait for it to end, or give another --name"
    with _locked(folder, name, f"{name} is being trained", remedy):
        yield


def is_written(folder: Path) -> bool:
    """Whether a process holds the workspace for writing at this moment."""
    lock = FileLock(folder / "writer.lock", timeout=0)
    try:
        with lock:
            return False
    except Timeout:
        return True
    except OSError:  # it may not be written at all
        return False


@contextmanager
def _locked(folder: Path, name: str, what: str, remedy: str) -> Iterator[None]:
    """Hold a lock; whoever comes second is told what goes on, who does it, and the remedy.

    The operating system drops it when its holder dies, so a killed process never blocks the next
    one; the note beside the lock only says who holds it.
    """
    note = folder / f"{name}.json"
    lock = FileLock(folder / f"{name}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise BusyError(f"{what} by {_holder(note)}; {remedy}") from None
    except OSError as error:
        raise StorageError(f"{folder} cannot be written ({error.strerror or error})") from error
    try:
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": now()}
        with suppress(OSError):  # of a full disk, which what is to be written says better
            note.write_text(json.dumps(holder))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _holder(note: Path) -> str:
    try:
        holder = json.loads(note.read_text())
        return f"process {holder['pid']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
