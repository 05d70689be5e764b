"""``likewise encoders``."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import workspace_if_any
from likewise.cli._text import answer, note, say


@click.group("encoders")
def command() -> None:
    """Say which encoders there are and which suits your labels, and fetch one."""


@command.command("list")
@workspace_option
@json_option
def list_them(workspace_path: Path | None, as_json: bool) -> None:
    """List encoders: what is here, what was learned in the workspace, models with a short name.

    Example: likewise index ~/photos --encoder siglip2-base
    """
    from likewise.encoders._learned import learned_encoders
    from likewise.encoders._short_names import SHORT_NAMES
    from likewise.registry import names

    parts = [_about(name) for name in names("encoders")]
    home = workspace_if_any(workspace_path)
    learned = [] if home is None else learned_encoders(home)
    if as_json:
        models = [vars(x) for x in SHORT_NAMES]
        answer({"parts": parts, "learned": learned, "models": models})
        return
    for about in parts:
        say(f"{about['form']}\n    {about['what']}")
        if not about["installed"]:
            say(f"    not installed here: pip install 'likewise[{about['extra']}]'")
    for name in learned:
        say(f"{name}\n    Learned in this workspace.")
    say("\nshort names          M params   ImageNet top-1   licence")
    say("                     img + txt  without training")
    for model in SHORT_NAMES:
        image, text = model.parameters
        say(
            f"{model.name:<20} {image:>4.0f} + {text:<4.0f} {model.accuracy:>8} %"
            f"        {model.licence}\n{'':<21}{model.why}"
        )
    note("figures are the papers' own; these weights are not run by likewise's tests")


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
@click.argument("name")
@workspace_option
@json_option
def get_it(name: str, workspace_path: Path | None, as_json: bool) -> None:
    """Fetch encoder NAME, so that rules and classifiers from elsewhere can use it.

    Example: likewise encoders get onnx:siglip2-base
    """
    from likewise.encoders.base import open_encoder

    encoder = open_encoder(name, workspace_if_any(workspace_path))
    if as_json:
        answer({"name": encoder.name, "fingerprint": encoder.fingerprint, "dim": encoder.dim})
    else:
        say(f"{encoder.name} is on this machine: {encoder.fingerprint}")


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
