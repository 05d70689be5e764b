"""The files that are made from a collection's vectors: scan codes, their index, a graph."""

from __future__ import annotations

import os
from pathlib import Path

from likewise.core.progress import Progress
from likewise.core.space import Space
from likewise.errors import command_line
from likewise.search.graph import GRAPH_FILE, NeighbourGraph, StoredGraph, contents_digest
from likewise.search.graph.build import write_graph
from likewise.search.items import Items, Sources, States, of_version
from likewise.search.patches import PatchStore
from likewise.search.random_sample import RandomSample
from likewise.search.scan.codes import Codes
from likewise.search.scan.inverted import Inverted
from likewise.search.scan.inverted_file import Indexer, index_in_process
from likewise.search.store.lance import Lance


class DerivedFiles(Items):
    """Items with what makes their vectors fast to search, and which of it is up to date."""

    def __init__(
        self,
        store: Lance,
        codes: str | os.PathLike[str],
        states: States,
        sources: Sources,
        patches: PatchStore | None = None,
    ) -> None:
        super().__init__(store, states, sources)
        self.patches = patches
        self._codes_folder = Path(codes)
        self._codes = Codes(store, self._codes_folder, writable=False)
        self._inverted = Inverted(self._codes, self._codes_folder / "inverted")
        self._graph = StoredGraph(store, self._codes_folder / GRAPH_FILE, self._graph_command)
        self._random = RandomSample(store)

    def _read_anew(self) -> None:
        super()._read_anew()
        if self.patches is not None:
            self.patches.refresh()
        self._random.forget()

    @of_version
    def space(self) -> Space:
        """The default space: centred on the mean of a fixed random sample."""
        return self._random.space()

    def write_codes(self, index: Indexer = index_in_process) -> None:
        """Bring the scan's files in step with the vectors; only for who holds the writer lock.

        Args:
            index: makes the index for millions, where one pays; in this process unless given.

        Raises:
            StorageError: the disk is full or refuses.
        """
        codes = Codes(self.store, self._codes_folder)
        codes.follow()
        Inverted(codes, self._codes_folder / "inverted").write(self.space, index)
        if self.patches is not None:
            self.patches.write_codes()

    def write_graph(self, progress: Progress | None = None) -> bool:
        """Make the neighbour graph unless it is fresh; only for who holds the writer lock.

        Args:
            progress: called with images done and images in all.

        Returns:
            Whether there was anything to do.

        Raises:
            StorageError: the disk is full or refuses; the graph before is as it was.
        """
        if not len(self) or self.graph() is not None:
            return False
        contents = contents_digest(self.store.segments())
        file = self._codes_folder / GRAPH_FILE
        write_graph(file, self._codes.follow(), contents, self.space(), progress)
        return True

    def written_codes(self) -> Path | None:
        """The folder with codes and vectors of this very version; None where they lag behind."""
        return self._codes_folder if self._codes.are_written() else None

    def searched_by(self) -> str:
        """What finds whole images here, in words; an index is in memory on return."""
        return self._inverted.wait()

    @of_version
    def graph(self) -> NeighbourGraph | None:
        """The nearest neighbours of every item, by positions in `ids()` of this version.

        Memory-mapped. None where no graph was made, or it is older than the collection.
        """
        return self._graph.graph()

    @of_version
    def graph_state(self) -> str:
        """Whether there is a neighbour graph of this version, in words with the remedy."""
        return self._graph.state()

    def _graph_command(self) -> str:
        workspace = self._codes_folder.parents[1]
        if self._sources.all():
            return command_line("index", "--workspace", workspace)
        return command_line("doctor", "--repair", "--workspace", workspace)  # imported vectors
