"""The tools of agents, in the order in which they are listed."""

from __future__ import annotations

from likewise.mcp_server.tool import Tool
from likewise.mcp_server.tools import concepts, datasets, looking, proposing

TOOLS: tuple[Tool, ...] = (
    *looking.TOOLS,
    *concepts.TOOLS,
    *proposing.TOOLS,
    *datasets.TOOLS,
)
