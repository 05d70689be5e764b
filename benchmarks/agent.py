"""What an agent that drives likewise costs, and what a person is left to do.

``python benchmarks/agent.py --data FOLDER_OF_CLASS_FOLDERS`` indexes the folder and starts
``likewise mcp`` as a child process, which a scripted agent drives with the client of the package
``mcp``: for each class it searches, makes a concept of a word and one example, looks at pages,
proposes answers, has them accepted, learns, stops by the status, and exports. The script knows the
folders' names, which stand for an agent's eyes; ``--wrong`` is the share of images that it gets
wrong. The person looks at every proposal and corrects the wrong ones.

Counted are calls, characters of text and pixels of pictures that the agent reads, proposals, what
the person looked at and corrected, and the exported datasets against the folders.
"""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from _class_folders import asking
from _needs import announce
from _records import Figure, publish

announce("mcp")

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from PIL import Image

from likewise.concepts.labelling import record_labels
from likewise.indexing.index import index
from likewise.review.proposals import (
    accept_proposals,
    proposed_verdict,
    select_proposals,
)
from likewise.workspace import Workspace

CHARACTERS_A_TOKEN = 4  # of English and JSON, about
PIXELS_A_TOKEN = 750  # of a picture, as large models count them, about
PAGES_AT_ONCE = 2  # between two requests to the person


@dataclass
class Cost:
    """What the agent read and what was asked of the person."""

    calls: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    pixels: int = 0
    pictures: int = 0
    errors: int = 0
    proposed: int = 0
    wrong_proposals: int = 0
    confirmed: int = 0
    corrected: int = 0
    requests: int = 0


class Agent:
    """Calls tools, and counts what comes back."""

    def __init__(self, client: Client, cost: Cost) -> None:
        self._client, self._cost = client, cost

    async def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        """The facts that a tool answers; ``error`` where it refuses."""
        result = await self._client.call_tool(name, arguments)
        self._cost.calls[name] += 1
        facts: dict[str, Any] = {}
        for block in result.content:
            if block.type == "text":
                self._cost.characters += len(block.text)
                facts = {"error": block.text} if result.is_error else json.loads(block.text)
            elif block.type == "image":
                with Image.open(io.BytesIO(base64.b64decode(block.data))) as picture:
                    self._cost.pixels += picture.width * picture.height
                self._cost.pictures += 1
        self._cost.errors += bool(result.is_error)
        return facts


def shows(item: str, name: str) -> bool:
    """Whether an image is of a class: the truth."""
    return item.partition("/")[0] == name


async def teach(
    agent: Agent, cost: Cost, home: Path, name: str, pages: int, wrong: float, seed: int
) -> dict[str, float]:
    """The main job for one class; answers how good the exported dataset is."""
    rng = random.Random(f"{name} {seed}")
    with Workspace(home / "photos.likewise") as workspace:
        everything = workspace.collection.ids()
    members = {item for item in everything if shows(item, name)}
    word = name.replace("_", " ").lower()
    found = await agent.call("search", words=[word])
    words = [] if "error" in found else [word]
    example = rng.choice(sorted(members))  # the person names one image
    await agent.call("concept_create", concept=name, like=[example], words=words)
    for number in range(1, pages + 1):
        page = await agent.call("next_page", concept=name)
        ids = [row[1] for row in page["images"]]
        if not ids:
            break
        said = [shows(item, name) != (rng.random() < wrong) for item in ids]
        answers = " ".join(str(n) for n, yes in enumerate(said, 1) if yes) or "none"
        made = await agent.call("propose", concept=name, page=page["page"], answers=answers)
        cost.proposed += sum(made["counts"].values())
        if number % PAGES_AT_ONCE and number < pages:
            continue
        cost.requests += 1
        confirm(home, name, cost)
        await agent.call("learn", concept=name)
        if (await agent.call("status", concept=name))["stop"]:
            break
    planned = await agent.call("export", concept=name, to=f"datasets/{name}", format="csv")
    cost.requests += 1
    written = await agent.call(
        "export", concept=name, to=f"datasets/{name}", format="csv", confirm=planned["confirm"]
    )
    assert written.get("written"), written
    return compared(home / "datasets" / name, members)


