"""Affine maps of the plane, and SVG's `transform` attribute (SVG 1.1 §7.6). PURE."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from annotation_store.errors import MalformedSvgError

Point = tuple[float, float]

_FUNCTION = re.compile(r"\s*,?\s*(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_SEPARATOR = re.compile(r"[\s,]+")


@dataclass(frozen=True, slots=True)
class Affine:
    """(x, y) → (a·x + c·y + e, b·x + d·y + f), named as SVG's matrix() names them."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def apply(self, point: Point) -> Point:
        x, y = point
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def after(self, first: Affine) -> Affine:
        """The map that applies `first`, then this one."""
        e, f = self.apply((first.e, first.f))
        return Affine(
            self.a * first.a + self.c * first.b,
            self.b * first.a + self.d * first.b,
            self.a * first.c + self.c * first.d,
            self.b * first.c + self.d * first.d,
            e,
            f,
        )


IDENTITY = Affine()


def parse_transform(text: str) -> Affine:
    """The map of a `transform` attribute. Raises MalformedSvgError."""
    result, position = IDENTITY, 0
    text = text.strip()
    while position < len(text):
        match = _FUNCTION.match(text, position)
        if match is None:
            raise MalformedSvgError("A transform of the SVG cannot be read.")
        result = result.after(_build(match.group(1), _numbers(match.group(2))))
        position = match.end()
    return result


def _numbers(text: str) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in _SEPARATOR.split(text.strip()) if part)
    except ValueError as error:
        raise MalformedSvgError("A transform of the SVG has something that is not a number.") from error
    if not all(map(math.isfinite, values)):
        raise MalformedSvgError("A transform of the SVG has a number that is not finite.")
    return values


def _build(name: str, values: tuple[float, ...]) -> Affine:
    match name, values:
        case "matrix", (a, b, c, d, e, f):
            return Affine(a, b, c, d, e, f)
        case "translate", (x,):
            return Affine(e=x)
        case "translate", (x, y):
            return Affine(e=x, f=y)
        case "scale", (factor,):
            return Affine(a=factor, d=factor)
        case "scale", (x, y):
            return Affine(a=x, d=y)
        case "rotate", (angle_deg,):
            return _rotation(angle_deg)
        case "rotate", (angle_deg, x, y):
            return Affine(e=x, f=y).after(_rotation(angle_deg)).after(Affine(e=-x, f=-y))
        case "skewX", (angle_deg,):
            return Affine(c=math.tan(math.radians(angle_deg)))
        case "skewY", (angle_deg,):
            return Affine(b=math.tan(math.radians(angle_deg)))
    raise MalformedSvgError(f"The transform {name} of the SVG has the wrong number of values.")


def _rotation(angle_deg: float) -> Affine:
    cosine, sine = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    return Affine(cosine, sine, -sine, cosine)
