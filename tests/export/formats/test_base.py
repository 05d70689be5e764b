from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from likewise.core.file_names import file_name

IDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300)


@given(IDS)
def test_any_id_becomes_a_name_any_file_system_takes(item: str) -> None:
    name = file_name(item)
    assert name
    assert len(name.encode()) <= 240
    assert not set(name) & set('/\\\0<>:"|?*\n\r\t')
    assert name[0] not in ".-"


@given(IDS, IDS)
def test_two_ids_never_share_a_name(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other)


def test_slashes_and_underscores_do_not_meet() -> None:
    ids = ["a/b", "a__b", "a_/b", "a/_b", "a___b"]
    assert len({file_name(item) for item in ids}) == len(ids)


def test_plain_names_stay_readable() -> None:
    assert file_name("2020/summer/barn.jpg") == "2020__summer__barn.jpg"
    assert file_name("-rf.jpg").startswith("rf-")
