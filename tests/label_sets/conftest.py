from __future__ import annotations

import pytest

from likewise.core.label_set import LabelSet
from likewise.label_sets.answers import record_classes
from likewise.label_sets.making import create_label_set
from likewise.workspace import Workspace

NAMES = ("disc", "square", "stripes")


@pytest.fixture
def answered(workspace: Workspace) -> LabelSet:
    """An exclusive set of three classes with three images of each by ana."""
    label_set = create_label_set(workspace, "shapes", NAMES).label_set
    said = {f"{name}/{n:02d}.png": name for name in NAMES for n in range(3)}
    record_classes(workspace, label_set, said, "ana")
    return label_set
