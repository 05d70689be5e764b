"""``likewise encoders``."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import click

from likewise.cli._encoder_use import use_command
from likewise.cli._installation import own_pip_install
from likewise.cli._options import json_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, progress_bar, workspace_if_any
from likewise.cli._text import answer, note, say
from likewise.errors import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from likewise.encoders._models.installed import Model
    from likewise.encoders._short_names import ShortName


@click.group("encoders")
def command() -> None:
    """Say which encoders there are and which suits your labels; fetch one, and use it."""


command.add_command(use_command)


@command.command("list")
@workspace_option
@json_option
def list_them(workspace_path: Path | None, as_json: bool) -> None:
    """List encoders: what is here, what was learned in the workspace, models with a short name.

    Example: likewise index ~/photos --encoder siglip2-base
    """
    from likewise.encoders._learned import learned_encoders
    from likewise.encoders._models.installed import all_installed
    from likewise.encoders._short_names import SHORT_NAMES
    from likewise.registry import names

    parts = [_about(name) for name in names("encoders")]
    home = workspace_if_any(workspace_path)
    learned = [] if home is None else learned_encoders(home)
    if as_json:
        models = [{**vars(x), "size": x.size} for x in SHORT_NAMES]
        fetched = [vars(x) for x in all_installed()]
        answer({"parts": parts, "learned": learned, "models": models, "fetched": fetched})
        return
    for about in parts:
        say(f"{about['form']}\n    {about['what']}")
        if not about["installed"]:
            say(f"    not installed here: {own_pip_install()} 'likewise[{about['extra']}]'")
    for name in learned:
        say(f"{name}\n    Learned in this workspace.")
    for model in all_installed():
        say(f"{_encoder(model)}\n    Fetched: {model.folder}, {model.size / 1e6:,.1f} MB, licence "
            f"{model.licence}, text in {model.licence_file}")  # fmt: skip
    for line in _short_name_lines(SHORT_NAMES):
        say(line)
    note("get one with: likewise encoders get NAME")
    note("figures are published ones; these weights are not run by likewise's tests")


def _short_name_lines(models: Sequence[ShortName]) -> list[str]:
    """A table of published models, older ones last; what each is good for is on a second line."""
    lines = ["", f"{'short names':<16}columns  M parameters  ImageNet  GFLOPs     size  licence",
             f"{'':<16}         img + words   top-1 %  an image"]  # fmt: skip
    for model in sorted(models, key=lambda model: bool(model.better)):
        image, words = model.parameters
        accuracy, work = ("-" if x is None else f"{x:.1f}" for x in (model.accuracy, model.gflops))
        lines.append(
            f"{model.name:<16}{model.dim:>7}  {image:>5.0f} + {words:<4.0f}  {accuracy:>8}"
            f"  {work:>8}  {model.size / 1e9:>4.1f} GB  {model.licence}"
        )
        about = f"{model.why}; take {model.better} for new ones" if model.better else model.why
        if model.with_torch:
            about += f"; no export without torch is known: {model.with_torch}"
        lines.append(f"{'':<16}{about}")
    return lines


def _about(name: str) -> dict[str, object]:
    """What the file of an encoder says of it; nothing that it needs is imported."""
    from likewise.registry import part

    kind = part("encoders", name)
    libraries = getattr(kind, "libraries", ())
    return {
        "name": name,
        "form": getattr(kind, "form", name),
        "what": (kind.__doc__ or "").strip().partition("\n")[0],
        "extra": getattr(kind, "extra", None),
        "installed": all(importlib.util.find_spec(library) for library in libraries),
    }


@command.command("get")
@click.argument("name", required=False, default="")
@click.option("--from", "source", metavar="FOLDER|ZIP|URL",
              help="Take it from here and not from the hub.")  # fmt: skip
@click.option("--accept-licence", is_flag=True,
              help="Accept the licence of weights that are for research only.")  # fmt: skip
@workspace_option
@json_option
def get_it(
    name: str, source: str | None, accept_licence: bool, workspace_path: Path | None, as_json: bool
) -> None:
    """Fetch encoder NAME once; from then on no command needs a network for it.

    A download that was cut goes on where it ended. Digests of all files are checked, and
    recorded beside them with the licence.

    Example: likewise encoders get siglip2-base
    """
    from likewise.encoders.base import open_encoder
    from likewise.errors import BadInputError

    if not name and source is None:
        raise BadInputError("name the encoder to get; see: likewise encoders list")
    family = name.partition(":")[0]
    if source is not None or family == "onnx" or (":" not in name and not _is_part(family)):
        model = _get_model(name, source, accept_licence)
        if as_json:
            answer({"name": model.name, "revision": model.revision, "licence": model.licence,
                    "folder": str(model.folder), "files": dict(model.files)})  # fmt: skip
        else:
            note(f"index with it: {command_line('index', 'FOLDER', '--encoder', _encoder(model))}")
            if better := _better(model):
                note(f"for new vectors {better} is better than {model.name}")
            say(f"{model.name}\t{model.folder}")
        return
    encoder = open_encoder(name, workspace_if_any(workspace_path))
    if as_json:
        answer({"name": encoder.name, "fingerprint": encoder.fingerprint, "dim": encoder.dim})
    else:
        say(f"{encoder.name} is on this machine: {encoder.fingerprint}")


def _is_part(name: str) -> bool:
    from likewise.registry import names

    return name in names("encoders")


def _encoder(model: Model) -> str:
    """The name that a fetched model is opened by."""
    from likewise.encoders._short_names import SHORT_NAMES

    is_short = any(model.name == short.name for short in SHORT_NAMES)
    return model.name if is_short else f"onnx:{model.name}"


def _better(model: Model) -> str:
    """The short name to take instead of a fetched model's, or ""."""
    from likewise.encoders._short_names import short_name

    short = short_name(model.name)
    return short.better if short else ""


