"""A projection learned from the labels of a workspace, on the vectors that it has."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from likewise.core.methods import time_and_versions
from likewise.core.projection import Projection
from likewise.core.projection_file import open_projection, save_projection
from likewise.core.vectors import Vectors
from likewise.encoders._learned import FOLDER, check_name
from likewise.encoders.projected import SUFFIX
from likewise.errors import BadInputError
from likewise.finetune.evaluation import in_short, judged, search_precision, tuned_head
from likewise.finetune.examples import Examples
from likewise.finetune.settings import ProjectionSettings
from likewise.numeric.metric_learning import learn_metric
from likewise.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Projected:
    """A projection and what it is worth, on images that taught nothing and chose nothing.

    Attributes:
        encoder: name of the encoder that it makes: "projected:NAME".
        projection: the map.
        file: where it is kept.
        before: figures of the vectors as they were.
        after: figures of the mapped ones. Both have `search`, the mean average precision of a
            search by one image, and `head`, the report of a linear head.
        seconds: of learning and judging.
    """

    encoder: str
    projection: Projection
    file: Path
    before: dict[str, Any]
    after: dict[str, Any]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and strings."""
        return {
            "encoder": self.encoder,
            "file": str(self.file),
            "fingerprint": self.projection.fingerprint,
            "base": self.projection.base,
            "dim": self.projection.dim,
            "before": self.before,
            "after": self.after,
            "seconds": round(self.seconds, 3),
            "provenance": dict(self.projection.provenance),
        }


def learn_projection(
    workspace: Workspace,
    examples: Examples,
    name: str,
    settings: ProjectionSettings | None = None,
) -> Projected:
    """Learn a projection, judge it, and keep it in the workspace as an encoder.

    It learns from "train" and "val", for it chooses nothing; "test" judges it. Nothing is moved:
    `likewise reindex --encoder projected:NAME` does that, without reading an image.

    Args:
        workspace: whose vectors and background are used.
        examples: labelled images in parts.
        name: of the encoder.
        settings: the usual ones unless given.

    Raises:
        BadInputError: a name that cannot be one, or that another projection has; settings out of
            their bounds.
        StorageError: the disk refused.
    """
    started = time.monotonic()
    check_name(name)
    options = asdict(settings or ProjectionSettings())
    vectors = workspace.collection.vectors(examples.ids)
    taught = examples.indices("train", "val")
    space = learn_metric(
        workspace.fingerprint,
        vectors[taught],
        examples.class_indices[taught],
        workspace.collection.background(),
        **options,
    )
    projection = Projection(workspace.encoder_name, space)
    before = _worth(examples, vectors, workspace.fingerprint)
    after = _worth(examples, projection.apply(vectors), projection.fingerprint)
    provenance = {
        "classes": list(examples.classes),
        "counts": examples.counts(),
        "examples": examples.digest,
        "settings": options,
        "before": {"search": before["search"], **in_short(before["head"])},
        "after": {"search": after["search"], **in_short(after["head"])},
        **time_and_versions(),
    }
    projection = Projection(workspace.encoder_name, space, provenance)
    file = workspace.path / FOLDER / f"{name}{SUFFIX}"
    _keep(projection, file)
    return Projected(
        f"projected:{name}", projection, file, before, after, time.monotonic() - started
    )


def _worth(examples: Examples, vectors: Vectors, encoder: str) -> dict[str, Any]:
    """What vectors are worth, on the part "test"."""
    head = tuned_head(examples, vectors, encoder)
    return {
        "search": search_precision(examples, vectors),
        "head": judged(examples, vectors, head.classifier),
    }


def _keep(projection: Projection, file: Path) -> None:
    """Write it, unless another one has the name: vectors made with that one would be orphans."""
    if file.exists():
        if open_projection(file).fingerprint != projection.fingerprint:
            raise BadInputError(
                f"there is another projection {file}; give this one another name with --name"
            )
        return
    file.parent.mkdir(exist_ok=True)
    save_projection(projection, file)
