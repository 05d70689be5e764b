"""What an indexing run knows of items, against dictionaries that are told the same."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.core.box import Box
from likewise.errors import StorageError
from likewise.indexing.seen_items import SeenItem, SeenItems

ITEMS = st.sampled_from(["a.jpg", "b/ä.jpg", "b/日.jpg", "b.jpg#1", "z"])
DIGESTS = st.sampled_from(["", "d1", "d2", "d3"])
BOXES = st.none() | st.builds(Box, *[st.floats(0, 1e6)] * 4)
KNOWN = st.builds(
    SeenItem,
    st.integers(-1, 2**62),
    st.integers(0, 2**62),
    DIGESTS,
    BOXES,
    st.none() | st.just("s3://b/x"),
)
STEPS = st.one_of(
    st.tuples(st.just("see"), ITEMS),
    st.tuples(st.just("let_go"), ITEMS),
    st.tuples(st.just("hold"), st.tuples(DIGESTS.filter(bool), ITEMS)),
)


@settings(deadline=None)
@given(st.lists(st.tuples(ITEMS, KNOWN), unique_by=lambda pair: pair[0]), st.lists(STEPS))
def test_it_answers_as_dictionaries_would(
    items: list[tuple[str, SeenItem]], steps: list[tuple[str, str | tuple[str, str]]]
) -> None:
    known = dict(items)
    holders = {x.digest: item for item, x in items if x.digest}
    seen: set[str] = set()
    with SeenItems() as ledger:
        ledger.add(items[:2])
        ledger.add(items[2:])
        for what, of in steps:
            if isinstance(of, tuple):
                ledger.hold([of])
                holders[of[0]] = of[1]
            elif what == "see":
                assert ledger.see(of) == known.get(of)
                seen |= {of} & known.keys()
            else:
                ledger.let_go(of)
                if of in known and holders.get(known[of].digest) == of:
                    del holders[known[of].digest]
        for item in ("a.jpg", "b/ä.jpg", "b/日.jpg", "b.jpg#1", "z"):
            assert ledger.get(item) == known.get(item)
            assert (item in ledger) == (item in known)
        assert [ledger.holder(x) for x in ("d1", "d2", "d3")] == [
            holders.get(x) for x in ("d1", "d2", "d3")
        ]
        assert list(ledger.unseen()) == sorted(known.keys() - seen)
        assert ledger.unseen_count == len(known.keys() - seen)
        assert list(ledger.visited()) == [(item, known[item].digest) for item in sorted(seen)]


def test_many_are_walked_in_order_while_others_are_met() -> None:
    names = [f"{number:05d}" for number in range(2_500)]
    with SeenItems() as ledger:
        ledger.add((name, SeenItem(1, 1, name, None)) for name in names)
        met = []
        for name in ledger.unseen():
            met.append(name)
            ledger.see(name)
        assert met == names
        assert ledger.unseen_count == 0


_MEMORY = """
from pathlib import Path
from likewise.indexing.seen_items import SeenItem, SeenItems
def own():
    return int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]) / 1024
with SeenItems() as ledger:
    before = own()
    for block in range(40):
        names = [f"folder/{block:03d}/{number:06d}.jpg" for number in range(10_000)]
        ledger.add([(name, SeenItem(1, 1, f"{hash(name):064x}", None)) for name in names])
    print(own() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_it_keeps_in_memory_does_not_grow_with_the_items() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 64  # MB; 400,000 items would take 150 as dictionaries


def test_a_full_disk_is_told_with_what_to_do() -> None:
    with SeenItems() as ledger:
        with ledger._using() as database:
            database.execute("PRAGMA max_page_count = 20")
        with pytest.raises(StorageError, match=r"database or disk is full.*set TMPDIR"):
            ledger.add((f"{number:0200d}", SeenItem(1, 1, "", None)) for number in range(1_000))
