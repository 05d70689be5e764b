"""This tree beside another commit, in one run: indexing, search, refits, the web app, start-up.

Run: python benchmarks/against.py COMMIT [--rounds 15] [--json OUT]

Each side is a checkout with an environment of its own that takes the other packages from this
environment, and a process that does one unit of work at a time. The sides take turns, A B B A, so
that a machine that gets busier is unfair to neither. Of each part the median ratio of this tree
to the commit is printed with a 95 % interval (bootstrap over the rounds). Processor time is what
to look at on a machine that does other work; the clock says what a person waits.
"""

from __future__ import annotations

from _needs import announce

announce("psutil")  # before anything is made

import argparse
import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from _commits import checked_out, environment
from _records import Figure, publish
from PIL import Image, ImageDraw

_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT / "tests" / "support"))
from tiny_clip import tiny_clip

PARTS = {
    "start_up": "3 times likewise --help",
    "indexing": "indexing drawn images, a tiny encoder",
    "again": "indexing them again, unchanged",
    "search": "100 searches, k = 100, of 20,000 x 64",
    "quick": "20 quick refits, 200 labels",
    "whole": "3 whole refits, 200 labels",
    "answer": "10 answers in the web app, each with its ranking",
}
_MOST_WORSE = 1.05


def draw(folder: Path, count: int) -> None:
    """Pictures of 320 x 240 with twenty forms each."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        image = Image.new("RGB", (320, 240), tuple(random.integers(0, 256, 3).tolist()))
        pen = ImageDraw.Draw(image)
        for x, y, side, *colour in random.integers(0, 240, (20, 6)).tolist():
            pen.ellipse((x, y, x + side // 3, y + side // 4), fill=tuple(colour))
        image.save(folder / f"{number:04d}.jpg", quality=90)


class Sides:
    """The two processes, by name."""

    def __init__(self, pythons: dict[str, Path], scratch: Path, photos: Path, encoder: str) -> None:
        self._processes = {}
        for name, python in pythons.items():
            folder = scratch / f"work-{name}"
            folder.mkdir()
            self._processes[name] = subprocess.Popen(
                [python, Path(__file__).with_name("_against_side.py"), folder, photos, encoder],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip

    def does(self, name: str, part: str) -> dict[str, float]:
        """One unit of a part by one side; its seconds."""
        process = self._processes[name]
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{part}\n")
        process.stdin.flush()
        for line in process.stdout:
            if line.startswith("RESULT"):
                return dict(json.loads(line.removeprefix("RESULT")))
        raise SystemExit(f"the side '{name}' ended in the part '{part}'; see its message above")

    def end(self) -> None:
        """Let both finish."""
        for process in self._processes.values():
            if process.stdin is not None:
                process.stdin.close()
            process.wait()


def ratio_with_interval(here: list[float], there: list[float]) -> tuple[float, float, float]:
    """Median of the paired ratios, and its 95 % interval by bootstrap."""
    ratios = np.array(here) / np.maximum(np.array(there), 1e-9)
    drawn = np.random.default_rng(0).choice(ratios, (4000, len(ratios)))
    low, high = np.quantile(np.median(drawn, axis=1), [0.025, 0.975])
    return float(np.median(ratios)), float(low), float(high)


def compared(part: str, rounds: list[dict[str, dict[str, float]]], images: int) -> list[Figure]:
    """Medians of both, and the ratio, by the clock and by processor time."""
    figures = []
    for clock in ("processor", "clock"):
        here = [one["here"][clock] for one in rounds]
        there = [one["there"][clock] for one in rounds]
        ratio, low, high = ratio_with_interval(here, there)
        what = PARTS[part].replace("drawn images", f"{images} drawn images")
        setting = (
            f"{1000 * np.median(here):,.0f} and {1000 * np.median(there):,.0f} ms, {len(rounds)} "
            f"rounds, 95 % interval {low:.3f} to {high:.3f}"
        )
        goal = f"<= {_MOST_WORSE}" if clock == "processor" else ""
        figures.append(Figure(f"{what}, {clock}", ratio, "ratio", goal, setting))
    return figures


def main() -> None:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("commit", help="to compare this tree with, such as 8f86fe4")
    parser.add_argument("--rounds", type=int, default=15, help="pairs of each part, one to warm up")
    parser.add_argument("--images", type=int, default=300, help="drawn and indexed")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--json", type=Path, help="write one record a figure here")
    options = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        scratch = Path(folder)
        other = stack.enter_context(checked_out(options.commit, scratch / "tree"))
        trees = {"here": _ROOT, "there": other}
        pythons = {name: environment(tree, scratch / f"env-{name}") for name, tree in trees.items()}
        draw(scratch / "photos", options.images)
        tiny_clip(scratch / "tiny")
        sides = Sides(pythons, scratch, scratch / "photos", f"onnx:{scratch / 'tiny'}")
        stack.callback(sides.end)
        for part in options.parts:
            rounds = []
            for number in range(options.rounds + 1):  # the first one warms up
                order = ["here", "there"] if number % 2 else ["there", "here"]
                rounds.append({name: sides.does(name, part) for name in order})
            figures += compared(part, rounds[1:], options.images)
            print(
                f"{figures[-2].name}: {figures[-2].value:.3f} ({figures[-2].setting})", flush=True
            )
    publish(figures, options.json)


if __name__ == "__main__":
    main()
