"""Quotas and balance of an exported label set."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from likewise.core.label_set import LabelSet
from likewise.errors import BadInputError
from likewise.export.plan import Chosen
from likewise.label_sets.answers import record_classes
from likewise.label_sets.exporting import export_label_set, plan_label_set
from likewise.label_sets.learning import learn_label_set, record_model
from likewise.label_sets.quotas import OVER_QUOTA, quotas_of, within_quotas
from likewise.workspace import Workspace

ROWS = [
    Chosen(f"{name}{n}", name, "person" if n < 2 else "round")
    for name, count in (("cat", 9), ("dog", 4))
    for n in range(count)
]
SET = LabelSet("pets", ("cat", "dog", "emu"))


def counted(rows: tuple[Chosen, ...]) -> Counter[str]:
    return Counter(row.label for row in rows)


def test_people_come_first_and_the_draw_is_the_same_in_any_order() -> None:
    kept, out = within_quotas(ROWS, {"cat": 5})
    assert (counted(kept), out) == ({"cat": 5, "dog": 4}, 4)
    assert {"cat0", "cat1"} < {row.id for row in kept}
    again, _ = within_quotas(ROWS[::-1], {"cat": 5})
    assert {row.id for row in again} == {row.id for row in kept}
    assert [row.id for row in kept if row.label == "cat"] != [f"cat{n}" for n in range(5)]


def test_a_balanced_set_has_as_many_of_each_as_the_smallest() -> None:
    quotas = quotas_of(SET, ROWS, None, True)
    assert counted(within_quotas(ROWS, quotas)[0]) == {"cat": 4, "dog": 4}
    quotas = quotas_of(SET, ROWS, {"cat": 3}, True)
    assert counted(within_quotas(ROWS, quotas)[0]) == {"cat": 3, "dog": 3}


@pytest.mark.parametrize(("quota", "message"), [({"cow": 3}, "no class"), (0, "1 or more")])
def test_what_is_no_quota_is_named(quota: dict[str, int] | int, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        quotas_of(SET, ROWS, quota, False)


def test_a_dataset_keeps_to_its_quota_and_says_what_is_left_out(
    workspace: Workspace, answered: LabelSet, tmp_path: Path
) -> None:
    record_model(workspace, learn_label_set(workspace, "shapes", coverage=1.0))
    whole = plan_label_set(workspace, "shapes")
    report = export_label_set(workspace, "shapes", tmp_path / "out", "csv", per_class=4)
    with (tmp_path / "out" / "shapes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert counted_labels(rows) == dict.fromkeys(answered.classes, 4)
    assert all(sum(row["decided_by"] == "person" for row in rows if row["label"] == name) == 3
               for name in answered.classes)  # fmt: skip
    assert report.not_chosen[OVER_QUOTA] == len(whole.chosen) - len(rows)
    record_classes(workspace, answered, {"disc/05.png": "disc"})
    fewer = plan_label_set(workspace, "shapes", per_class={"square": 2}, balance=True)
    assert counted(fewer.chosen) == dict.fromkeys(answered.classes, 2)


def counted_labels(rows: list[dict[str, str]]) -> dict[str, int]:
    return dict(Counter(row["label"] for row in rows))
