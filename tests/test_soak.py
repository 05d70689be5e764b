"""The hour of mixed load, in seconds: it loses nothing, and it would say so if it did."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from likewise.workspace.database import Database
from likewise.workspace.labels import Label, LabelLog

_BENCHMARKS = Path(__file__).parent.parent / "benchmarks"

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="memory is read from Linux's /proc"
)


@pytest.fixture(autouse=True)
def _beside_the_benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_BENCHMARKS))


def test_a_few_seconds_of_everything_at_once() -> None:
    arguments = ["--seconds", "2", "--images", "12", "--pace", "0.3"]
    ended = subprocess.run(
        [sys.executable, str(_BENCHMARKS / "soak.py"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    told = ended.stdout + ended.stderr  # what fails while images come is told, and rarely there
    assert "| lost or unsound | 0 |" in ended.stdout, told
    for kind in ("answer", "ranking", "thumbnail", "undo"):
        assert f"| {kind} | " in ended.stdout, told


def test_an_answer_that_is_lost_doubled_or_otherwise_is_told(home: Path) -> None:
    from soak import lost

    workspace = home / "shapes.likewise"
    log = LabelLog(Database(workspace / "workspace.sqlite"))
    log.record([Label("disc", "disc/00.png", "yes", event="a")])
    log.record([Label("disc", "disc/01.png", "yes", event="b", action="b")])
    log.undo("disc", action="b")
    said = {"a": ("disc", False), "b": ("disc", True)}
    assert lost(workspace, said) == []
    assert len(lost(workspace, {**said, "c": ("disc", False)})) == 1
    assert len(lost(workspace, {"a": ("disc", True), "b": ("disc", False)})) == 2


def test_a_slope_has_an_interval_that_holds_it() -> None:
    import numpy as np
    from _soak_meter import slope

    at = np.arange(0.0, 3600.0, 3.0)
    noise = np.random.default_rng(0).normal(0, 5, len(at))
    grows, low, high = slope(at.tolist(), (300 + 12 * at / 3600 + noise).tolist())
    assert low < 12 < high
    assert low < grows < high
    _, low, high = slope(at.tolist(), (300 + noise).tolist())
    assert low < 0 < high
    assert high - low < 5


_STOPPED = """
import sys, time
from _soak_meter import Meter, Pauses
pauses = Pauses()
with pauses.noticed():
    meter = Meter(pauses)
    time.sleep(2)
    with meter.timed("stopped"):
        print("ready", flush=True)
        for _ in range(600):
            if pauses.all():
                break
            time.sleep(0.1)
    with meter.timed("quick"):
        pass
    print(sum(end - start for start, end in pauses.all()), meter.at())
    print([kind for kind, _, first, last in meter.rows(time.monotonic()) if last[0] == last[0]])
"""


def test_what_is_stopped_and_goes_on_is_no_latency() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _STOPPED], cwd=_BENCHMARKS, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2.5)
        process.send_signal(signal.SIGCONT)
        stopped, at = map(float, process.stdout.readline().split())
        assert process.stdout.readline() == "['quick']\n"
    assert stopped > 2
    assert at > 0.5  # a gap begins at the last tick before it
