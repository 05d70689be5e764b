"""``likewise words``."""

from __future__ import annotations

from pathlib import Path

import click

from likewise.cli._options import json_option, workspace_option
from likewise.cli._shared import opened, workspace_if_any
from likewise.cli._text import answer, note, say_row
from likewise.errors import BadInputError


@click.command("words")
@click.argument("text", nargs=-1)
@click.option("--encoder", help="Whose words; the workspace's encoder, else efficientnet_lite0.")
@click.option("-k", "--top", "k", type=click.IntRange(1), help="Names to list, at most.")
@workspace_option
@json_option
def command(
    text: tuple[str, ...],
    encoder: str | None,
    k: int | None,
    workspace_path: Path | None,
    as_json: bool,
) -> None:
    """List the words that the encoder reads, or those that go with TEXT.

    Prints a line a name: the name and what it stands for, separated by a tab. With TEXT: names
    that begin with it, then names with a word that begins with it, and, where TEXT cannot be
    read, names that are near to it in meaning. What TEXT is read as goes to standard error.

    Example: likewise words handbag
    """
    from likewise.encoders._word_lists import find_words
    from likewise.encoders.base import open_encoder

    phrase = " ".join(text)
    home = workspace_if_any(workspace_path)
    if encoder is None and home is not None:
        with opened(home) as workspace:
            found = find_words(workspace.encoder, phrase, k)
    else:
        found = find_words(open_encoder(encoder or "efficientnet_lite0", home), phrase, k)
    if as_json:
        answer({"text": phrase, **found.to_json()})
        return
    if not found.is_read and not found.names:
        raise BadInputError(found.note)
    note(found.note)
    for name in found.names:
        say_row(name.name, name.sense)
    if len(found.names) < found.total:
        note(f"{found.total - len(found.names):,} more")
