"""One commit to a Lance dataset: rows out, rows in, all or none, and on the disk on return.

Lance commits a version atomically but flushes nothing. Here the data files are flushed before a
manifest names them, and the manifest before anyone is told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from likewise.errors import BusyError, StorageError
from likewise.search.store._lance_read import Location, offsets

FORMAT = "2.1"
"""Of Lance's data files; pinned, so that whatever Lance writes this one can read."""

ROWS_PER_FILE = 1 << 18


def commit(
    location: Location,
    dataset: Any | None,
    schema: pa.Schema,
    gone: NDArray[np.int64],
    items: pa.Table,
    apart: Sequence[str] | None = None,
) -> Any:
    """Drop the rows at places `gone` and add `items`, in one version.

    Args:
        location: where the dataset is.
        dataset: its newest version, or None to make the first.
        schema: of the dataset.
        gone: places, ascending.
        items: rows of that schema; may be empty.
        apart: more rows, which `write_apart` has written; None where nobody writes but this
            process, so that whatever is new after a failure is its own and deleted.

    Returns:
        The dataset at the new version.

    Raises:
        StorageError: the disk is full or refuses; nothing was changed.
        BusyError: another process has written since `dataset` was read; nothing was added.
    """
    import lance

    before = location.files()
    try:
        location.make()
        dataset = location.begin(schema) if dataset is None else dataset
        target = location.uri if dataset is None else dataset  # one without rows is false, too
        if dataset is not None and dataset.latest_version != dataset.version:
            raise _overtaken(location)
        removed, updated = _without(dataset, gone)
        added = _written(location, target, schema, items) if len(items) else []
        data = location.files() - before
        if apart is not None:  # others are at work: what they have not reported is not ours
            theirs = [lance.FragmentMetadata.from_json(part) for part in apart]
            data = {file for file in data if file.parent.name == "_deletions"}
            data |= location.complete_files(theirs) | location.data_files(added)
            added += theirs
        location.keep(data)
        if dataset is None:
            operation = lance.LanceOperation.Overwrite(schema, added)
        else:
            operation = lance.LanceOperation.Update(removed, updated, added)
        version = 0 if dataset is None else dataset.version
        head = lance.LanceDataset.commit(
            target, operation, read_version=version, storage_options=location.options
        )
    except (OSError, ValueError, RuntimeError) as error:
        if apart is None:
            location.discard(location.files() - before)
        raise location.refused(error, items.nbytes) from error
    if head.version != version + 1:  # Lance puts what only adds on top of what another added
        _take_back(head, added)
        raise _overtaken(location)
    try:
        location.keep(location.files() - before - data)
    except OSError as error:
        raise StorageError(
            f"the disk could not confirm what was written at {location} ({error}); check the disk, "
            "open the workspace again and run the same command"
        ) from error
    return head


def _overtaken(where: Location) -> BusyError:
    return BusyError(
        f"{where} was written by another process at the same time, on another machine it seems, so "
        "nothing was added; let it end, then run the same command again"
    )


def _take_back(head: Any, added: Sequence[Any]) -> None:
    """Take out again what was added on top of another's rows: it may be in both."""
    import lance

    mine = {file.path for part in added for file in part.files}
    ours = [part.fragment_id for part in head.get_fragments()
            if part.metadata.files[0].path in mine]  # fmt: skip
    operation = lance.LanceOperation.Update(ours, [], [])
    lance.LanceDataset.commit(head, operation, read_version=head.version)


def add_columns(location: Location, dataset: Any, schema: pa.Schema) -> Any:
    """Give a dataset of an older likewise the columns that came since, null in every row.

    No row is written again. Of two processes that do it at once one is first, and the other
    takes what that one made.

    Returns:
        The dataset, at a new version if a column was missing.

    Raises:
        StorageError: the disk is full or refuses; the dataset is as it was.
    """
    missing = [field for field in schema if field.name not in dataset.schema.names]
    if not missing:
        return dataset
    before = location.files()
    try:
        dataset.add_columns(pa.schema(missing))
        location.keep(location.files() - before)
    except (OSError, ValueError, RuntimeError) as error:
        dataset.checkout_latest()
        if any(field.name not in dataset.schema.names for field in missing):
            raise location.refused(error, 0) from error
    return dataset


