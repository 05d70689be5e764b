"""What a tool is: its arguments, the REST route whose role it needs, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from likewise.core.vectors import Scores
from likewise.server.app_state import AppState
from likewise.server.mcp.confirmations import Confirmations
from likewise.server.mcp.pages import Pages
from likewise.server.mcp.workspaces import Workspaces
from likewise.server.roles import Caller


class Arguments(BaseModel):
    """Arguments of a tool; what is none of them is refused."""

    model_config = ConfigDict(extra="forbid")


class InWorkspace(Arguments):
    """Arguments of a tool that works in one workspace."""

    workspace: str | None = Field(
        None, max_length=4096, description="Its name; may be left out where there is only one."
    )


class OfConcept(InWorkspace):
    """Arguments of a tool that is about one concept."""

    concept: str = Field(max_length=1000)


@dataclass(frozen=True)
class Answer:
    """What a tool answers.

    Attributes:
        facts: in JSON's types.
        picture: what to look at, if anything.
    """

    facts: dict[str, Any]
    picture: Image.Image | None = None


@dataclass(frozen=True)
class Shared:
    """What all calls of a server share.

    Attributes:
        workspaces: those that may be used.
        pages: what was shown.
        confirmations: what was asked for and not yet agreed to.
    """

    workspaces: Workspaces
    pages: Pages = field(default_factory=Pages)
    confirmations: Confirmations = field(default_factory=Confirmations)


@dataclass(frozen=True)
class Call:
    """One call of a tool in a workspace: who calls, and what all calls share."""

    state: AppState
    caller: Caller
    shared: Shared


Run = Callable[[Call, Any], Answer]


@dataclass(frozen=True)
class Tool:
    """One tool.

    Attributes:
        name: of one or two words.
        description: what it does, for the model that chooses among tools.
        arguments: their model.
        run: does it.
        route: method and path of the REST route whose role a caller needs.
        reads_only: whether it changes nothing.
    """

    name: str
    description: str
    arguments: type[Arguments]
    run: Run
    route: tuple[str, str]
    reads_only: bool

    @property
    def schema(self) -> dict[str, Any]:
        """The arguments as JSON Schema, without what pydantic adds for programmers."""
        schema: dict[str, Any] = _untitled(self.arguments.model_json_schema())
        schema.pop("description", None)  # of the Python class
        return schema


def _untitled(schema: Any, names: bool = False) -> Any:
    """The same without titles; `names` says that the keys are names of arguments."""
    if isinstance(schema, dict):
        untitled = {key: value for key, value in schema.items() if names or key != "title"}
        return {key: _untitled(value, key == "properties") for key, value in untitled.items()}
    return [_untitled(part) for part in schema] if isinstance(schema, list) else schema


def rows_of(
    ids: Sequence[str], scores: Sequence[float], probabilities: Scores | None
) -> dict[str, Any]:
    """Images as short rows: number on the contact sheet, id, score, probability if there is one.

    Example:
        >>> rows_of(["a.png"], [0.12345], None)
        {'columns': ['number', 'id', 'score'], 'images': [[1, 'a.png', 0.123]]}
    """
    columns = ["number", "id", "score"]
    rows: list[list[Any]] = [
        [number, item, round(score, 3)]
        for number, (item, score) in enumerate(zip(ids, scores, strict=True), 1)
    ]
    if probabilities is not None:
        columns.append("probability")
        for row, probability in zip(rows, probabilities.tolist(), strict=True):
            row.append(round(probability, 2))
    return {"columns": columns, "images": rows}
