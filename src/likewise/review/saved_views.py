"""Views of a workspace: saved with their counts, and opened with what is gone since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from likewise.search.facets.view import View
from likewise.search.facets.view_counts import ViewCounts, count_view, with_counts
from likewise.workspace import Workspace


@dataclass(frozen=True)
class OpenedView:
    """A saved view, and how it reads now.

    Attributes:
        saved: the view as it was saved.
        now: without what is gone, and how many images it has.
        is_concept_gone: its concept was removed, so that only its words rank the images.
    """

    saved: View
    now: ViewCounts
    is_concept_gone: bool

    @property
    def remarks(self) -> tuple[str, ...]:
        """What differs from the day it was saved, in sentences; empty where nothing is gone."""
        found = []
        before = self.saved.images
        if self.now.gone:
            parts = ", ".join(
                f"{one.facet.removeprefix('metadata.')}"
                + ("" if one.value is None else f" {one.value}")
                + ("" if one.images is None else f" ({one.images:,} images when it was saved)")
                for one in self.now.gone
            )
            was = "" if before is None else f", and it had {before:,}"
            found.append(
                f"no image has this any more, so it is left out of '{self.saved.name}': {parts}; "
                f"the view has {self.now.images:,} images now{was}"
            )
        elif before and not self.now.images:
            found.append(f"no image is left in '{self.saved.name}'; it had {before:,}")
        if self.is_concept_gone:
            words = ", ".join(self.saved.words)
            instead = f"; its words rank the images instead: {words}" if words else ""
            found.append(f"the concept '{self.saved.concept}' was removed{instead}")
        return tuple(found)

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings and lists."""
        return {
            **self.saved.to_json(),
            "now": {**self.now.to_json(), "view": self.now.view.to_json()},
            "concept_gone": self.is_concept_gone,
            "remarks": list(self.remarks),
        }


def save_view(
    workspace: Workspace, view: View, *, new: bool = False, who: str | None = None
) -> View:
    """Save a view as a person's own, with how many images it has and each of its choices meets.

    Args:
        workspace: whose images.
        view: what to save.
        new: the person must have none of that name yet.
        who: whose view; the current user unless given.

    Raises:
        BadInputError: a condition that cannot be read, a choice that no image meets, or a name
            that is taken.
        NotFoundError: its concept does not exist.
    """
    if view.concept:
        workspace.concepts.get(view.concept)
    return workspace.views.save(with_counts(view, workspace.collection), new, who)


def open_view(workspace: Workspace, name: str, who: str | None = None) -> OpenedView:
    """A saved view with its counts as of now, without the choices that no image meets any more.

    Args:
        workspace: whose images.
        name: of the view.
        who: whose view rather, where several people have one of that name.

    Raises:
        NotFoundError: there is none of that name.
        BadInputError: several other people have one of that name.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from likewise.encoders.base import open_encoder
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     encoder = open_encoder("efficientnet_lite0")
        ...     with Workspace.create(Path(folder) / "photos.likewise", encoder) as workspace:
        ...         _ = save_view(workspace, View("large", where="width >= 800"), who="ann")
        ...         open_view(workspace, "large").now.images
        0
    """
    saved = workspace.views.get(name, who)
    gone = bool(saved.concept) and saved.concept not in workspace.concepts.names()
    return OpenedView(saved, count_view(saved, workspace.collection), gone)
