"""``likewise index``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from likewise.cli._options import field_options, json_option, ray_options, ray_pool, set_option
from likewise.cli._shared import progress_bar
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError, command_line
from likewise.images.decode.facts import Limits
from likewise.indexing.neighbour_graph import GraphReport
from likewise.indexing.report import IndexReport
from likewise.workspace import find_workspace


@click.command("index")
@click.argument("what", required=False, metavar="[WHAT]")
@click.option(
    "-w",
    "--workspace",
    type=click.Path(path_type=Path),
    envvar="LIKEWISE_WORKSPACE",
    help="Where to keep the vectors, such as s3://bucket/ws; WHAT's name + .likewise here.",
)
@click.option("--source", metavar="KIND", help="Kind of WHAT; detected unless given.")
@set_option("An option of the source.")
@click.option(
    "--allow-urls",
    is_flag=True,
    help="Read the URLs in WHAT: http(s), and buckets with your keys.",
)
@click.option("--allow-folder", "allow_folders", multiple=True, metavar="FOLDER",
              help="Read images of FOLDER, too, where WHAT names some there.")  # fmt: skip
@click.option("--boxes", is_flag=True, help="Also make an item for each box of a dataset.")
@click.option("--encoder", help="Encoder; that of the workspace, else efficientnet_lite0.")
@click.option("--workers", type=click.IntRange(1), help="Threads that decode; one a core.")
@field_options(Limits, "limits", ("max_megapixels", "max_megabytes", "max_seconds"))
@click.option(
    "--patches/--no-patches",
    default=None,
    help="Also encode squares cut out of every image, so that small things are found; drop them.",
)
@click.option("--patch-grid", metavar="N[+N]",
              help="How many squares, in one scale or several: 24.")  # fmt: skip
@click.option("--retry-failed", is_flag=True, help="Try files again that failed before.")
@click.option("--relocate", is_flag=True, help="WHAT was moved as a whole: keep its ids.")
@click.option("--graph/--no-graph", default=True,
              help="Also keep the nearest neighbours of every image; leave them out.")  # fmt: skip
@ray_options
@click.option("--dry-run", is_flag=True, help="Count what would be done, and do nothing.")
@json_option
def command(
    what: str | None,
    workspace: Path | None,
    source: str | None,
    settings: dict[str, Any],
    allow_urls: bool,
    allow_folders: tuple[str, ...],
    boxes: bool,
    encoder: str | None,
    workers: int | None,
    limits: dict[str, Any],
    patches: bool | None,
    patch_grid: str | None,
    retry_failed: bool,
    relocate: bool,
    graph: bool,
    ray: str | None,
    gpus: float,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Index WHAT holds images, or bring its workspace up to date.

    WHAT is a folder, subfolders included; a table with a column of paths or URLs; a zip or tar;
    a COCO, YOLO, Pascal VOC, Hugging Face, FiftyOne or Label Studio dataset; shards such as
    'shards/{000..999}.tar'; a place such as s3://bucket/photos; a list of URLs; videos.
    Without it, everything that the workspace was indexed from is looked at again. Unchanged
    images are skipped, moved ones keep their vectors, changed ones are encoded again, deleted
    ones are marked. Stop it at any time; the same command goes on where it was. The exit code is
    1 where no image could be read at all.

    With --patches an image is found by what is in any part of it, too. It takes 25 times as long
    and as much room, or 13 times with --patch-grid 12; the workspace remembers it.

    On a Ray cluster (--ray) all machines must see the images and the workspace under the same
    paths and have the same likewise; --workers is then how many processors a shard is given.

    Example: likewise index ~/photos
    """
    if what == "":
        raise BadInputError("the folder is an empty string; give the folder that holds the images")
    if what is None and (source or settings or relocate or allow_urls or allow_folders or boxes):
        raise BadInputError(
            "--source, --set, --allow-urls, --allow-folder, --boxes and --relocate say something "
            "about WHAT; give that, too"
        )

    if patch_grid is not None and patches is False:
        raise BadInputError("--patch-grid says which patches and --no-patches none; leave one out")

    from likewise.images.grid import Grid
    from likewise.indexing.index import index, update

    with (
        progress_bar("img", quiet=as_json) as bar,
        progress_bar("img", quiet=as_json, label="neighbours") as graph_bar,
    ):
        common: dict[str, Any] = {
            "encoder": encoder,
            "limits": Limits(**limits),
            "workers": workers,
            "retry_failed": retry_failed,
            "patches": patches if patch_grid is None else Grid.named(patch_grid),
            "dry_run": dry_run,
            "crew": ray_pool(ray, workers or 1, gpus),
            "progress": bar,
            "graph": graph,
            "graph_progress": graph_bar,
        }
        if what is None:
            reports = update(find_workspace(workspace), **common)
        else:
            options = settings
            flags = {"allow_urls": allow_urls, "boxes": boxes}
            options |= {name: True for name, is_set in flags.items() if is_set}
            if allow_folders:
                options["allow_folders"] = os.pathsep.join(map(os.path.abspath, allow_folders))
            how: dict[str, Any] = {"source": source, "options": options, "relocate": relocate}
            reports = [index(what, workspace, **how, **common)]
    for report in reports:
        for failure in report.failed:
            note(f"{failure.item}: {failure.reason}")
        if not as_json:
            _say(report, dry_run)
    if as_json:
        results = [report.to_json() for report in reports]
        answer(results if what is None else results[0])
    if reports[-1].interrupted:
        note(f"likewise: interrupted; go on with: {command_line(*sys.argv[1:])}")
        raise click.exceptions.Exit(130)
    if any(report.nothing_read for report in reports):
        note("no image could be read")
        raise click.exceptions.Exit(1)


def _say(report: IndexReport, dry_run: bool) -> None:
    parts = [
        f"{count} {word}"
        for word in ("added", "changed", "moved", "unchanged", "missing", "ignored", "patched")
        if (count := getattr(report, word))
    ]
    if report.failed:
        parts.append(f"{len(report.failed)} failed")
    lead = "would be" if dry_run else "indexed into"
    speed = ""
    if report.added + report.changed > 0 and not dry_run:
        speed = f" in {report.seconds:.1f} s ({report.images_per_second:.0f} images/s)"
    where = report.vectors_at or report.workspace
    none = "nothing yet" if report.interrupted else "nothing to do"
    say(f"{lead} {where}: {', '.join(parts) or none}{speed}")
    if report.summary is not None:
        say(f"understood: {report.summary}")
    if report.graph is not None:
        _say_graph(report.graph)
    if report.vectors_at:
        say(f"decisions, search codes and thumbnails are in {report.workspace}")


def _say_graph(graph: GraphReport) -> None:
    if graph.failure:
        note(graph.failure)
    elif graph.made:
        say(f"neighbour graph: {graph.state}, in {graph.seconds:.1f} s")
