"""``likewise learn`` and ``likewise rule export``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import click

from likewise.cli._options import json_option, set_option, workspace_option
from likewise.cli._output import output_option
from likewise.cli._shared import opened, rule_facts, rule_named, rule_summary
from likewise.cli._text import answer, note, say
from likewise.errors import BadInputError


@click.group("rule")
def command() -> None:
    """Take a learned rule elsewhere."""


@command.command("export")
@click.argument("rule_name", metavar="RULE")
@output_option("--to", required=True, metavar="FILE", help="NAME.onnx, NAME.sql or NAME.rule.")
@set_option("An option of the form, such as dialect=pgvector.")
@workspace_option
@json_option
def export(
    rule_name: str,
    to: Path,
    settings: dict[str, Any],
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Write RULE, a rule file or a concept's newest rule, in a form that other programs run.

    \b
    NAME.onnx  a graph from pixels to scores; vectors=true leaves the encoder out
    NAME.sql   a query over a table of the encoder's vectors: dialect=duckdb|pgvector,
               table=items, id=id, column=vector, limit=0
    NAME.rule  the rule's own file, as likewise learn --out writes it

    Example: likewise rule export barn --to barn.onnx
    """  # noqa: D301 - click keeps the lines of what follows a backspace
    from likewise.export.rule_formats.base import write_rule

    rule = rule_named(rule_name, workspace_path)
    path = write_rule(rule, to, settings, overwrite=True)
    if as_json:
        facts = {"file": str(path), "learner": rule.learner, "encoder": rule.encoder}
        answer({**facts, "rule": rule_facts(rule)})
    else:
        note(rule_summary(rule))
        say(f"file: {path}")


@click.command("learn")
@click.argument("concept")
@click.option("--rule", "learner", default="best", show_default=True, help="Learner.")
@set_option("An option of the learner, such as away_weight=0.3.")
@click.option("--precision", type=click.FloatRange(0, 1, min_open=True, max_open=True),
              help="Put the threshold where this share of the yeses is right, in this and every "
              "later rule of the concept.")  # fmt: skip
@click.option("--best-f1", is_flag=True,
              help="Put the threshold at the best F1 again, which is the default.")  # fmt: skip
@output_option("--out", help="Also write the rule to this file.")
@click.option("--details", is_flag=True,
              help="With --json: all that was measured while it was learned.")  # fmt: skip
@workspace_option
@json_option
def learn(
    concept: str,
    learner: str,
    settings: dict[str, Any],
    precision: float | None,
    best_f1: bool,
    out: Path | None,
    details: bool,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """Learn the rule of CONCEPT from its examples, words and answers.

    Says which rule was chosen, why, and how well it should do; keeps it as the concept's newest
    version.

    Example: likewise learn barn --rule best --out barn.rule
    """
    from likewise.core.rule_file import save_rule
    from likewise.review.estimate.reviewed_concept import kept_rule
    from likewise.review.status import status_of
    from likewise.rules.explain import chosen_in_words
    from likewise.rules.learn import learn_concept

    if best_f1 and precision is not None:
        raise BadInputError("--precision and --best-f1 are two aims; leave one of them out")
    aim: float | Literal["best-f1"] | None = "best-f1" if best_f1 else precision
    with opened(workspace_path) as workspace:
        rule, version = learn_concept(workspace, concept, learner, aim, settings)
        if out is not None:
            save_rule(rule, out)
        facts = rule.provenance
        status = status_of(kept_rule(workspace, concept, rule))
        if as_json:
            answer(
                {
                    "concept": concept,
                    "version": version.version,
                    "file": str(version.path),
                    "learner": rule.learner,
                    "threshold": rule.threshold,
                    "calibrated": rule.calibration is not None,
                    "provenance": dict(facts) if details else _short(facts),
                    "status": status.to_json(),
                }
            )
            return
        validation = facts.get("validation") or {}
        is_choice = "chosen" in validation
        which = f"{rule.learner} (chose {chosen_in_words(rule)})" if is_choice else rule.learner
        say(f"{concept}: rule {version.version}, {which}")
        if validation.get("because"):
            say(f"why: {validation['because']}")
        say(f"threshold: {rule.threshold:.4f} ({facts.get('threshold', 'as learned')})")
        note(str(facts.get("calibration", "")))
        collection = workspace.collection
        if learner in ("best", "graph") and collection.patches is None and not collection.graph():
            note(f"learned without a neighbour graph ({collection.graph_state()})")
        say(f"file: {out or version.path}")
        say(status.to_text())


def _short(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Provenance without lists, and of the validation what was chosen and why."""
    validation = {
        key: value
        for key, value in (facts.get("validation") or {}).items()
        if key in ("chosen", "because")
    }
    single = {
        key: value
        for key, value in facts.items()
        if key == "promise" or not isinstance(value, (Mapping, list, tuple))
    }
    return {**single, **({"validation": validation} if validation else {})}
