"""What every form of a rule must do, whoever wrote it: runs over all that are registered."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds import world

from likewise.core.rule import Rule
from likewise.errors import BadInputError, StorageError
from likewise.export.rule_formats.base import write_rule
from likewise.registry import build, class_name, names
from likewise.rules.base import learn

FORMS = names("rule_formats")
ALONE = {"onnx": {"vectors": True}}  # the encoder of this world is no model


@pytest.fixture(scope="module")
def rule() -> Rule:
    return learn(world().evidence(8, 8), "contrast")


@pytest.mark.parametrize("name", FORMS)
def test_is_a_frozen_record_with_defaults_that_says_what_it_is(name: str) -> None:
    made = build("rule_formats", name, "form", {})
    assert type(made).__name__ == class_name(name)
    assert type(made).__dataclass_params__.frozen
    assert 20 < len((type(made).__doc__ or "").partition("\n")[0]) <= 100


@pytest.mark.parametrize("name", FORMS)
def test_the_same_rule_gives_the_same_bytes_and_the_file_is_whole(
    name: str, rule: Rule, tmp_path: Path
) -> None:
    one = write_rule(rule, tmp_path / f"one.{name}", ALONE.get(name))
    (tmp_path / "other").mkdir()
    other = write_rule(rule, tmp_path / "other" / f"one.{name}", ALONE.get(name))
    assert one.read_bytes() == other.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {f"one.{name}", "other"}


@pytest.mark.parametrize("name", FORMS)
def test_a_file_that_is_there_stays(name: str, rule: Rule, tmp_path: Path) -> None:
    target = tmp_path / f"barn.{name}"
    target.write_text("years of work")
    with pytest.raises(BadInputError, match="--overwrite"):
        write_rule(rule, target, ALONE.get(name))
    assert target.read_text() == "years of work"
    write_rule(rule, target, ALONE.get(name), overwrite=True)
    assert target.read_bytes() != b"years of work"


def test_a_form_that_there_is_not(rule: Rule, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"barn\.onnx, barn\.rule, barn\.sql"):
        write_rule(rule, tmp_path / "barn.pkl")
    with pytest.raises(BadInputError, match="no option 'colour'"):
        write_rule(rule, tmp_path / "barn.sql", {"colour": "red"})
    with pytest.raises(StorageError, match="another name"):
        write_rule(rule, tmp_path / "nowhere" / "barn.sql")