def write_apart(location: Location, schema: pa.Schema, items: pa.Table) -> list[str]:
    """Write rows next to a dataset, in no version of it until they are committed by `commit`.

    Any number of processes may do so at once. What is never committed is deleted when the
    dataset is compacted.

    Args:
        location: where the dataset is; a version of it must be there.
        schema: of the dataset.
        items: rows of that schema.

    Returns:
        What `commit` takes, as JSON; the rows are on the disk.

    Raises:
        StorageError: the disk is full or refuses.
    """
    try:
        fragments = _written(location, location.uri, schema, items, mode="append")
        location.sync(location.data_files(fragments))
    except (OSError, ValueError, RuntimeError) as error:
        raise location.refused(error, items.nbytes) from error
    return [json.dumps(fragment.to_json()) for fragment in fragments]


def compact(location: Location, dataset: Any, keep: timedelta) -> Any:
    """Join small files without deleted rows, then forget what is older than `keep`.

    Raises:
        StorageError: the disk is full or refuses; the items are as they were.
    """
    before = location.files()
    try:
        dataset.optimize.compact_files(
            target_rows_per_fragment=ROWS_PER_FILE, data_storage_version=FORMAT
        )
        location.keep(location.files() - before)
    except (OSError, ValueError, RuntimeError) as error:
        dataset.checkout_latest()
        raise location.refused(error, dataset.count_rows()) from error
    forget(dataset, keep, orphans=location.single_writer)  # others' may be under way
    location.forget_digests()
    return dataset


def drop_fragments(location: Location, dataset: Any, fragments: list[int]) -> Any:
    """Take whole fragments out, without reading them, in one version.

    Raises:
        StorageError: the disk is full or refuses; nothing was removed.
    """
    import lance

    before = location.files()
    try:
        operation = lance.LanceOperation.Update(fragments, [], [])
        head = lance.LanceDataset.commit(dataset, operation, read_version=dataset.version)
        location.keep(location.files() - before)
    except (OSError, ValueError, RuntimeError) as error:
        raise location.refused(error, 0) from error
    return head


def forget(dataset: Any, keep: timedelta, orphans: bool = False) -> None:
    """Delete versions older than `keep`; what the disk will not delete now waits for next time.

    Args:
        dataset: its newest version.
        keep: readers may still look at versions of this age.
        orphans: delete files of commits that never happened, too; only for the one writer.
    """
    with suppress(OSError, ValueError, RuntimeError):
        dataset.cleanup_old_versions(older_than=keep, delete_unverified=orphans)


def _written(
    location: Location, target: Any, schema: pa.Schema, items: pa.Table, mode: str | None = None
) -> list[Any]:
    from lance.fragment import write_fragments

    fragments: list[Any] = write_fragments(
        items,
        target,
        schema=schema,
        mode=mode or ("create" if isinstance(target, str) else "append"),
        max_rows_per_file=ROWS_PER_FILE,
        data_storage_version=FORMAT,
        storage_options=location.options,
    )
    return fragments


def _without(dataset: Any, gone: NDArray[np.int64]) -> tuple[list[int], list[Any]]:
    """Fragments that vanish, and fragments that stay with fewer rows."""
    removed: list[int] = []
    updated: list[Any] = []
    start = 0
    for fragment in dataset.get_fragments() if len(gone) else ():
        live = fragment.count_rows()
        first, end = np.searchsorted(gone, (start, start + live))
        mine = gone[first:end] - start
        start += live
        if len(mine) == live:
            removed.append(fragment.fragment_id)
        elif len(mine):
            addresses = (fragment.fragment_id << 32) + offsets(fragment)[mine]
            rows = ",".join(map(str, addresses.tolist()))
            updated.append(fragment.delete(f"_rowaddr IN ({rows})"))
    return removed, updated
