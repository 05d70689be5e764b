"""``likewise export``, ``publish`` and ``export-vectors``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from likewise.cli._options import (
    json_option,
    ray_option,
    ray_pool,
    set_option,
    where_option,
    workspace_option,
)
from likewise.cli._output import output_option
from likewise.cli._shared import counts_of, opened, progress_bar, rule_facts, rule_summary
from likewise.cli._text import answer, note, say, say_row
from likewise.errors import BadInputError
from likewise.registry import names


@click.command("export")
@click.argument("concept", required=False)
@click.option("--label-set", "set_name", metavar="NAME",
              help="All classes of this label set, in place of CONCEPT.")  # fmt: skip
@click.option("--to", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option("--format", "form", type=click.Choice(names("export")), default="folder",
              show_default=True, help="Form of the dataset.")  # fmt: skip
@set_option("An option of the form, such as link=symlink.")
@click.option("--min-probability", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Least probability of an image; the threshold of the rule or of the last labels "
              "sets learn unless given.")  # fmt: skip
@click.option("--include-no", is_flag=True, help="Add what people said no to, as not-CONCEPT.")
@where_option
@click.option("--split", metavar="NAME",
              help="Training, validation and test parts, as the split NAME has them.")  # fmt: skip
@click.option("--part", "parts", multiple=True, metavar="NAME=SHARE",
              help="With --label-set: make such parts, each class spread over them alike and "
              "near-duplicates in one part. Repeat it: --part train=.8 --part test=.2")  # fmt: skip
@click.option("--per-class", "quotas", multiple=True, metavar="[NAME=]COUNT",
              help="With --label-set: at most so many images of each class, or of one; people's "
              "labels first. Repeat it for several.")  # fmt: skip
@click.option("--balance", is_flag=True,
              help="With --label-set: as many of each class as the smallest has.")  # fmt: skip
@click.option("--link", type=click.Choice(["copy", "symlink", "hardlink"]), default=None,
              help="Copy the image files (the default) or link to them.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace an earlier export.")
@click.option("--dry-run", is_flag=True, help="Only count.")
@ray_option("Score what is indexed")
@workspace_option
@json_option
def command(
    concept: str | None,
    set_name: str | None,
    to: Path,
    form: str,
    settings: dict[str, Any],
    min_probability: float | None,
    include_no: bool,
    where: str | None,
    split: str | None,
    parts: tuple[str, ...],
    quotas: tuple[str, ...],
    balance: bool,
    link: str | None,
    overwrite: bool,
    dry_run: bool,
    ray: str | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Write the images of CONCEPT as a dataset, with a file that says how it was made.

    In it is what people said yes to, and what the rule is sure enough of; never what people
    said no to (unless --include-no, under its own label). Stop it at any time; the same command
    goes on where it was.

    With --label-set, images have the class that people gave them, and the others the one of the
    last likewise labels sets learn; who decided and the probability are columns.

    Example: likewise export barn --format folder --min-probability .9 --to dataset/
    """
    if (concept is None) == (set_name is None):
        raise BadInputError("say what to export: either CONCEPT or --label-set NAME")
    if set_name is not None:
        if include_no or ray is not None:
            raise BadInputError("--include-no and --ray go with CONCEPT; leave them out")
        settings = {**settings, **({} if link is None else {"link": link})}
        choice = {
            "min_confidence": min_probability, "where": where, "split": split,
            "parts": _shares(parts), "per_class": _quotas(quotas), "balance": balance,
            "overwrite": overwrite, "dry_run": dry_run,
        }  # fmt: skip
        _export_set(set_name, to, form, settings, choice, workspace_path, as_json)
        return
    if parts:
        raise BadInputError(
            "--part goes with --label-set; for a concept give --split, the name of a split that "
            "likewise curate split --save kept"
        )
    if quotas or balance:
        raise BadInputError("--per-class and --balance go with --label-set; leave them out")
    assert concept is not None
    from likewise.export.concept import export_concept
    from likewise.review.estimate.reviewed_concept import kept_rule
    from likewise.review.status import status_of

    options = dict(settings)
    if link is not None:
        options["link"] = link
    with opened(workspace_path) as workspace, progress_bar("images", quiet=as_json) as bar:
        report = export_concept(
            workspace,
            concept,
            to,
            form,
            min_probability=min_probability,
            include_no=include_no,
            where=where,
            split=split,
            overwrite=overwrite,
            dry_run=dry_run,
            progress=bar,
            crew=ray_pool(ray),
            **options,
        )
        rule = report.rule
        status = None
        if rule is not None and ray is None:  # it would rank everything again, on this machine
            status = status_of(kept_rule(workspace, concept, rule))
    for line in report.left_out:
        note(line)
    if as_json:
        facts = {"rule": rule and rule_facts(rule), "status": status and status.to_json()}
        answer({**report.to_json(), **facts})
        return
    if rule is not None:
        note(rule_summary(rule))
    summary = ", ".join(f"{count} {label}" for label, count in report.counts.items())
    say(f"{report.outcome}: {summary or 'nothing'}")
    if status is not None:
        say(status.to_text())


