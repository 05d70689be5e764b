"""The tools of agents, in the order in which they are listed."""

from __future__ import annotations

from likewise.server.mcp.tool import Tool
from likewise.server.mcp.tools import concepts, datasets, looking, proposing

TOOLS: tuple[Tool, ...] = (
    *looking.TOOLS,
    *concepts.TOOLS,
    *proposing.TOOLS,
    *datasets.TOOLS,
)
