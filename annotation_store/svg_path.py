"""SVG path data (SVG 1.1 §8.3) → lines and cubic curves. PURE.

As SVG demands of viewers, a path counts up to its first error (§F.2).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from annotation_store.affine import Affine, Point
from annotation_store.errors import MalformedSvgError

# One point: a line to it; three: a cubic curve by two control points to the third.
Segment = tuple[Point] | tuple[Point, Point, Point]

_NUMBER = re.compile(r"[\s,]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_FLAG = re.compile(r"[\s,]*([01])")
_COMMAND = re.compile(r"[\s,]*([MmLlHhVvCcSsQqTtAaZz])")
_ARITY = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_ARC_FLAGS = (3, 4)
MAX_SEGMENTS = 200_000


@dataclass(slots=True)
class Subpath:
    start: Point
    segments: list[Segment] = field(default_factory=list)
    closed: bool = False

    def transformed(self, affine: Affine) -> Subpath:
        """The subpath after the map; curves stay curves."""
        moved = [_transform(segment, affine) for segment in self.segments]
        return Subpath(affine.apply(self.start), moved, self.closed)


def _transform(segment: Segment, affine: Affine) -> Segment:
    if len(segment) == 1:
        return (affine.apply(segment[0]),)
    first, second, end = segment
    return affine.apply(first), affine.apply(second), affine.apply(end)


def parse_path(data: str) -> list[Subpath]:
    """The subpaths of a `d` attribute. Raises MalformedSvgError beyond MAX_SEGMENTS."""
    return _PathReader(data).read()


class _PathReader:
    def __init__(self, data: str) -> None:
        self._data = data
        self._position = 0
        self._paths: list[Subpath] = []
        self._current: Point = (0.0, 0.0)
        # The control point that S and T mirror, and the command family that it belongs to.
        self._control: tuple[str, Point] | None = None
        self._count = 0

    def read(self) -> list[Subpath]:
        command = self._match(_COMMAND)
        if command not in ("M", "m"):
            return []
        while command is not None:
            command = self._run(command)
        return [path for path in self._paths if path.segments]

    def _run(self, command: str) -> str | None:
        """Runs a command for each set of its values; the next command, or None at the end or at an error."""
        kind, relative = command.upper(), command.islower()
        if kind == "Z":
            self._close()
        elif not self._paths and kind != "M":
            return None
        else:
            values = self._values(kind)
            if values is None:
                return None
            while values is not None:
                self._step(kind, relative, values)
                # Further pairs of a moveto are linetos (§8.3.2).
                kind = "L" if kind == "M" else kind
                values = self._values(kind)
        return self._match(_COMMAND)

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self._data, self._position)
        if match is None:
            return None
        self._position = match.end()
        return match.group(1)

    def _values(self, kind: str) -> list[float] | None:
        start, values = self._position, []
        for place in range(_ARITY[kind]):
            text = self._match(_FLAG if kind == "A" and place in _ARC_FLAGS else _NUMBER)
            if text is None:
                self._position = start
                return None
            values.append(float(text))
        return values

    def _step(self, kind: str, relative: bool, values: list[float]) -> None:
        self._count += 1
        if self._count > MAX_SEGMENTS:
            raise MalformedSvgError(f"A path of the SVG has more than {MAX_SEGMENTS} segments.")
        origin = self._current if relative else (0.0, 0.0)
        if kind == "M":
            self._move(_shift(origin, values[0], values[1]))
            return
        if self._paths[-1].closed:
            self._paths.append(Subpath(self._current))
        _STEPS[kind](self, origin, values)

    def _move(self, point: Point) -> None:
        self._paths.append(Subpath(point))
        self._current, self._control = point, None

    def _close(self) -> None:
        if self._paths:
            self._paths[-1].closed = True
            self._current, self._control = self._paths[-1].start, None

    def _line(self, point: Point) -> None:
        self._paths[-1].segments.append((point,))
        self._current, self._control = point, None

    def _cubic(self, first: Point, second: Point, end: Point) -> None:
        self._paths[-1].segments.append((first, second, end))
        self._current, self._control = end, ("C", second)

    def _quadratic(self, control: Point, end: Point) -> None:
        first, second = _between(self._current, control, 2 / 3), _between(end, control, 2 / 3)
        self._cubic(first, second, end)
        self._control = ("Q", control)

    def _mirrored(self, family: str) -> Point:
        if self._control is None or self._control[0] != family:
            return self._current
        return 2 * self._current[0] - self._control[1][0], 2 * self._current[1] - self._control[1][1]

    def _step_line(self, origin: Point, values: list[float]) -> None:
        self._line(_shift(origin, values[0], values[1]))

    def _step_horizontal(self, origin: Point, values: list[float]) -> None:
        self._line((origin[0] + values[0], self._current[1]))

    def _step_vertical(self, origin: Point, values: list[float]) -> None:
        self._line((self._current[0], origin[1] + values[0]))

    def _step_cubic(self, origin: Point, values: list[float]) -> None:
        first, second, end = _pairs(origin, values)
        self._cubic(first, second, end)

    def _step_smooth_cubic(self, origin: Point, values: list[float]) -> None:
        second, end = _pairs(origin, values)
        self._cubic(self._mirrored("C"), second, end)

    def _step_quadratic(self, origin: Point, values: list[float]) -> None:
        control, end = _pairs(origin, values)
        self._quadratic(control, end)

    def _step_smooth_quadratic(self, origin: Point, values: list[float]) -> None:
        self._quadratic(self._mirrored("Q"), _shift(origin, values[0], values[1]))

    def _step_arc(self, origin: Point, values: list[float]) -> None:
        radius_x, radius_y, angle_deg, large, sweep, x, y = values
        end = _shift(origin, x, y)
        for segment in arc_segments(self._current, (radius_x, radius_y), angle_deg, bool(large), bool(sweep), end):
            self._paths[-1].segments.append(segment)
        self._current, self._control = end, None


_STEPS: dict[str, Callable[[_PathReader, Point, list[float]], None]] = {
    "L": _PathReader._step_line,
    "H": _PathReader._step_horizontal,
    "V": _PathReader._step_vertical,
    "C": _PathReader._step_cubic,
    "S": _PathReader._step_smooth_cubic,
    "Q": _PathReader._step_quadratic,
    "T": _PathReader._step_smooth_quadratic,
    "A": _PathReader._step_arc,
}


def arc_segments(start: Point, radii: Point, angle_deg: float, large: bool, sweep: bool, end: Point) -> list[Segment]:
    """An elliptical arc as cubic curves of at most a quarter turn (SVG 1.1 §F.6: endpoint to centre)."""
    radius_x, radius_y = abs(radii[0]), abs(radii[1])
    if start == end:
        return []
    if radius_x == 0 or radius_y == 0:
        return [(end,)]
    phi = math.radians(angle_deg % 360)
    cosine, sine = math.cos(phi), math.sin(phi)
    half_x, half_y = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x1, y1 = cosine * half_x + sine * half_y, -sine * half_x + cosine * half_y
    # Radii that are too small are scaled up (§F.6.6).
    excess = math.hypot(x1 / radius_x, y1 / radius_y)
    if excess > 1:
        radius_x, radius_y = radius_x * excess, radius_y * excess
    ux, uy = x1 / radius_x, y1 / radius_y
    square = ux * ux + uy * uy
    factor = math.sqrt(max(0.0, 1 / square - 1)) * (1 if large != sweep else -1) if square > 0 else 0.0
    # The centre on the unit circle's plane, then the angles from it to both ends.
    cx, cy = factor * uy, -factor * ux
    first = math.atan2(uy - cy, ux - cx)
    extent = (math.atan2(-uy - cy, -ux - cx) - first) % (2 * math.pi)
    if not sweep:
        extent -= 2 * math.pi
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    plane = Affine(cosine * radius_x, sine * radius_x, -sine * radius_y, cosine * radius_y, *middle)
    return _unit_arc(plane.after(Affine(e=cx, f=cy)), first, extent, end)


def _unit_arc(plane: Affine, first: float, extent: float, end: Point) -> list[Segment]:
    count = max(1, math.ceil(abs(extent) / (math.pi / 2) - 1e-9))
    step = extent / count
    reach = 4 / 3 * math.tan(step / 4)
    segments: list[Segment] = []
    for place in range(count):
        angle, next_angle = first + place * step, first + (place + 1) * step
        here, there = (math.cos(angle), math.sin(angle)), (math.cos(next_angle), math.sin(next_angle))
        out = (here[0] - reach * here[1], here[1] + reach * here[0])
        back = (there[0] + reach * there[1], there[1] - reach * there[0])
        # The last point is the one that was asked for, free of rounding.
        target = end if place == count - 1 else plane.apply(there)
        segments.append((plane.apply(out), plane.apply(back), target))
    return segments


def _shift(origin: Point, x: float, y: float) -> Point:
    return origin[0] + x, origin[1] + y


def _pairs(origin: Point, values: list[float]) -> list[Point]:
    return [_shift(origin, values[place], values[place + 1]) for place in range(0, len(values), 2)]


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
