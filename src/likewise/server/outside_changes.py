"""What other processes do to a workspace while a server has it open: noticed, and published.

A command such as `likewise index` or `likewise concept label` writes to the same files and tells
the server nothing. So a thread asks a few cheap questions, as long as a page listens: how many
tasks have ended, the version of the vectors, and where the log of labels, the revisions of concepts
and the rounds of machine labels end. What the server did itself is published as it is done and not
again.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from time import monotonic

from likewise.server.events import Events
from likewise.workspace import Workspace

_LOG = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks."""

_VECTORS_EVERY = 10.0  # seconds between two looks at the vectors while a task goes on writing them


class OutsideChanges:
    """Watches one workspace.

    Args:
        workspace: what is watched.
        events: where changes are published: `items`, `concepts` and `labels`.
        indexed: called after a task has ended that may have added items.
    """

    def __init__(
        self, workspace: Workspace, events: Events, indexed: Callable[[], object] = lambda: None
    ) -> None:
        self._workspace, self._events, self._indexed = workspace, events, indexed
        self._begun = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._ended = workspace.jobs.ended()
        self._vectors_at = monotonic()
        self._revision = workspace.concepts.revision()
        self._rounds = workspace.machine_labels.position()
        with workspace.decisions.lock:
            self._upto = workspace.labels.position()
            self._appended = Counter(workspace.labels.appended)

    def begin(self) -> None:
        """Start to watch, unless that goes on already."""
        with self._begun:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._watch, name="likewise-outside-changes", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Stop to watch."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def concepts_published(self) -> None:
        """A change of a concept by this server is published; it is not looked at again."""
        self._revision = self._workspace.concepts.revision()

    def look(self) -> None:
        """Compare with the last look, and publish what differs."""
        self._look_at_items()
        revision = self._workspace.concepts.revision()
        if revision != self._revision:
            self._revision = revision
            self._events.publish("concepts", {"concept": ""})
        self._look_at_labels()

    def _watch(self) -> None:
        failing = False
        while not self._closed.wait(EVERY):
            if not self._events.listeners:
                continue
            try:
                self.look()
                failing = False
            except Exception as error:  # the next look may succeed: memory comes back, say
                if not failing:
                    _LOG.warning("changes by other processes are not seen: %s", error)
                failing = True

    def _look_at_items(self) -> None:
        """See what an index added, once it has ended, and now and then while it goes on."""
        collection = self._workspace.collection
        ended = self._workspace.jobs.ended()
        if ended == self._ended and monotonic() < self._vectors_at + _VECTORS_EVERY:
            return
        before = collection.version
        self._workspace.sources.look_again()
        collection.refresh()
        if ended != self._ended or collection.version != before:
            self._events.publish("items", {"items": len(collection)})
        if ended != self._ended:
            self._indexed()
        self._ended, self._vectors_at = ended, monotonic()

    def _look_at_labels(self) -> None:
        changed = set()
        rounds = self._workspace.machine_labels.position()
        if rounds != self._rounds:
            self._rounds = rounds
            changed.update(self._workspace.concepts.names())
        with self._workspace.decisions.lock:  # nothing is appended here between the two counts
            upto, counts = self._workspace.labels.counts_after(self._upto)
            appended = Counter(self._workspace.labels.appended)
        self._upto = upto
        changed.update(counts - (appended - self._appended))
        self._appended = appended
        for concept in sorted(changed):
            self._events.publish("labels", {"concept": concept, "upto": upto})
