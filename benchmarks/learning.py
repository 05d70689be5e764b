"""How well concepts are learned in review sessions, on any folders of class folders.

Run: python benchmarks/learning.py --data FOLDER [--data FOLDER ...] [--against COMMIT] --json OUT

A session starts with three examples; a reviewer who knows the truth answers pages of the 20
best-ranked images that were not answered yet. Only a random half of the collection is shown;
average precision (AP) is measured on the other half after 0, 20, 60 and 100 looks. Concepts are
single classes and mixtures of classes. Every learner, of this tree and of the commit that it is
compared with, gets the same concepts and draws. Baskets, answers and rules go through a copy of a
workspace by the library's public functions, so what is measured is what `likewise learn` does.
"""

from __future__ import annotations

from _needs import announce

announce()  # before anything is made

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from _commits import checked_out, environment
from _learning_figures import Cell, as_records, as_table, figures_of
from _learning_run import Contender, Folder, asking, measured, parsed
from _records import Figure, write

PARTS = ("sessions", "wrong", "whole", "baskets", "copies")


def parsed_learner(text: str) -> tuple[str, dict[str, Any]]:
    """`anchored:pull=.2` as a name and options."""
    name, _, rest = text.partition(":")
    pairs = (part.partition("=") for part in rest.split(",") if part)
    options: dict[str, Any] = {}
    for key, _, value in pairs:
        try:
            options[key] = json.loads(f"0{value}" if value.startswith(".") else value)
        except ValueError:
            options[key] = value
    return name, options


def asked() -> argparse.Namespace:
    """The options."""
    parser = asking(__doc__)
    add = parser.add_argument
    add(
        "--learner", action="append", metavar="NAME[:OPTION=VALUE,...]",
        help="what is measured (best); repeatable",
    )  # fmt: skip
    add(
        "--reference", metavar="NAME",
        help="what all are compared with (mean; with --against the first learner of that commit)",
    )  # fmt: skip
    add("--against", metavar="COMMIT", help="compare with a learner of that commit")
    add("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what is measured")
    return parsed(parser)


def contenders_of(options: argparse.Namespace, stack: ExitStack) -> list[Contender]:
    """The reference first, then what is compared with it."""
    learners = options.learner or ["best"]
    here = Path(sys.executable)
    those = [Contender(text, *parsed_learner(text), "", here) for text in learners]
    if options.against is None:
        reference = options.reference or "mean"
        others = [one for one in those if one.name != reference]
        return [Contender(reference, *parsed_learner(reference), "", here), *others]
    scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    tree = stack.enter_context(checked_out(options.against, scratch / "tree"))
    python = environment(tree, scratch / "environment")
    text = options.reference or learners[0]
    name = f"{text} of {options.against}"
    return [Contender(name, *parsed_learner(text), options.against, python), *those]


def main() -> None:
    """Measure and publish."""
    options = asked()
    tables: dict[str, dict[str, dict[str, Cell]]] = {}
    records: list[Figure] = []
    folders = [Folder(data, options.cache) for data in options.data]
    for folder in folders:  # one that has too few images ends it before anything is measured
        folder.index("", Path(sys.executable))
        folder.queries(options)
    with ExitStack() as stack:
        contenders = contenders_of(options, stack)
        for folder in folders:
            if options.against:
                folder.index(options.against, contenders[0].python)
            count, outcomes = measured(folder, contenders, options)
            reference = outcomes[contenders[0].name]
            for contender in contenders:
                compared = None if contender is contenders[0] else reference
                cells = figures_of(outcomes[contender.name], compared)
                tables.setdefault(contender.name, {})[folder.data.resolve().name] = cells
                on = f"{count} queries, {options.draws} draw(s)"
                records += as_records(cells, contender.name, folder.data.resolve().name, on)
    for name, by_folder in tables.items():
        against = "" if name == contenders[0].name else f", reference `{contenders[0].name}`"
        print(f"\n`{name}`{against}\n\n{as_table(by_folder)}")
    write(records, options.json)


if __name__ == "__main__":
    main()
