"""The tools over 24 pictures, called as a client calls them, without a connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from likewise.server.mcp.calls import Result, run_tool
from likewise.server.mcp.tool import Shared
from likewise.server.mcp.workspaces import Workspaces

Facts = dict[str, Any]


@pytest.fixture
def shared(home: Path) -> Iterator[Shared]:
    """A server whose one root is `home`."""
    with Workspaces([home]) as workspaces:
        yield Shared(workspaces)


@pytest.fixture
def tool(shared: Shared) -> Callable[..., Facts]:
    """Call a tool that has to succeed; answers its facts."""

    def call(name: str, **arguments: Any) -> Facts:
        result = run_tool(shared, name, arguments)
        assert not result.failed, result.text
        facts: Facts = json.loads(result.text)
        return facts

    return call


@pytest.fixture
def refused(shared: Shared) -> Callable[..., str]:
    """Call a tool that has to fail; answers the sentence."""

    def call(name: str, **arguments: Any) -> str:
        result: Result = run_tool(shared, name, arguments)
        assert result.failed, result.text
        assert "\n" not in result.text
        assert "Traceback" not in result.text
        return result.text

    return call


@pytest.fixture
def taught(tool: Callable[..., Facts]) -> Callable[..., Facts]:
    """The same tools, with the concept "disc"."""
    tool("concept_create", concept="disc", like=["disc/00.png", "disc/01.png"])
    return tool
