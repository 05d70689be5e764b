"""``likewise rule export``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._output import output_option
from likewise.cli._shared import (
    json_option,
    read_setting,
    rule_facts,
    rule_named,
    rule_summary,
    workspace_option,
)
from likewise.cli._text import answer, note, say


@click.group("rule")
def command() -> None:
    """Take a learned rule elsewhere."""


@command.command("export")
@click.argument("rule_name", metavar="RULE")
@output_option("--to", required=True, metavar="FILE", help="NAME.onnx, NAME.sql or NAME.rule.")
@click.option("--set", "settings", multiple=True, metavar="OPTION=VALUE",
              help="An option of the form, such as dialect=pgvector.")  # fmt: skip
@workspace_option
@json_option
def export(
    rule_name: str,
    to: Path,
    settings: tuple[str, ...],
    workspace: Path | None,
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

    rule = rule_named(rule_name, workspace)
    path = write_rule(rule, to, dict(map(read_setting, settings)), overwrite=True)
    if as_json:
        facts = {"file": str(path), "learner": rule.learner, "encoder": rule.encoder}
        answer({**facts, "rule": rule_facts(rule)})
    else:
        note(rule_summary(rule))
        say(f"file: {path}")
