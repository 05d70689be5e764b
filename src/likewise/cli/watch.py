"""``likewise watch``."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from likewise.cli._options import field_options, json_option
from likewise.cli._shared import percent
from likewise.cli._text import answer_line, note, say_row
from likewise.errors import BadInputError
from likewise.images.decode.facts import Limits

if TYPE_CHECKING:
    from likewise.apply.watch import Entry, Mode


@click.command("watch")
@click.argument("inbox", type=click.Path(path_type=Path))
@click.option("--rule", "rules", multiple=True, required=True, metavar="FILE",
              help="A .rule file. May be repeated; each has the name of its concept.")  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path),
              help="The target folder, outside INBOX; the journal is kept there.")  # fmt: skip
@click.option("--move", "mode", flag_value="move",
              help="Move a file to OUT/RULE/ of the rule that is surest of it.")  # fmt: skip
@click.option("--link", "mode", flag_value="link",
              help="Link to it from OUT/RULE/ of every rule that says yes.")  # fmt: skip
@click.option("--csv", "mode", flag_value="csv",
              help="List what each rule says in OUT/watch.csv.")  # fmt: skip
@click.option("--every", type=click.FloatRange(0, min_open=True), default=2.0, show_default=True,
              help="Seconds between two looks.")  # fmt: skip
@click.option("--once", is_flag=True, help="Handle what is there and end.")
@click.option("--dry-run", is_flag=True, help="With --once: say what would be done.")
@click.option("--workers", type=click.IntRange(1), help="Threads that decode; one a core.")
@field_options(Limits, "limits", ("max_megapixels", "max_megabytes", "max_seconds"))
@json_option
def command(
    inbox: Path,
    rules: tuple[str, ...],
    out: Path,
    mode: Mode | None,
    every: float,
    once: bool,
    dry_run: bool,
    workers: int | None,
    limits: dict[str, Any],
    as_json: bool,
) -> None:
    """Apply rules to images as they arrive in INBOX, each file exactly once.

    A file is handled when it no longer changes: moved, linked to, or listed. What no rule wants
    stays where it is. Stop it at any time; the same command goes on where it was. A file under
    the same name with another content is a new one; one that cannot be read is told of once, and
    tried again when it changes.

    Prints a line for each file: id, what was done, the rule, how sure it is, where the file is
    now or why it could not be read. With --once the exit code is 1 when one could not be read.

    Example: likewise watch inbox/ --rule barn.rule --rule house.rule --out sorted/ --move
    """
    if mode is None:
        raise BadInputError("what to do with files was not said; give --move, --link or --csv")
    if dry_run and not once:
        raise BadInputError("--dry-run says what one look would do; give --once with it")

    from likewise.apply.watch import open_rules, watch

    opened = open_rules(rules)
    outcomes: Counter[str] = Counter()
    with (
        _stopping() as (stop, signals),
        watch(
            inbox, opened, out, mode, limits=Limits(**limits),
            workers=workers, dry_run=dry_run,
        ) as watched,
    ):  # fmt: skip
        for name in watched.other_rules:
            note(f"the rule '{name}' did not judge what is here; it counts for what arrives now")
        if not once:
            note(f"watching {inbox} every {every:g} s for {out}; Ctrl-C ends it")
        for entry in watched.run(every, once, stop):
            outcomes[entry.outcome] += 1
            answer_line(entry.to_json()) if as_json else say_row(*_cells(entry))
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    note(f"{'would be' if dry_run else 'done'}: {counts or 'nothing new'}")
    if watched.waiting:
        note(f"{watched.waiting} file(s) may still be written; left for later")
    if signal.SIGINT in signals:
        raise KeyboardInterrupt
    if once and outcomes["failed"]:
        raise click.exceptions.Exit(1)


def _cells(entry: Entry) -> tuple[str, ...]:
    sure = entry.verdicts[entry.rule] if entry.rule is not None else None
    how = "-"
    if sure is not None:
        how = f"{sure.score:.3f}" if sure.probability is None else percent(sure.probability)
    where = ", ".join(entry.targets) or entry.error or "-"
    return entry.id, entry.outcome, entry.rule or "-", how, where


@contextmanager
def _stopping() -> Iterator[tuple[threading.Event, list[int]]]:
    """An event that Ctrl-C or SIGTERM sets, and which it was; a second one ends at once."""
    stop, signals = threading.Event(), list[int]()

    def on_signal(number: int, _: FrameType | None) -> None:
        if signals:
            raise KeyboardInterrupt
        signals.append(number)
        stop.set()

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop, signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
