"""A concept with the basket and the answers of another, to go on from in another direction."""

from __future__ import annotations

from dataclasses import replace

from likewise.core.concept import Concept
from likewise.workspace import Workspace
from likewise.workspace.label import new_id


def duplicate_concept(
    workspace: Workspace, name: str, to: str, who: str | None = None
) -> tuple[Concept, int]:
    """Make a concept with the basket, the aim and the answers of another; the two part from there.

    An answer keeps who gave it and when. Its score and rule stay behind, which are the other
    concept's: nothing says that a rule of the new one has picked the image.

    Args:
        workspace: where the concept is.
        name: of the concept.
        to: name of the new one.
        who: who makes it; the current user unless given.

    Returns:
        The new concept, and how many answers it has.

    Raises:
        NotFoundError: no such concept.
        BadInputError: a concept of that name exists, or the name cannot be one.
    """
    concept = replace(workspace.concepts.get(name), name=to)
    labels = workspace.labels.about_pictures(name)
    made = workspace.concepts.change(to, lambda before: concept, new=True, who=who)
    action = new_id()
    workspace.labels.record(
        [
            replace(
                label, concept=to, event=new_id(), action=action, source="copy", rule=None,
                score=None,
            )
            for label in labels
        ]
    )  # fmt: skip
    return made, len(labels)
