"""``likewise rule export``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._shared import answer, json_option, read_setting, rule_named, workspace_option


@click.group("rule")
def command() -> None:
    """Take a learned rule elsewhere."""


@command.command("export")
@click.argument("rule_name", metavar="RULE")
@click.option("--to", required=True, type=click.Path(path_type=Path, dir_okay=False),
              metavar="FILE", help="NAME.onnx, NAME.sql or NAME.rule.")  # fmt: skip
@click.option("--set", "settings", multiple=True, metavar="OPTION=VALUE",
              help="An option of the form, such as dialect=pgvector.")  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@workspace_option
@json_option
def export(
    rule_name: str,
    to: Path,
    settings: tuple[str, ...],
    overwrite: bool,
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
    from likewise.rule_formats.base import write_rule

    rule = rule_named(rule_name, workspace)
    path = write_rule(rule, to, dict(map(read_setting, settings)), overwrite)
    if as_json:
        answer({"file": str(path), "learner": rule.learner, "encoder": rule.encoder})
    else:
        click.echo(f"file: {path}")