def _export_set(
    name: str,
    to: Path,
    form: str,
    settings: dict[str, Any],
    choice: dict[str, Any],
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    from likewise.label_sets.exporting import export_label_set

    with opened(workspace_path) as workspace, progress_bar("images", quiet=as_json) as bar:
        report = export_label_set(workspace, name, to, form, progress=bar, **choice, **settings)
    for line in report.left_out:
        note(line)
    if as_json:
        answer(report.to_json())
        return
    for label, count in report.counts.items():
        say_row(label, count)
    say(f"{report.outcome}: {sum(report.counts.values()):,} images")


def _shares(parts: tuple[str, ...]) -> dict[str, float] | None:
    """Parts by name; None where there are none."""
    shares: dict[str, float] = {}
    for pair in parts:
        name, _, share = pair.partition("=")
        try:
            shares[name] = float(share)
        except ValueError:
            raise BadInputError(
                f"--part {pair} cannot be read; write NAME=SHARE, such as train=.8"
            ) from None
    return shares or None


def _quotas(quotas: tuple[str, ...]) -> dict[str, int] | int | None:
    """Most images by class; one number for all of them; None where there are no quotas."""
    counts: dict[str, int] = {}
    for pair in quotas:
        name, _, count = pair.rpartition("=")
        if not count.isdecimal() or (not name and len(quotas) > 1):
            raise BadInputError(
                f"--per-class {pair} cannot be read; write one COUNT for all classes, or "
                "NAME=COUNT for each, such as crane=100"
            )
        counts[name] = int(count)
    return counts.get("", counts) if counts else None


@click.command("publish")
@click.option("--to", "url", required=True, metavar="URL",
              help="postgresql://user@host/db, qdrant://host or milvus://host, say.")  # fmt: skip
@click.option("--name", help="Name of the table or collection; likewise_WORKSPACE unless given.")
@set_option("An option of the database's mirror, such as index=hnsw.")
@click.option(
    "--replace",
    is_flag=True,
    help="Write the table or collection anew, also one of another workspace or encoder.",
)
@click.option("--dry-run", is_flag=True, help="Only count what would be sent.")
@workspace_option
@json_option
def publish(
    url: str,
    name: str | None,
    settings: dict[str, Any],
    replace: bool,
    dry_run: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Push vectors and facts of all images into a database, or what has changed of them.

    Stop it at any time; the same command goes on where it was. Then rules run there:
    likewise search --concept cat --on URL

    Example: likewise publish --to postgresql://ana@db/photos
    """
    from likewise.export.publish import publish

    with opened(workspace_path) as workspace, progress_bar("img", quiet=as_json) as bar:
        report = publish(
            workspace, url, name, settings, replace=replace, dry_run=dry_run, progress=bar
        )
    for remark in report.remarks:
        note(remark)
    if as_json:
        answer({**report.to_json(), "dry_run": dry_run})
    else:
        counts = counts_of(report, "added", "replaced", "removed", "unchanged")
        lead = "would be in" if dry_run else "published to"
        say(f"{lead} {report.mirror} {report.name}: {counts}")
    if report.interrupted:
        note("likewise: interrupted; the same command goes on")
        raise click.exceptions.Exit(130)


@click.command("export-vectors")
@output_option("--out", required=True, metavar="FILE", help="The Parquet file to write.")
@where_option
@workspace_option
@json_option
def export_vectors(
    out: Path, where: str | None, workspace_path: Path | None, as_json: bool
) -> None:
    """Write the vectors of all images to a Parquet table with the columns id and vector.

    For the SQL of likewise rule export, and for other programs: vector is a list of 32-bit
    floats, of length 1. likewise import-vectors reads such a table back.

    Example: likewise export-vectors --out vectors.parquet
    """
    from likewise.export import vectors

    with opened(workspace_path) as workspace, progress_bar("img", quiet=as_json) as bar:
        report = vectors.export_vectors(workspace, out, where=where, overwrite=True, progress=bar)
    if report.missing:
        note(f"{report.missing} image(s) whose file is missing are left out")
    if as_json:
        answer(report.to_json())
    else:
        say(
            f"wrote {report.path}: {report.images:,} vectors of {report.dimensions} numbers, "
            f"made by {report.encoder}"
        )
