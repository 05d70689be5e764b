"""Means with intervals as a picture: horizontal bars in SVG."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from _learning_figures import Cell

_WIDTH, _LABELS, _BAR, _GAP = 760, 280, 22, 10


def bars(title: str, groups: Mapping[str, Mapping[str, Cell]]) -> str:
    """An SVG image of values from 0 to 1.

    Args:
        title: above the bars.
        groups: a name for each group of bars, and a name and a value for each bar.
    """
    scale, y, parts = _WIDTH - _LABELS - 70, 64, [_text(20, 30, title, "bold", 16)]
    for group, cells in groups.items():
        parts.append(_text(20, y, group, "bold", 13))
        y += 12
        for name, cell in cells.items():
            middle, value = y + _BAR / 2, cell.value
            parts += [
                _text(_LABELS - 8, middle + 4, name, "normal", 13, "end"),
                f'<rect x="{_LABELS}" y="{y}" width="{scale * value:.1f}" height="{_BAR}" '
                'fill="#4c78a8"/>',
                f'<path d="M{_LABELS + scale * cell.low:.1f} {middle}H'
                f'{_LABELS + scale * cell.high:.1f}" stroke="#1b1b1b" stroke-width="2"/>',
                _text(_LABELS + scale * max(value, cell.high) + 8, middle + 4, f"{value:.3f}"),
            ]
            y += _BAR + _GAP
        y += 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" '
        f'viewBox="0 0 {_WIDTH} {y}" role="img" aria-label="{escape(title)}">\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _text(
    x: float, y: float, text: str, weight: str = "normal", size: int = 13, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-family="sans-serif" font-size="{size}" '
        f'font-weight="{weight}" text-anchor="{anchor}" fill="#1b1b1b">{escape(text)}</text>'
    )
