from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def home(drawn: Path) -> Path:
    """Pictures that a split can part."""
    return drawn
