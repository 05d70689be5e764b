"""``likewise index``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from likewise.cli._index_reports import (
    exit_if_incomplete,
    index_bars,
    refuse_no_name,
    show_reports,
)
from likewise.cli._options import field_options, json_option, ray_options, ray_pool, set_option
from likewise.cli._text import answer
from likewise.errors import BadInputError
from likewise.images.decode.facts import Limits
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
    refuse_no_name(what)
    if what is None and (source or settings or relocate or allow_urls or allow_folders or boxes):
        raise BadInputError(
            "--source, --set, --allow-urls, --allow-folder, --boxes and --relocate say something "
            "about WHAT; give that, too"
        )

    if patch_grid is not None and patches is False:
        raise BadInputError("--patch-grid says which patches and --no-patches none; leave one out")

    from likewise.images.grid import Grid
    from likewise.indexing.index import index, update

    with index_bars(as_json) as bars:
        common: dict[str, Any] = {
            "encoder": encoder,
            "limits": Limits(**limits),
            "workers": workers,
            "retry_failed": retry_failed,
            "patches": patches if patch_grid is None else Grid.named(patch_grid),
            "dry_run": dry_run,
            "crew": ray_pool(ray, workers or 1, gpus),
            **bars,
            "graph": graph,
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
    show_reports(reports, as_json, dry_run)
    if as_json:
        results = [report.to_json() for report in reports]
        answer(results if what is None else results[0])
    exit_if_incomplete(reports)
