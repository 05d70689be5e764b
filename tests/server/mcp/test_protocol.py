"""The tools over the protocol itself, with the package's own client and a real child process."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from PIL import Image
from waiting import LIMIT, wait_until

from likewise.server.mcp.protocol import INSTRUCTIONS
from likewise.workspace import Workspace

_Value = TypeVar("_Value")


def _in_a_thread(work: Coroutine[Any, Any, _Value]) -> _Value:
    """Run it where no loop runs: that of a browser test may run in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def over_stdio(home: Path, ask: Callable[[Client], Awaitable[_Value]], *more: str) -> _Value:
    """Start `likewise mcp` as a client does, and ask it something."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "likewise", "mcp", "--root", str(home), *more],
        env=dict(os.environ),
    )

    async def asking() -> _Value:
        with (home / "server.log").open("w") as log:
            async with Client(stdio_client(server, errlog=log)) as client:
                return await ask(client)

    return _in_a_thread(asking())


def facts_of(result: Any) -> dict[str, Any]:
    """The facts of an answer that is no error."""
    assert not result.is_error, result.content[0].text
    facts: dict[str, Any] = json.loads(result.content[0].text)
    return facts


def test_the_main_job_over_standard_input(home: Path) -> None:
    async def ask(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert len(tools) == 14
        for tool in tools.values():
            assert tool.annotations is not None
            assert tool.annotations.destructive_hint is False
            assert tool.input_schema["type"] == "object"
            assert tool.description
        assert tools["search"].annotations.read_only_hint is True  # type: ignore[union-attr]
        assert tools["propose"].annotations.read_only_hint is False  # type: ignore[union-attr]
        (only,) = facts_of(await client.call_tool("workspaces", {}))["workspaces"]
        assert only["images"] == 24
        basket = {"concept": "disc", "like": ["disc/00.png"]}
        facts_of(await client.call_tool("concept_create", basket))
        page = await client.call_tool("next_page", {"concept": "disc", "count": 6})
        text, picture = page.content
        assert picture.type == "image"
        with Image.open(io.BytesIO(base64.b64decode(picture.data))) as sheet:
            assert sheet.format == "JPEG"
        answers = {"concept": "disc", "page": json.loads(text.text)["page"], "answers": "1 ?2"}  # type: ignore[union-attr]
        made = facts_of(await client.call_tool("propose", answers))
        assert made["counts"] == {"yes": 1, "unsure": 1, "no": 4}
        wrong = await client.call_tool("concept_show", {"concept": "cat"})
        assert wrong.is_error
        assert len(wrong.content) == 1
        assert "\n" not in wrong.content[0].text  # type: ignore[union-attr]

    over_stdio(home, ask)
    with Workspace(home / "shapes.likewise") as workspace:
        entries = [entry.route for entry in workspace.audit_log.entries()]
        (stored,) = workspace.machine_labels.rounds("disc")
    assert entries == ["workspaces", "concept_create", "next_page", "propose", "concept_show"]
    assert stored.who.startswith("agent of ")
    assert "Traceback" not in (home / "server.log").read_text()


def test_a_lower_role_and_instructions_arrive(home: Path) -> None:
    async def ask(client: Client) -> None:
        assert client.instructions == INSTRUCTIONS
        basket = {"concept": "disc", "like": ["disc/00.png"]}
        refused = await client.call_tool("concept_create", basket)
        assert refused.is_error
        assert "has the role viewer, and this needs reviewer" in refused.content[0].text  # type: ignore[union-attr]

    over_stdio(home, ask, "--role", "viewer")


@pytest.mark.slow
def test_a_user_over_http_has_their_own_role(home: Path) -> None:
    import httpx2
    from mcp.client.streamable_http import streamable_http_client

    with Workspace(home / "shapes.likewise") as workspace:
        _, token = workspace.users.add("ben", "reviewer")
    command = [sys.executable, "-m", "likewise", "mcp", "--http", "--port", "0", "--json"]
    with (home / "out.json").open("w") as out:
        process = subprocess.Popen([*command, "--root", str(home)], stdout=out)

    def announced() -> dict[str, Any]:
        with suppress(ValueError):
            facts: dict[str, Any] = json.loads((home / "out.json").read_text())
            return facts
        return {}

    async def ask(client: Client) -> None:
        assert len((await client.list_tools()).tools) == 14
        basket = {"concept": "disc", "like": ["disc/00.png"]}
        facts_of(await client.call_tool("concept_create", basket))
        refused = await client.call_tool("export", {"concept": "disc", "to": "out"})
        text = refused.content[0].text  # type: ignore[union-attr]
        assert refused.is_error
        assert text == "agent of ben has the role reviewer, and this needs owner; ask an owner"

    async def asking(address: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=LIMIT) as http:
            async with Client(streamable_http_client(address, http_client=http)) as client:
                await ask(client)
            bare = await http.get(address, headers={"authorization": ""})
            assert bare.status_code == 401
            other = await http.get(address, headers={"host": "evil.example"})
            assert other.status_code == 421

    try:
        wait_until(announced, process)
        facts = announced()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/mcp", facts["address"])
        _in_a_thread(asking(facts["address"]))
    finally:
        process.terminate()
        process.wait(LIMIT)
    with Workspace(home / "shapes.likewise") as workspace:
        entries = list(workspace.audit_log.entries())
    assert [(e.who, e.route, e.status) for e in entries] == [
        ("agent of ben", "concept_create", 200),
        ("agent of ben", "export", 403),
    ]
