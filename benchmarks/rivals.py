"""The default rule beside rules of other products and of textbooks, in one run, on any folders.

Run: python benchmarks/rivals.py --data FOLDER [--data FOLDER ...] --plot OUT.svg --json OUT

The sessions of `learning.py`: three examples, pages of the 20 best-ranked images, average precision
(AP) on a half of the collection that is never shown. Each rule ranks its own pages. The rivals are
written from their descriptions and get the vectors that the library's rules get, the collection's
mean subtracted. Then nearest neighbour, exemplar SVM, words, and words with an example, for the
classes whose name the built-in encoder reads, over all images but the example.
"""

from __future__ import annotations

from _needs import announce

announce()  # before anything is made

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _bars import bars
from _learning_figures import Cell, Outcomes, as_records, difference, figures_of
from _learning_run import Contender, Folder, asking, measured, parsed
from _learning_side import BUDGETS, LOOKS
from _records import Figure, write
from _rivals import RIVALS
from _rivals_side import WAYS

OURS = "likewise, `best`"
_SCRIPT = Path(__file__).with_name("_rivals_side.py")
_HERE = Path(sys.executable)
_COMPARED_AFTER = 60


def contenders() -> list[Contender]:
    """The default rule, and all rivals."""
    rivals = [Contender(name, name, {}, "", _HERE) for name in RIVALS]
    return [Contender(OURS, "best", {}, "", _HERE), *rivals]


def table(outcomes: Mapping[str, Outcomes]) -> str:
    """Markdown: a line a rule."""
    head = [
        "rule",
        *(f"AP, {looks} looks" for looks in LOOKS),
        f"`best` over it, {_COMPARED_AFTER} looks",
        *(f"found, {looks}" for looks in LOOKS[1:]),
        *("1 example" if n == 1 else f"{n} yes, {n} no" for n in BUDGETS),
        "ms",
    ]
    names = [
        *(f"ap_{looks}" for looks in LOOKS),
        "",
        *(f"found_{looks}" for looks in LOOKS[1:]),
        *(f"basket_{budget}" for budget in BUDGETS),
    ]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for rule, own in outcomes.items():
        cells = [_mean(own, name) if name else _ahead(outcomes[OURS], own) for name in names]
        if rule == OURS:
            cells[names.index("")] = ""
        seconds = [second for one in own for second in one["seconds"]]
        cells.append(f"{1000 * np.median(seconds):.0f}" if seconds else "")
        lines.append(f"| {' | '.join([rule, *cells])} |")
    return "\n".join(lines)


def _mean(outcomes: Outcomes, name: str) -> str:
    values = [one[name] for one in outcomes if name in one]
    return f"{np.mean(values):.3f}" if values else ""


def _ahead(ours: Outcomes, theirs: Outcomes) -> str:
    name = f"ap_{_COMPARED_AFTER}"
    gains = [
        one[name] - other[name] for one, other in zip(ours, theirs, strict=True) if name in one
    ]
    return str(difference(gains)) if gains else ""


def by_words(outcomes: Outcomes) -> dict[str, tuple[Cell, Cell | None]]:
    """AP by what is known, and what it adds to the way before it."""
    read = [one for one in outcomes if WAYS[0][0] in one]
    found: dict[str, tuple[Cell, Cell | None]] = {}
    before = ""
    for way, *_ in WAYS:
        if not read:
            break
        gain = difference([one[way] - one[before] for one in read]) if before else None
        found[way] = difference([one[way] for one in read]), gain
        before = way
    return found


def show_words(found: Mapping[str, tuple[Cell, Cell | None]], folder: str) -> None:
    """Print the comparison of words and one example."""
    if not found:
        print(f"\nThe encoder reads no class name of {folder}, so words were not measured.")
        return
    print(
        f"\n{folder}: one example, words, and both\n\n| what is known | AP | over the line above |"
    )
    print("|---|---|---|")
    for way, (cell, gain) in found.items():
        print(f"| {way} | {cell.value:.3f} | {gain or ''} |")


def words_records(found: Mapping[str, tuple[Cell, Cell | None]], folder: str) -> list[Figure]:
    """The same for JSON."""
    return [
        Figure(
            f"{way}: AP", cell.value, "mean AP", "",
            f"{folder}: {cell.count} queries, 95 % interval {cell.low:.4f} to {cell.high:.4f}",
        )
        for way, (cell, _) in found.items()
    ]  # fmt: skip


def on_folder(
    data: Path, options: argparse.Namespace, rules: Sequence[Contender]
) -> tuple[list[Figure], dict[str, tuple[Cell, Cell | None]]]:
    """Measure one folder and print its tables."""
    folder, name = Folder(data, options.cache), data.resolve().name
    folder.index("", _HERE)
    options.parts = ["sessions", "whole", "baskets"]
    count, outcomes = measured(folder, rules, options, _SCRIPT)
    print(f"\n{name}, {count} queries\n\n{table(outcomes)}")
    records: list[Figure] = []
    on = f"{count} queries, {options.draws} draw(s)"
    for rule in rules:
        reference = None if rule.name == OURS else outcomes[OURS]
        records += as_records(figures_of(outcomes[rule.name], reference), rule.name, name, on)
    words: dict[str, Any] = vars(options) | {"parts": ["words"], "mixtures": 0, "classes": 0}
    _, read = measured(folder, rules[:1], argparse.Namespace(**words), _SCRIPT)
    found = by_words(read[OURS])
    show_words(found, name)
    return records + words_records(found, name), found


def main() -> None:
    """Measure and publish."""
    parser = asking(__doc__)
    parser.add_argument("--plot", type=Path, help="draw words and one example here, as SVG")
    parser.add_argument("--only", action="append", choices=RIVALS, help="a rival; repeatable")
    options = parsed(parser)
    rules = [
        one for one in contenders() if one.name == OURS or one.name in (options.only or RIVALS)
    ]
    records: list[Figure] = []
    drawn = {}
    for data in options.data:
        figures, found = on_folder(data, options, rules)
        records += figures
        if found:
            drawn[data.resolve().name] = {way: cell for way, (cell, _) in found.items()}
    if options.plot is not None and drawn:
        options.plot.write_text(bars("Average precision by what is known of a concept", drawn))
    write(records, options.json)


if __name__ == "__main__":
    main()
