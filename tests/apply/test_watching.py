from __future__ import annotations

import csv
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shapes import draw_shapes
from waiting import LIMIT
from watched_rules import learn_rules

from likewise.apply.watch import STATE, TABLE, Entry, Mode, Verdict, Watch, open_rules, watch
from likewise.apply.watch.file_moves import move
from likewise.apply.watch.journal import Journal
from likewise.apply.watch.results_table import bring_up_to_date
from likewise.apply.watch.scoring import Judged, Judges
from likewise.core.rule_file import open_rule, save_rule
from likewise.errors import BadInputError, BusyError, CorruptError, MismatchError, NotFoundError
from likewise.sources.base import Item
from likewise.workspace import Workspace

LONG_AGO = time.time() - 3600


def arrive(path: Path, source: Path | bytes, at: float = LONG_AGO) -> Path:
    """A file that was put into the inbox a while ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(source if isinstance(source, bytes) else source.read_bytes())
    os.utime(path, (at, at))
    return path


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def rules(workspace: Workspace, tmp_path: Path) -> list[Path]:
    return learn_rules(workspace, tmp_path)


@pytest.fixture
def inbox(home: Path) -> Path:
    """Two discs, a square and stripes."""
    for name in ("disc/00", "disc/07", "square/07", "stripes/07"):
        arrive(home / "inbox" / f"{name}.png", home / "shapes" / f"{name}.png")
    return home / "inbox"


def once(inbox: Path, rules: list[Path], out: Path, mode: Mode) -> dict[str, Entry]:
    with watch(inbox, open_rules(rules), out, mode) as watched:
        return {entry.id: entry for entry in watched.run(every=0.01, once=True)}


def outcomes(entries: dict[str, Entry]) -> dict[str, str]:
    return {item: entry.outcome for item, entry in entries.items()}


def below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not path.is_dir() and STATE not in path.parts
    }


def test_files_go_where_the_surest_rule_says(home: Path, inbox: Path, rules: list[Path]) -> None:
    square = (inbox / "square/07.png").read_bytes()
    entries = once(inbox, rules, home / "out", "move")
    assert {item: (entry.outcome, entry.rule) for item, entry in entries.items()} == {
        "disc/00.png": ("moved", "disc"),
        "disc/07.png": ("moved", "disc"),
        "square/07.png": ("moved", "square"),
        "stripes/07.png": ("kept", None),
    }
    assert below(inbox) == {"stripes/07.png"}
    assert below(home / "out") == {
        "disc/disc__00.png", "disc/disc__07.png", "square/square__07.png",
    }  # fmt: skip
    assert (home / "out/square/square__07.png").read_bytes() == square
    assert (home / "out/square/square__07.png").stat().st_mtime == pytest.approx(LONG_AGO)
    said = entries["disc/07.png"].verdicts
    assert said["disc"].yes
    assert said["disc"].probability is not None
    assert said["disc"].probability > 0.5 > (said["square"].probability or 0)
    assert once(inbox, rules, home / "out", "move") == {}


def test_scores_are_those_of_classify(home: Path, inbox: Path, rules: list[Path]) -> None:
    from likewise.apply.scoring import score_images

    entries = once(inbox, rules, home / "out", "csv")
    for path in rules:
        for want in score_images(inbox, open_rule(path)):
            got = entries[want.id].verdicts[path.stem]
            assert got.score == pytest.approx(want.score, abs=1e-6)
            assert got.probability == pytest.approx(want.probability, abs=1e-6)
            assert got.yes == want.yes


def test_every_rule_that_says_yes_gets_a_link(home: Path, inbox: Path, rules: list[Path]) -> None:
    keen = save_rule(
        replace(open_rule(rules[0]), threshold=-9.0, provenance={}), home / "keen.rule"
    )
    entries = once(inbox, [rules[0], keen], home / "out", "link")
    assert set(outcomes(entries).values()) == {"linked"}
    assert below(home / "out/keen") == {
        "disc__00.png", "disc__07.png", "square__07.png", "stripes__07.png",
    }  # fmt: skip
    assert below(home / "out/disc") == {"disc__00.png", "disc__07.png"}
    assert (home / "out/disc/disc__00.png").readlink() == inbox / "disc/00.png"
    assert len(below(inbox)) == 4


def test_a_link_does_not_outlive_the_picture_it_was_made_for(
    home: Path, inbox: Path, rules: list[Path]
) -> None:
    once(inbox, rules, home / "out", "link")
    arrive(inbox / "disc/00.png", home / "shapes/square/00.png", LONG_AGO + 5)
    arrive(inbox / "disc/07.png", home / "shapes/disc/06.png", LONG_AGO + 5)
    entries = once(inbox, rules, home / "out", "link")
    assert outcomes(entries) == {"disc/00.png": "linked", "disc/07.png": "linked"}
    assert below(home / "out") == {
        "disc/disc__07.png", "square/disc__00.png", "square/square__07.png",
    }  # fmt: skip


def test_links_follow_a_picture_that_goes_back_and_forth(
    home: Path, inbox: Path, rules: list[Path]
) -> None:
    contents: list[tuple[Path | bytes, set[str]]] = [
        (home / "shapes/disc/06.png", {"disc/x.png"}),
        (home / "shapes/square/06.png", {"square/x.png"}),
        (home / "shapes/disc/06.png", {"disc/x.png"}),
        (home / "shapes/stripes/06.png", set()),
        (home / "shapes/square/06.png", {"square/x.png"}),
        (b"no picture", set()),
    ]
    for number, (source, want) in enumerate(contents):
        arrive(inbox / "x.png", source, LONG_AGO + number)
        once(inbox, rules, home / "out", "link")
        assert {name for name in below(home / "out") if "x.png" in name} == want, number


def test_an_unchanged_file_is_not_read_again(
    home: Path, inbox: Path, rules: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    once(inbox, rules, home / "out", "csv")
    asked: list[int] = []
    real = Judges.judge

    def judge(self: Judges, items: Sequence[Item]) -> Iterator[Judged]:
        asked.append(len(items))
        return real(self, items)

    monkeypatch.setattr(Judges, "judge", judge)
    assert once(inbox, rules, home / "out", "csv") == {}
    assert sum(asked) == 0
    os.utime(inbox / "disc/00.png", (LONG_AGO + 9, LONG_AGO + 9))  # touched: read, and known
    assert outcomes(once(inbox, rules, home / "out", "csv")) == {"disc/00.png": "known"}
    assert once(inbox, rules, home / "out", "csv") == {}
    assert sum(asked) == 1
    arrive(inbox / "disc/00.png", home / "shapes/square/00.png")  # other content: a new file
    assert outcomes(once(inbox, rules, home / "out", "csv")) == {"disc/00.png": "listed"}


def test_a_file_that_is_still_written_waits(home: Path, inbox: Path, rules: list[Path]) -> None:
    whole = (home / "shapes/disc/05.png").read_bytes()
    with watch(inbox, open_rules(rules), home / "out", "move") as watched:
        list(watched.look())
        for end in (100, 200, len(whole)):
            arrive(inbox / "new.png", whole[:end], at=time.time())
            assert list(watched.look()) == []
            assert watched.waiting == 1
        assert [entry.outcome for entry in watched.look()] == ["moved"]
        assert watched.waiting == 0


def test_a_file_that_changes_while_it_is_read_waits(
    home: Path, inbox: Path, rules: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Judges.judge

    def judge(self: Judges, items: Sequence[Item]) -> Iterator[Judged]:
        found = list(real(self, items))
        if (inbox / "disc/00.png").stat().st_mtime < LONG_AGO + 1:
            arrive(inbox / "disc/00.png", home / "shapes/square/01.png", LONG_AGO + 9)
        yield from found

    monkeypatch.setattr(Judges, "judge", judge)
    with watch(inbox, open_rules(rules), home / "out", "move") as watched:
        assert "disc/00.png" not in {entry.id for entry in watched.look()}
        (entry,) = watched.look()
    assert (entry.id, entry.rule) == ("disc/00.png", "square")


def test_what_cannot_be_read_is_told_once(home: Path, inbox: Path, rules: list[Path]) -> None:
    arrive(inbox / "bad.png", b"no picture")
    os.mkfifo(inbox / "pipe.png")
    entries = once(inbox, rules, home / "out", "csv")
    assert outcomes(entries)["bad.png"] == outcomes(entries)["pipe.png"] == "failed"
    assert entries["pipe.png"].error == "a FIFO, not a regular file"
    assert once(inbox, rules, home / "out", "csv") == {}
    arrive(inbox / "bad.png", b"still none", LONG_AGO + 5)
    assert outcomes(once(inbox, rules, home / "out", "csv")) == {"bad.png": "failed"}
    arrive(inbox / "bad.png", home / "shapes/disc/01.png", LONG_AGO + 9)
    (inbox / "pipe.png").unlink()
    arrive(inbox / "pipe.png", home / "shapes/disc/02.png")
    again = once(inbox, rules, home / "out", "csv")
    assert outcomes(again) == {"bad.png": "listed", "pipe.png": "listed"}
    rows = rows_of(home / "out" / TABLE)
    assert [row["error"] for row in rows if row["id"] == "pipe.png"] == [
        "a FIFO, not a regular file", "", "",
    ]  # fmt: skip


def test_nothing_is_ever_overwritten(home: Path, inbox: Path, rules: list[Path]) -> None:
    arrive(home / "out/disc/disc__00.png", b"years of work")
    digest = once(inbox, rules, home / "out", "move")["disc/00.png"].digest or ""
    assert (home / "out/disc/disc__00.png").read_bytes() == b"years of work"
    assert f"disc/disc__00-{digest[:10]}.png" in below(home / "out")
    arrive(inbox / "disc/00.png", home / "shapes/disc/02.png")  # another picture of that name
    assert outcomes(once(inbox, rules, home / "out", "move")) == {"disc/00.png": "moved"}
    assert len(below(home / "out/disc")) == 4


def test_a_name_that_somebody_takes_at_the_last_moment_is_theirs(
    home: Path, inbox: Path, rules: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.touch

    def touch(self: Path, mode: int = 0o666, exist_ok: bool = True) -> None:
        if self.name == "disc__00.png":
            self.write_bytes(b"theirs")
        real(self, mode, exist_ok)

    monkeypatch.setattr(Path, "touch", touch)
    entry = once(inbox, rules, home / "out", "move")["disc/00.png"]
    assert (home / "out/disc/disc__00.png").read_bytes() == b"theirs"
    assert entry.targets == (f"disc/disc__00-{(entry.digest or '')[:10]}.png",)
    assert (home / "out" / entry.targets[0]).is_file()


def test_the_same_picture_dropped_again_is_known_and_stays(
    home: Path, inbox: Path, rules: list[Path]
) -> None:
    once(inbox, rules, home / "out", "move")
    arrive(inbox / "disc/00.png", home / "shapes/disc/00.png")
    entry = once(inbox, rules, home / "out", "move")["disc/00.png"]
    assert (entry.outcome, entry.targets) == ("known", ("disc/disc__00.png",))
    assert (inbox / "disc/00.png").is_file()
    assert once(inbox, rules, home / "out", "move") == {}


def test_another_rule_counts_for_new_files_only(home: Path, inbox: Path, rules: list[Path]) -> None:
    with watch(inbox, open_rules(rules[:1]), home / "out", "csv") as watched:
        assert watched.other_rules == []
        list(watched.look())
    keen = replace(open_rule(rules[0]), threshold=-9.0)
    save_rule(keen, rules[0])
    with watch(inbox, open_rules(rules), home / "out", "csv") as watched:
        assert watched.other_rules == ["disc", "square"]
        assert list(watched.look()) == []
        arrive(inbox / "new.png", home / "shapes/stripes/01.png")
        (entry,) = watched.look()
    assert entry.verdicts["disc"].yes
    with watch(inbox, open_rules(rules), home / "out", "csv") as watched:
        assert watched.other_rules == []


def test_the_surest_is_told_by_probability_or_else_by_margin(rules: list[Path]) -> None:
    opened = open_rules(rules)
    judges = Judges(opened, None, None)
    low, high = (replace(chosen.rule).threshold for chosen in opened)
    for chances, want in (((0.6, 0.7), "square"), ((0.9, None), "disc"), ((None, None), "disc")):
        said = {
            "disc": Verdict(low + 0.2, chances[0], True),
            "square": Verdict(high + 0.1, chances[1], True),
        }
        assert judges.surest(said) == want
    assert judges.surest({"disc": Verdict(low - 1, 0.1, False)}) is None


def test_folders_that_lie_in_one_another_are_refused(
    home: Path, inbox: Path, rules: list[Path]
) -> None:
    (home / "alias").symlink_to(inbox)
    for out in (inbox, inbox / "sorted", home / "alias" / "sorted"):
        with pytest.raises(BadInputError, match="lies in the inbox"):
            once(inbox, rules, out, "move")
    with pytest.raises(BadInputError, match="of the rule 'disc'"):
        once(inbox / "disc", rules, inbox, "move")
    (inbox / "disc/deeper").mkdir()
    with pytest.raises(BadInputError, match="of the rule 'disc'"):
        once(inbox / "disc/deeper", rules, inbox, "move")
    with pytest.raises(BadInputError, match="not a folder"):
        once(inbox, rules, rules[0], "move")
    with pytest.raises(NotFoundError, match="does not exist"):
        once(home / "nowhere", rules, home / "out", "move")
    assert not (home / "out").exists()


def test_an_inbox_inside_the_target_is_fine(home: Path, inbox: Path, rules: list[Path]) -> None:
    assert len(once(inbox, rules, home, "move")) == 4
    assert once(inbox, rules, home, "move") == {}
    assert below(home / "disc") == {"disc__00.png", "disc__07.png"}


def test_what_a_link_in_the_inbox_finds_in_the_target_has_not_arrived(
    home: Path, inbox: Path, rules: list[Path]
) -> None:
    (home / "out").mkdir()
    (inbox / "sorted").symlink_to(home / "out")
    assert len(once(inbox, rules, home / "out", "move")) == 4
    assert once(inbox, rules, home / "out", "move") == {}


def test_links_in_the_inbox_are_moved_as_links(home: Path, inbox: Path, rules: list[Path]) -> None:
    (inbox / "far.png").symlink_to("../shapes/disc/03.png")
    assert once(inbox, rules, home / "out", "move")["far.png"].outcome == "moved"
    assert not (inbox / "far.png").is_symlink()
    assert (home / "shapes/disc/03.png").is_file()
    assert (home / "out/disc/far.png").resolve() == (home / "shapes/disc/03.png").resolve()


def test_a_target_belongs_to_one_inbox_and_one_mode(
    home: Path, inbox: Path, rules: list[Path]
) -> None:
    once(inbox, rules, home / "out", "csv")
    with pytest.raises(MismatchError, match="the mode 'csv' and not 'move'"):
        once(inbox, rules, home / "out", "move")
    with pytest.raises(MismatchError, match=r"the inbox '.*inbox' and not '.*shapes'"):
        once(home / "shapes", rules, home / "out", "csv")


def test_two_rules_of_one_name_are_refused(home: Path, rules: list[Path]) -> None:
    shutil.copy(rules[0], home / "other.rule")
    with pytest.raises(BadInputError, match=r"disc\.rule and .*other\.rule are both rules of"):
        open_rules([rules[0], home / "other.rule"])
    with pytest.raises(BadInputError, match="no rule was given"):
        open_rules([])


def test_one_process_a_target(home: Path, inbox: Path, rules: list[Path]) -> None:
    with (
        watch(inbox, open_rules(rules), home / "out", "csv"),
        pytest.raises(BusyError, match=f"process {os.getpid()} on"),
    ):
        once(inbox, rules, home / "out", "csv")


def test_a_dry_run_writes_nothing(home: Path, inbox: Path, rules: list[Path]) -> None:
    def dry() -> dict[str, str]:
        with watch(inbox, open_rules(rules), home / "out", "move", dry_run=True) as watched:
            return outcomes({entry.id: entry for entry in watched.run(0.01, once=True)})

    want = {"disc/00.png": "moved", "disc/07.png": "moved", "square/07.png": "moved"}
    assert dry() == {**want, "stripes/07.png": "kept"}
    assert not (home / "out").exists()
    once(inbox, rules, home / "out", "move")
    before = {path: path.stat().st_mtime_ns for path in (home / "out").rglob("*")}
    arrive(inbox / "new.png", home / "shapes/disc/01.png")
    assert dry() == {"new.png": "moved"}
    assert {path: path.stat().st_mtime_ns for path in (home / "out").rglob("*")} == before


def test_one_file_that_may_not_be_moved_stops_nobody(
    home: Path, inbox: Path, rules: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, *rest: Any) -> bool:
        if source.name == "00.png":
            raise PermissionError(13, "Permission denied")
        return move(source, *rest)

    with monkeypatch.context() as patch:
        patch.setattr("likewise.apply.watch.inbox.move", refuse)
        entries = once(inbox, rules, home / "out", "move")
    assert outcomes(entries)["disc/00.png"] == "failed"
    assert "Permission denied" in (entries["disc/00.png"].error or "")
    assert outcomes(entries)["disc/07.png"] == "moved"
    assert outcomes(once(inbox, rules, home / "out", "move")) == {"disc/00.png": "moved"}


def test_a_damaged_journal_is_one_sentence(home: Path, inbox: Path, rules: list[Path]) -> None:
    once(inbox, rules, home / "out", "csv")
    (home / "out" / STATE / "journal.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(CorruptError, match="another folder with --out"):
        once(inbox, rules, home / "out", "csv")


def test_a_file_that_arrives_during_a_move_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "a.png", tmp_path / "rule" / "a.png"
    arrive(source, b"old")
    stamp = source.stat().st_size, source.stat().st_mtime_ns
    real = Path.rename

    def rename(self: Path, to: Path) -> Path:
        moved = real(self, to)
        source.write_bytes(b"newer")
        return moved

    monkeypatch.setattr(Path, "rename", rename)
    assert move(source, target, stamp, hashlib.sha256(b"old").hexdigest())
    assert (source.read_bytes(), target.read_bytes()) == (b"newer", b"old")


class TestTable:
    @pytest.fixture
    def journal(self, tmp_path: Path) -> Iterator[Journal]:
        with closing(Journal(tmp_path / "journal.sqlite")) as journal:
            for number, name in enumerate(("=1+1.png", 'a"b.png', "a\r\nb.png", "c,d.png")):
                said = {"x": Verdict(0.5, None, True), "y": Verdict(-0.5, 0.1, False)}
                journal.plan(
                    Entry(name, str(number), (1, number), "listed", "x", verdicts=said), done=True
                )
            yield journal

    def test_wherever_it_is_cut_it_becomes_whole_again(
        self, journal: Journal, tmp_path: Path
    ) -> None:
        table = tmp_path / "watch.csv"
        assert bring_up_to_date(table, journal) == 8
        whole = table.read_bytes()
        rows = rows_of(table)
        assert [row["id"] for row in rows[::2]] == [
            "'=1+1.png",
            'a"b.png',
            r"a\u{d}\u{a}b.png",
            "c,d.png",
        ]
        assert [(row["yes"], row["score"]) for row in rows[:2]] == [
            ("True", "0.5"),
            ("False", "-0.5"),
        ]
        for end in range(0, len(whole), 3):
            table.write_bytes(whole[:end])
            assert bring_up_to_date(table, journal) == 8
            assert table.read_bytes() == whole, end
        table.unlink()
        bring_up_to_date(table, journal)
        assert table.read_bytes() == whole
        assert bring_up_to_date(table, journal, 8) == 8
        assert table.read_bytes() == whole

    def test_rows_of_an_older_version_with_raw_characters_stay(
        self, journal: Journal, tmp_path: Path
    ) -> None:
        table = tmp_path / "watch.csv"
        bring_up_to_date(table, journal)
        older = table.read_bytes().replace(rb"a\u{d}\u{a}b.png", b'"a\r\nb.png"')
        table.write_bytes(older)
        said = {"x": Verdict(0.5, None, True)}
        entry = Entry("\x1b[31m.png", "9", (1, 9), "listed", "x", verdicts=said)
        journal.plan(entry, done=True)
        assert bring_up_to_date(table, journal) == 9
        assert table.read_bytes().startswith(older)
        assert rows_of(table)[-1]["id"] == r"\u{1b}[31m.png"
        assert b"\x1b" not in table.read_bytes()

    @pytest.mark.parametrize("theirs", [b"my,own,table\r\n1,2,3\r\n", b"my notes"])
    def test_somebody_elses_is_left_alone(
        self, journal: Journal, tmp_path: Path, theirs: bytes
    ) -> None:
        (tmp_path / "watch.csv").write_bytes(theirs)
        with pytest.raises(CorruptError, match="move it away"):
            bring_up_to_date(tmp_path / "watch.csv", journal)
        assert (tmp_path / "watch.csv").read_bytes() == theirs


class Dead(BaseException):
    """The process is killed here; nothing that comes after is done."""


class Mortal:
    """Lets the system calls that change something through, up to one; then there are none."""

    def __init__(self, patch: pytest.MonkeyPatch, after: int) -> None:
        self.left = after
        for name in ("link", "unlink", "rename", "symlink", "fsync", "truncate", "mkdir"):
            patch.setattr(os, name, self._counted(getattr(os, name)))
        patch.setattr(Path, "touch", self._counted(Path.touch))
        patch.setattr(shutil, "copy2", self._counted(shutil.copy2))
        patch.setattr(Journal, "_rows", self._counted(Journal._rows))

    def _counted(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                if self.left == -1 and real is shutil.copy2:  # killed half-way
                    Path(arguments[1]).write_bytes(Path(arguments[0]).read_bytes()[:99])
                raise Dead
            return real(*arguments, **options)

        return call


@pytest.fixture(params=["one file system", "two file systems"])
def target(request: pytest.FixtureRequest, home: Path) -> Iterator[Path]:
    if request.param == "one file system":
        yield home / "out"
        return
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == home.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder) / "out"


@pytest.mark.parametrize("mode", ["move", "link", "csv"])
def test_killed_at_any_step_each_file_is_handled_once(
    home: Path, rules: list[Path], target: Path, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    judges = Judges(open_rules(rules), None, None)
    shapes = {f"{kind}.png": home / "shapes" / kind / "07.png" for kind in ("disc", "square")}
    inbox, out = home / "inbox", target
    steps = 0
    while True:
        for folder in (inbox, out):
            shutil.rmtree(folder, ignore_errors=True)
        for name, source in shapes.items():
            arrive(inbox / name, source)
        (out / STATE).mkdir(parents=True)

        def run() -> list[Entry]:
            with closing(Journal(out / STATE / "journal.sqlite")) as journal:
                return list(Watch(inbox, out, mode, judges, journal, False).run(0.01, once=True))

        killed = False
        with monkeypatch.context() as patch:
            Mortal(patch, steps)
            try:
                run()
            except Dead:
                killed = True
        run()
        assert run() == [], steps  # nothing is left to do
        if mode == "csv":
            rows = rows_of(out / TABLE)
            assert Counter(row["id"] for row in rows) == {"disc.png": 2, "square.png": 2}, steps
        else:
            assert below(out) == {"disc/disc.png", "square/square.png"}, steps
            for name, source in shapes.items():
                there = out / Path(name).stem / name
                assert there.read_bytes() == source.read_bytes(), steps
                assert there.is_symlink() == (mode == "link")
        assert below(inbox) == (set() if mode == "move" else set(shapes)), steps
        if not killed:
            break
        steps += 1
    assert steps > 10


@pytest.mark.parametrize("mode", ["move", "csv"])
def test_kill_9_at_random_moments_each_file_is_handled_once(
    home: Path, rules: list[Path], mode: Mode
) -> None:
    pictures = sorted(draw_shapes(home / "many", each=80).rglob("*.png"))
    inbox, out = home / "inbox", home / "out"
    content = {path.read_bytes() for path in pictures}
    assert len(content) == 240
    inbox.mkdir()
    arrive(inbox / "bad.png", b"no picture")
    command = [sys.executable, "-m", "likewise", "watch", str(inbox), "--out", str(out)]
    command += [f"--{mode}", "--json", "--every", "0.05"]
    command += [word for path in rules for word in ("--rule", str(path))]
    rng = random.Random(0)
    for lot in range(6):  # none finds the inbox done: each time a sixth of the pictures arrives
        for path in pictures[lot::6]:
            arrive(inbox / f"{path.parent.name}-{path.name}", path)
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline()  # it is at work
        time.sleep(rng.uniform(0.0, 0.1))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        process.communicate()
    command.append("--once")
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode in (0, 1), done.stderr
    with closing(sqlite3.connect(out / STATE / "journal.sqlite")) as journal:
        files = journal.execute("SELECT id, outcome, state FROM files").fetchall()
    assert len(files) == 241
    assert Counter(item for item, _, _ in files).most_common(1)[0][1] == 1
    assert {state for _, _, state in files} == {"done"}
    moved = {item for item, outcome, _ in files if outcome == "moved"}
    if mode == "move":
        assert len(moved) > 80
        assert len(below(out)) == len(moved)
        assert below(inbox) == {item for item, _, _ in files} - moved
        there = [*inbox.rglob("*.png"), *out.rglob("*.png")]
        assert {path.read_bytes() for path in there} == {*content, b"no picture"}
    else:
        rows = rows_of(out / TABLE)
        assert [int(row["row"]) for row in rows] == list(range(1, 482))
        assert set(Counter(row["id"] for row in rows if row["id"] != "bad.png").values()) == {2}
