"""Commands in messages can be pasted: every value in them is quoted for the shell."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.cli import _COMMANDS
from likewise.errors import command_line

SOURCE = Path(__file__).parents[1] / "src" / "likewise"

COMMAND = re.compile(rf"likewise ({'|'.join(_COMMANDS)})\b[^;,:()]*['\" =]$")


def unquoted(text: str) -> list[str]:
    """Commands of a module's f-strings that are followed by a value, bare or in plain quotes."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            for before, after in zip(node.values, node.values[1:], strict=False):
                if isinstance(before, ast.Constant) and isinstance(after, ast.FormattedValue):
                    found += [match[0] for match in [COMMAND.search(str(before.value))] if match]
    return found


@pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE))
)
def test_no_message_puts_a_bare_value_into_a_command(path: Path) -> None:
    assert not unquoted(path.read_text())


@pytest.mark.parametrize(
    "text", ["f'see: likewise learn {x}'", "f\"see: likewise concept drop '{x}' now\""]
)
def test_a_bare_value_is_seen(text: str) -> None:
    assert unquoted(text)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"))))
def test_the_shell_reads_the_words_back(words: list[str]) -> None:
    assert shlex.split(command_line(*words)) == ["likewise", *words]
