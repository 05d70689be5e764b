"""What a label set says of a concept's images without anybody having said it of the concept."""

from __future__ import annotations

from collections.abc import Mapping

from likewise.concepts.evidence import verdicts
from likewise.workspace import Workspace
from likewise.workspace.labels import Verdict


def derived_no(workspace: Workspace, concept: str, known: Mapping[str, Verdict]) -> dict[str, str]:
    """Images that have another class of an exclusive set, so that they are not of this concept.

    It follows from the set and is stored nowhere: it ends where the other yes is taken back, or
    the set removed. What people said of the concept itself comes first, and an image with several
    other classes is to be settled and says nothing.

    Args:
        workspace: where the sets are.
        concept: its name.
        known: what people said of the concept.

    Returns:
        The other class, by item id; empty where no exclusive set has the concept.
    """
    found: dict[str, set[str]] = {}
    for label_set in workspace.label_sets.of_concept(concept):
        for name in label_set.classes if label_set.exclusive else ():
            if name == concept:
                continue
            for item, verdict in verdicts(workspace, workspace.concepts.get(name)).items():
                if verdict == "yes" and item not in known:
                    found.setdefault(item, set()).add(name)
    inside = workspace.collection.known(list(found)) if found else frozenset()
    return {
        item: next(iter(names))
        for item, names in found.items()
        if len(names) == 1 and item in inside
    }
