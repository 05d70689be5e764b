from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from likewise import registry
from likewise.errors import BadInputError


@pytest.fixture
def outside_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another distribution with a rule of its own, as pip would lay it out."""
    (tmp_path / "their_rules.py").write_text("class Newest:\n    'Theirs.'\n")
    about = tmp_path / "their_rules-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: their-rules\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[likewise.rules]\nnewest = their_rules:Newest\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._installed.cache_clear()
    yield
    registry._installed.cache_clear()
    sys.modules.pop("their_rules", None)


@pytest.mark.usefixtures("outside_part")
def test_a_part_of_another_package_is_found_by_its_entry_point() -> None:
    assert "newest" in registry.names("rules")
    assert registry.part("rules", "newest").__doc__ == "Theirs."


@pytest.mark.parametrize("family", ["rules", "encoders", "sources", "export"])
def test_every_built_in_part_loads_under_the_name_of_its_file(family: str) -> None:
    assert registry.names(family)
    for name in registry.names(family):
        kind = registry.part(family, name)
        assert kind.__name__ == registry.class_name(name)
        assert kind.__doc__


def test_a_near_miss_is_told() -> None:
    with pytest.raises(BadInputError, match=r"'maen' .*did you mean 'mean'.* anchored"):
        registry.part("rules", "maen")
