"""The index for millions, made by workers: a segment for each fragment, one commit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import likewise
from likewise.distribute.in_order import AnyPoolFactory, all_in_order
from likewise.distribute.task import check_home, check_version
from likewise.search.scan.inverted_file import BITS, index_in_process

_ROWS_A_PARTITION = 4096  # as Lance parts the rows of one index
_TRAINED_ON = 256  # rows a partition, at least, that Lance wants to find its centre
_COLUMN, _NAME = "vector", "vector_idx"


@dataclass(frozen=True, eq=False)
class Segments:
    """What a worker must know to index fragments so that their segments belong together.

    Attributes:
        version: of likewise.
        dataset: path of the dataset of centred vectors.
        dataset_version: which all segments are of.
        centres: of the partitions; a list array as Lance takes it.
        rotation: of RaBitQ, in Lance's JSON; the same for all, so that they can be joined later.
    """

    version: str
    dataset: str
    dataset_version: int
    centres: Any
    rotation: str

    def open(self) -> Callable[[Sequence[int]], list[Any]]:
        """Answers what indexes fragments by their numbers; a segment is in no index yet.

        Raises:
            MismatchError: this machine has another likewise.
            StorageError: the dataset cannot be seen from this machine.
        """
        import lance

        check_version(self.version)
        check_home(self.dataset)
        dataset = lance.dataset(self.dataset, version=self.dataset_version)

        def segment(fragment: int) -> Any:
            return dataset.create_index_uncommitted(
                _COLUMN,
                "IVF_RQ",
                name=_NAME,
                metric="dot",
                num_bits=BITS,
                num_partitions=len(self.centres),
                ivf_centroids=self.centres,
                rabitq_model=self.rotation,
                fragment_ids=[fragment],
            )

        return lambda shard: list(map(segment, shard))


def index_by(crew: AnyPoolFactory, dataset: Any) -> None:
    """Index a dataset of centred vectors as `index_in_process` does, with a task for each fragment.

    Centres are looked for on a sample, here; then workers part and encode the rows of a fragment
    each (Lance's distributed build of IVF_RQ). One fragment is indexed here.

    Args:
        crew: makes the workers.
        dataset: an open Lance dataset on a disk that they share.

    Raises:
        LikewiseError: a worker is not fit, or a fragment failed on every one.
        OSError: the disk is full or refuses.
    """
    import lance
    from lance.indices import IndicesBuilder

    fragments = [fragment.fragment_id for fragment in dataset.get_fragments()]
    rows = dataset.count_rows()
    partitions = rows // _ROWS_A_PARTITION
    if len(fragments) < 2 or rows < _TRAINED_ON * max(1, partitions):
        index_in_process(dataset)
        return
    model = IndicesBuilder(dataset, _COLUMN).train_ivf(max(1, partitions), distance_type="dot")
    dim = dataset.schema.field(_COLUMN).type.list_size
    rotation = lance.lance.indices.build_rq_model(dim, BITS)
    task = Segments(
        likewise.__version__, str(Path(dataset.uri).resolve()), dataset.version, model.centroids,
        rotation,
    )  # fmt: skip
    segments = list(all_in_order(crew, task, fragments, rows=1))
    dataset.commit_existing_index_segments(_NAME, _COLUMN, segments)
    current = {segment.uuid for segment in segments}
    for folder in (Path(dataset.uri) / "_indices").iterdir():
        if folder.name not in current:  # of a worker that died, or was given up too early
            shutil.rmtree(folder, ignore_errors=True)
