"""Shapes of SVG as paths of the same outline: Mirador draws `path` elements and no others. PURE."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"<(polygon|polyline|rect|circle|ellipse)\b([^<>]*)(?:/>|>\s*</\1>)")
_ATTRIBUTE = re.compile(r'([\w:-]+)\s*=\s*"([^"<>]*)"')
_GEOMETRY = frozenset({"points", "x", "y", "width", "height", "cx", "cy", "r", "rx", "ry"})


def draw_as_paths(svg: str) -> str:
    """The same SVG with its shapes as paths; what cannot be read, and all else, stays as it is."""
    head, found, tail = svg.partition('<polygon points="')
    points, _, rest = tail.partition('"')
    if found and rest == "/></svg>" and head.startswith("<svg") and head.count("<") == 1:
        # What nearly all are; a page of a canvas has thousands of them.
        return f'{head}<path d="M {points.strip()} Z"{rest}'
    return _SHAPE.sub(_redraw, svg)


def _redraw(match: re.Match[str]) -> str:
    attributes = dict(_ATTRIBUTE.findall(match.group(2)))
    try:
        outline = _outline(match.group(1), attributes)
    except (ValueError, KeyError):
        return match.group()
    others = "".join(f' {name}="{value}"' for name, value in attributes.items() if name not in _GEOMETRY)
    return f'<path{others} d="{outline}"/>'


def _outline(shape: str, attributes: dict[str, str]) -> str:
    """The `d` of a path (SVG 1.1 §8.3). Raises ValueError, KeyError."""
    if shape in ("polygon", "polyline"):
        # Pairs behind the first are lines: §8.3.2.
        return f"M {attributes['points'].strip()}{' Z' if shape == 'polygon' else ''}"
    if shape == "rect":
        x, y = (float(attributes.get(name, "0")) for name in ("x", "y"))
        width, height = float(attributes["width"]), float(attributes["height"])
        return f"M {x:.9g},{y:.9g} h {width:.9g} v {height:.9g} h {-width:.9g} Z"
    x, y = (float(attributes.get(name, "0")) for name in ("cx", "cy"))
    across, down = (float(attributes["r" if shape == "circle" else name]) for name in ("rx", "ry"))
    half = f"a {across:.9g},{down:.9g} 0 1,0"
    return f"M {x - across:.9g},{y:.9g} {half} {2 * across:.9g},0 {half} {-2 * across:.9g},0 Z"
