"""Plots for docs/bench.md: one bar for each server, as an SVG that needs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
_HEIGHT, _LABELS, _BARS = 26, 110, 420


def draw_bars(bench: str, values: Mapping[str, float], unit: str) -> None:
    """Writes docs/bench-{bench}.svg: horizontal bars, the longest as long as there is room."""
    largest = max(values.values())
    lines = []
    for number, (name, value) in enumerate(values.items()):
        y, length = number * _HEIGHT, value / largest * _BARS
        lines.append(f'<text x="{_LABELS - 8}" y="{y + 17}" text-anchor="end">{name}</text>')
        lines.append(f'<rect x="{_LABELS}" y="{y + 4}" width="{length:.0f}" height="{_HEIGHT - 8}" fill="#3a6ea5"/>')
        lines.append(f'<text x="{_LABELS + length + 6:.0f}" y="{y + 17}">{value:,.0f}</text>')
    height = len(values) * _HEIGHT + 24
    lines.append(f'<text x="{_LABELS}" y="{height - 6}">{unit}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LABELS + _BARS + 90} {height}" '
    style = 'font-family="sans-serif" font-size="13" fill="#222">'
    text = "\n".join((head + style, '<rect width="100%" height="100%" fill="#fff"/>', *lines, "</svg>\n"))
    (DOCS / f"bench-{bench}.svg").write_text(text, encoding="utf-8")