def _get_model(name: str, source: str | None, accept_licence: bool) -> Model:
    """Fetch or take a model, saying size, licence, source and target first."""
    from likewise.encoders._models.from_files import take
    from likewise.encoders._models.from_hub import fetch, fetched, plan

    if source is not None:
        with progress_bar("B") as progress:
            return take(source, name, accept_licence, progress)
    model = fetched(name)
    if model is not None:
        note(f"{model.name} is on this machine already")
        return model
    what = plan(name, accept_licence)
    note(
        f"{what.model.name}: {what.size / 1e6:,.1f} MB, licence {what.model.licence}\n"
        f"from {what.model.source}/{what.model.repository} at {what.model.revision[:12]}\n"
        f"to {what.model.folder}\nchecked against {what.checked_by}"
    )
    with progress_bar("B") as progress:
        return fetch(what, progress)


@command.command("measure")
@click.argument("name", required=False)
@click.option("--seconds", type=click.FloatRange(0, min_open=True), default=10.0,
              show_default=True, help="How long to encode.")  # fmt: skip
@workspace_option
@json_option
def measure_it(
    name: str | None, seconds: float, workspace_path: Path | None, as_json: bool
) -> None:
    """Time encoder NAME on this machine, and say how long the workspace's images would take.

    NAME is the workspace's encoder, else efficientnet_lite0, unless given. Drawn JPEG pictures of
    640 x 480 are read and encoded as `likewise index` does it. An onnx: encoder is timed under
    each provider that onnxruntime has here (CPU, CUDA, OpenVINO, CoreML, DirectML); the fastest
    whose vectors are the CPU's within .001 is used on this machine from then on.

    Example: likewise encoders measure efficientnet_lite0
    """
    from likewise.encoders._measure import ProviderEncoder, measure, measure_providers
    from likewise.encoders.base import open_encoder

    home, images = workspace_if_any(workspace_path), None
    if home is not None:
        with opened(home) as workspace:
            images, name = len(workspace.collection), name or workspace.encoder_name
    encoder = open_encoder(name or "efficientnet_lite0", home)
    providers = []
    if isinstance(encoder, ProviderEncoder):
        providers = measure_providers(encoder, seconds)
    speed = (providers[0].speed if providers else None) or measure(encoder, seconds)
    if as_json:
        answer({"name": encoder.name, **vars(speed), "images": images,
                "providers": [each.to_json() for each in providers],
                "seconds": None if images is None else speed.seconds_for(images)})  # fmt: skip
        return
    say(f"{encoder.name}\t{speed.images_a_second:.1f} images/s")
    note(f"first image after {speed.seconds_to_start:.1f} s, {speed.memory / 1e6:,.0f} MB of "
         "memory at most; pictures of 640 x 480 in JPEG")  # fmt: skip
    for each in providers:
        note(f"{each.name}: {each.outcome}")
    if providers:
        note(f"used from now on: {providers[0].name}; LIKEWISE_DEVICE chooses another")
    if images is not None:
        minutes = speed.seconds_for(images) / 60
        note(f"the {images:,} images of {home} would take about {minutes:,.1f} minutes")


@command.command("pack")
@click.argument("name")
@output_option("--to", kind="file", required=True, help="The file to write.")
@json_option
def pack_it(name: str, to: Path, as_json: bool) -> None:
    """Write the fetched encoder NAME into a ZIP file, for a machine without a network.

    There: likewise encoders get --from FILE.zip

    Example: likewise encoders pack siglip2-base --to siglip2-base.zip
    """
    from likewise.encoders._models.installed import pack

    model = pack(name, to)
    if as_json:
        answer({"name": model.name, "file": str(to), "bytes": to.stat().st_size})
        return
    say(str(to))
    note(f"{model.size / 1e6:,.1f} MB; on the other machine run: "
         f"{command_line('encoders', 'get', '--from', to.name)}")  # fmt: skip


@command.command("remove")
@click.argument("name")
@json_option
def remove_it(name: str, as_json: bool) -> None:
    """Delete the files of the fetched encoder NAME from the folder of models.

    Workspaces that were indexed with it keep their vectors, and need it again for new images
    and for words.

    Example: likewise encoders remove siglip2-base
    """
    from likewise.encoders._models.installed import remove

    freed = remove(name)
    if as_json:
        answer({"name": name, "bytes": freed})
    else:
        note(f"{freed / 1e6:,.1f} MB freed")


@command.command("compare")
@workspace_option
@json_option
def compare_them(workspace_path: Path | None, as_json: bool) -> None:
    """Rank the encoders that the workspace has vectors of, by the labels that exist.

    Make another encoder's vectors first: likewise reindex --encoder NAME --no-switch
    """
    from likewise.indexing.reindexing import compare
    from likewise.workspace import find_workspace

    found = compare(find_workspace(workspace_path))
    if as_json:
        answer([{"encoder": name, "average_precision": figures} for name, figures in found])
        return
    for name, figures in found:
        mean = sum(figures.values()) / len(figures)
        each = ", ".join(f"{concept} {figure:.3f}" for concept, figure in figures.items())
        say(f"{mean:.3f}  {name}  ({each})")
    note("average precision of labels held out, by the learner 'contrast'")
