"""Figures with their goals, as a Markdown table and as JSON records."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured.
        value: the number.
        unit: of the number.
        goal: what was aimed at, such as "<= 60"; "" where nothing was.
        setting: on what: images, cores, sizes.
    """

    name: str
    value: float
    unit: str
    goal: str = ""
    setting: str = ""


def table(figures: list[Figure]) -> str:
    """A Markdown table."""
    lines = ["| what | value | unit | goal | setting |", "|---|---|---|---|---|"]
    for figure in figures:
        value = f"{figure.value:,.4g}" if abs(figure.value) < 1000 else f"{figure.value:,.0f}"
        lines.append(
            f"| {figure.name} | {value} | {figure.unit} | {figure.goal} | {figure.setting} |"
        )
    return "\n".join(lines)


def publish(figures: list[Figure], to: Path | None) -> None:
    """Print the table, and write the records when a file was named."""
    print(table(figures))
    write(figures, to)


def write(figures: list[Figure], to: Path | None) -> None:
    """Write the records as JSON when a file was named."""
    if to is not None:
        to.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
