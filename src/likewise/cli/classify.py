"""``likewise classify``."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import nullcontext
from pathlib import Path

import click

from likewise.cli._shared import json_option, note, progress_bar, workspace_option
from likewise.errors import NotFoundError
from likewise.export.csv import safe_cell
from likewise.rule import Rule


@click.command("classify")
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--rule", "rule_name", required=True, help="A .rule file, or a concept's name.")
@click.option("--min-probability", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Say yes from this probability on; not from the threshold on.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv",
              show_default=True, help="Form of the answer.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file.")
@workspace_option
@json_option
def command(
    images: tuple[Path, ...],
    rule_name: str,
    min_probability: float | None,
    form: str,
    out: Path | None,
    workspace: Path | None,
    as_json: bool,
) -> None:
    """Score IMAGES (files or folders) that were never indexed.

    Prints id, path, score, probability and yes for each; --json is JSON lines. A file that
    cannot be read gets a line with the reason, and makes the exit code 1.

    Example: likewise classify new_photos/ --rule barn.rule
    """
    from likewise.scoring import score_images

    rule = _rule(rule_name, workspace)
    threshold = None
    if min_probability is not None:
        from likewise.exporting import score_at

        threshold = score_at(rule, min_probability, rule_name)
    lines = as_json or form == "jsonl"
    bad = 0
    with progress_bar("img") as bar:
        results = score_images(
            images, rule, threshold=threshold, progress=lambda done: bar(done, None)
        )  # what cannot be is refused here, before a file is opened
        with (
            out.open("w", newline="", encoding="utf-8") if out else nullcontext(sys.stdout) as file
        ):
            writer = csv.writer(file)
            if not lines:
                writer.writerow(["id", "path", "score", "probability", "yes", "error"])
            for result in results:
                bad += result.error is not None
                if lines:
                    file.write(json.dumps(result.to_json(), ensure_ascii=False) + "\n")
                else:
                    writer.writerow(map(safe_cell, result.to_json().values()))
    if rule.calibration is None:
        note(f"no probabilities: {rule.provenance.get('calibration', 'too few labels')}")
    if bad:
        note(f"{bad} file(s) could not be read; the column error says why")
        raise click.exceptions.Exit(1)


def _rule(name: str, workspace: Path | None) -> Rule:
    from likewise.rule_file import open_rule

    if Path(name).is_file():
        return open_rule(Path(name))
    from likewise.cli._shared import opened

    if workspace is None and (name.endswith(".rule") or "/" in name):
        raise NotFoundError(
            f"there is no rule file {name}; write one with: likewise learn CONCEPT --out {name}"
        )
    with opened(workspace) as place:
        place.concepts.get(name)
        return place.rules.open(name)