def confirm(home: Path, name: str, cost: Cost) -> None:
    """The person looks at all proposals, accepts the right ones and answers the others."""
    with Workspace(home / "photos.likewise") as workspace:
        proposals = select_proposals(workspace, name)
        wrong = {
            item: "yes" if shows(item, name) else "no"
            for item, label in proposals.items()
            if (proposed_verdict(label) == "yes") != shows(item, name)
        }
        right = {item: label for item, label in proposals.items() if item not in wrong}
        accept_proposals(workspace, name, right, "person")
        if wrong:
            record_labels(workspace, name, wrong.items(), "person", "command")
    cost.confirmed += len(proposals)
    cost.wrong_proposals += len(wrong)
    cost.corrected += len(wrong)


def compared(folder: Path, members: set[str]) -> dict[str, float]:
    """Precision, recall and F1 of an exported dataset."""
    (table,) = folder.glob("*.csv")
    with table.open(newline="", encoding="utf-8") as file:
        exported = {row["id"] for row in csv.DictReader(file)}
    right = len(exported & members)
    precision = right / len(exported) if exported else 0.0
    recall = right / len(members)
    return {
        "images": len(exported),
        "precision": precision,
        "recall": recall,
        "f1": 2 * right / (len(exported) + len(members)),
    }


async def run(home: Path, names: list[str], pages: int, wrong: float, seed: int) -> list[Figure]:
    """All classes with one server."""
    cost, results = Cost(), []
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "likewise", "mcp", "--root", str(home)]
    )
    async with Client(stdio_client(server)) as client:
        tools = (await client.list_tools()).tools
        listing = sum(len(tool.model_dump_json(by_alias=True, exclude_none=True)) for tool in tools)
        agent = Agent(client, cost)
        await agent.call("workspaces")
        await agent.call("info")
        for name in names:
            results.append(await teach(agent, cost, home, name, pages, wrong, seed))
            print(f"{name}: {results[-1]}", flush=True)
    return figures(cost, results, listing, len(tools), f"{len(names)} classes, {wrong:.0%} wrong")


def figures(
    cost: Cost, results: list[dict[str, float]], listing: int, tools: int, setting: str
) -> list[Figure]:
    """All that was counted."""
    count, text = len(results), cost.characters / CHARACTERS_A_TOKEN

    def mean(key: str) -> float:
        return sum(result[key] for result in results) / count

    calls = sum(cost.calls.values())
    return [
        Figure("list of tools, once", listing / CHARACTERS_A_TOKEN, "tokens", "", f"{tools} tools"),
        Figure("calls a class", calls / count, "calls", "", setting),
        Figure("calls that were refused", cost.errors, "calls", "", setting),
        Figure("text read a class", text / count, "tokens", "", setting),
        Figure("text read a call", text / calls, "tokens", "", setting),
        Figure("contact sheets a class", cost.pictures / count, "pictures", "", setting),
        Figure(
            "pictures read a class", cost.pixels / PIXELS_A_TOKEN / count, "tokens", "", setting
        ),
        Figure("answers proposed a class", cost.proposed / count, "answers", "", setting),
        Figure("wrong among them", cost.wrong_proposals / count, "answers", "", setting),
        Figure("looked at by the person a class", cost.confirmed / count, "images", "", setting),
        Figure("corrected by the person a class", cost.corrected / count, "images", "", setting),
        Figure("requests to the person a class", cost.requests / count, "requests", "", setting),
        Figure("images in a dataset", mean("images"), "images", "", setting),
        Figure("precision of the dataset", mean("precision"), "", "", setting),
        Figure("recall of the dataset", mean("recall"), "", "", setting),
        Figure("F1 of the dataset", mean("f1"), "", "", setting),
        Figure("F1 of the worst class", min(x["f1"] for x in results), "", "", setting),
    ]


def main() -> None:
    """Run the agent, print the figures."""
    parser = asking(__doc__)
    parser.add_argument("--pages", type=int, default=8, help="at most, a class")
    parser.add_argument("--wrong", type=float, default=0.05, help="share the agent gets wrong")
    parser.add_argument("--classes", type=int, help="only the first so many")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = sorted(path.name for path in options.data.iterdir() if path.is_dir())
    names = [name for name in names if name not in options.no_class][: options.classes]
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        index(options.data, home / "photos.likewise")
        publish(
            asyncio.run(run(home, names, options.pages, options.wrong, options.seed)), options.json
        )


if __name__ == "__main__":
    main()
