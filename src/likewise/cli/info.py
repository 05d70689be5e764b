"""``likewise info``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import opened
from likewise.cli._text import answer, say
from likewise.core.escaping import escaped
from likewise.workspace import Workspace, find_workspace


@click.command("info")
@click.argument("what", required=False, type=click.Path(path_type=Path))
@click.option("--rule", "rule_file", type=click.Path(path_type=Path), help="The same as WHAT.")
@click.option("--allow-remote", "addresses", multiple=True, metavar="ADDRESS",
              help="Agree, for you on this machine, that an address which the workspace names is "
              "contacted. May be repeated.")  # fmt: skip
@workspace_option
@json_option
def command(
    what: Path | None,
    rule_file: Path | None,
    addresses: tuple[str, ...],
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Say what a workspace, a rule file or a classifier file holds.

    WHAT is a workspace or such a file; the workspace here unless given.

    Example: likewise info barn.rule
    """
    from likewise.workspace.allow_remote import allow_remote

    file = rule_file or what
    if addresses:
        allow_remote(find_workspace(file or workspace_path), addresses)
    if file is None or file.is_dir():
        facts = _of_workspace(file or workspace_path)
    else:
        facts = _of_classifier(file) if file.suffix == ".classifier" else _of_rule(file)
    if as_json:
        answer(facts)
        return
    for name, value in facts.items():
        if isinstance(value, list):
            value = ", ".join(escaped(str(part)) for part in value) or "none"
        elif isinstance(value, dict):
            value = ", ".join(f"{key} {part}" for key, part in value.items() if part) or "none"
        elif isinstance(value, str):
            value = escaped(value)
        say(f"{name.replace('_', ' '):<15} {value}")


def _of_workspace(workspace_path: Path | None) -> dict[str, Any]:
    from likewise.maintenance.shared_decisions import location_of

    with opened(workspace_path) as workspace:
        states = workspace.states.all().values()
        jobs = [f"{x.kind} {x.started_at} {x.outcome}" for x in workspace.jobs.newest(1)]
        return {
            "workspace": str(workspace.path),
            **({"vectors": workspace.vectors_at} if workspace.vectors_at else {}),
            "decisions": location_of(workspace),
            "sources": [
                f"{source.root} ({source.kind})" for source in workspace.sources.all().values()
            ],
            "encoder": workspace.fingerprint,
            "dimensions": workspace.dim,
            "images": len(workspace.collection),
            "missing": sum(state.state == "missing" for state in states),
            "failed": sum(state.state == "failed" for state in states),
            "patches": _patches(workspace),
            "neighbour_graph": workspace.collection.graph_state(),
            "columns": workspace.collection.columns(),
            "concepts": workspace.concepts.names(),
            "answers": workspace.labels.count(),
            "rules": len(workspace.rules.versions()),
            "last_job": jobs[0] if jobs else "none",
        }


def _patches(workspace: Workspace) -> str:
    patches = workspace.collection.patches
    if patches is None:
        return "none"
    return f"{patches.grid.name} of each of {len(patches)} images"


def _of_classifier(path: Path) -> dict[str, Any]:
    from likewise.core.classifier_file import open_classifier

    classifier = open_classifier(path)
    return {
        "classifier": str(path),
        "method": classifier.method,
        "encoder": classifier.encoder,
        "classes": list(classifier.classes),
        "calibration": f"on {classifier.calibrated_on} images"
        if classifier.calibrated_on
        else "none",
    }


def _of_rule(path: Path) -> dict[str, Any]:
    from likewise.core.rule_file import open_rule

    rule = open_rule(path)
    curve = rule.calibration
    return {
        "rule": str(path),
        "learner": rule.learner,
        "encoder": rule.encoder,
        "prototypes": len(rule.toward),
        "away_weight": rule.away_weight if rule.away is not None else 0.0,
        "threshold": rule.threshold,
        "threshold_from": rule.provenance.get("threshold", "as learned"),
        "calibration": f"on {curve.labels} labels" if curve else "none",
        **{
            key: value
            for key, value in rule.provenance.items()
            if isinstance(value, str | int | float) and key not in ("threshold", "calibration")
        },
    }
