"""Renderings: what URLs say of how the channels of an image are shown, as values and as text. PURE.

`c1=200:4000,00ff00;c3=g0.8` shows channel 1 from 200 (black) to 4000 (full) in green, and channel 3 as it is shown
by default but for its gamma. `c=…` says it of all channels that are seen. Channels are counted from 1; where any is
named, only the named ones are seen. What is said of a channel, joined by commas:

* `LOW:HIGH`, the window: decimal numbers, exponents allowed;
* a colour of six hexadecimal digits, or the name of a colormap;
* `gX`, the gamma from 0.05 to 20: what lies between 0 and 1 after the window is raised to the power of X;
* `inv`: dark and bright change places, after the gamma and before the colour.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from iiif_server.samples_record import MAX_CHANNELS

COLORMAPS = (
    *("gray", "viridis", "magma", "inferno", "plasma", "cividis", "turbo", "twilight"),
    *("hot", "cool", "bone", "copper", "jet", "hsv", "fire", "coolwarm"),
)
"""The names that URLs know; `tables` of iiif_server.colormaps has their colours."""

MIN_GAMMA, MAX_GAMMA = Decimal("0.05"), Decimal(20)
MAX_NUMBER_CHARACTERS = 40
MAX_DIGITS = 20
MAX_EXPONENT = 300
MAX_RENDERING_CHARACTERS = 4096

_FIELD = re.compile(r"c([1-9][0-9]{0,2})?")
_COLOR = re.compile(r"[0-9A-Fa-f]{6}")
# [0-9], because \d matches the digits of every script.
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
# Between these, numbers are written without an exponent.
_FEWEST_PLACES, _MOST_PLACES = -6, 21


class MalformedRenderingError(ValueError):
    """The fields name no rendering; the text is a clause."""


@dataclass(frozen=True, slots=True)
class Window:
    """Values from `low` to `high`, exactly, are shown from black to full; `low` is less than `high`."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Color:
    """Six hexadecimal digits, lower case: what full is shown as."""

    digits: str


@dataclass(frozen=True, slots=True)
class Colormap:
    """One of COLORMAPS."""

    name: str


@dataclass(frozen=True, slots=True)
class Look:
    """What is said of a channel; None and False where nothing is."""

    window: Window | None = None
    tint: Color | Colormap | None = None
    gamma: Decimal | None = None
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Rendering:
    """`every` holds for all channels that are seen; `channels` are those that are named, by their numbers from 1.

    The numbers ascend. Where none is named, those are seen that are visible by default.
    """

    every: Look = Look()
    channels: tuple[tuple[int, Look], ...] = ()


def is_rendering_field(name: str) -> bool:
    """Whether a field of that name belongs to a rendering."""
    return _FIELD.fullmatch(name) is not None


def parse_rendering(fields: Sequence[tuple[str, str]]) -> Rendering | None:
    """The rendering that the fields name, each with its options; None where there are none.

    Raises MalformedRenderingError.
    """
    if not fields:
        return None
    looks: dict[int, Look] = {}
    for name, options in fields:
        number = _parse_field(name)
        if number in looks:
            raise MalformedRenderingError(f"{name} stands there twice")
        looks[number] = _parse_look(options)
    every = looks.pop(0, None)
    if every == Look():
        raise MalformedRenderingError("c without options says nothing")
    rendering = Rendering(every or Look(), tuple(sorted(looks.items())))
    if len(format_rendering(rendering)) > MAX_RENDERING_CHARACTERS:
        raise MalformedRenderingError("the rendering is too long")
    return rendering


def format_rendering(rendering: Rendering) -> str:
    """The fields as they stand in a URL, joined by semicolons; the canonical spelling."""
    fields = [] if rendering.every == Look() else [_format_field("c", rendering.every)]
    return ";".join([*fields, *(_format_field(f"c{number}", look) for number, look in rendering.channels)])


def format_number(number: Decimal) -> str:
    """The shortest exact decimal, with an exponent where it would have many zeros; `0` for every zero."""
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{number} is not finite")
    text = "".join(map(str, digits)).lstrip("0")
    significant = text.rstrip("0")
    if not significant:
        return "0"
    # The point stands behind that many digits.
    point = len(text) + exponent
    return ("-" if sign else "") + _place_point(significant, point)


def _place_point(digits: str, point: int) -> str:
    if not _FEWEST_PLACES < point <= _MOST_PLACES:
        return f"{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{point - 1}"
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    whole, places = digits[:point].ljust(point, "0"), digits[point:]
    return f"{whole}.{places}" if places else whole


def _parse_field(name: str) -> int:
    """The channel's number; 0 for all."""
    match = _FIELD.fullmatch(name)
    number = int(match[1] or 0) if match else MAX_CHANNELS + 1
    if number > MAX_CHANNELS:
        raise MalformedRenderingError(f"channels are c1 to c{MAX_CHANNELS}")
    return number


def _parse_look(options: str) -> Look:
    look: dict[str, Window | Color | Colormap | Decimal | bool] = {}
    for option in options.split(",") if options else ():
        name, value = _parse_option(option)
        if name in look:
            raise MalformedRenderingError("a channel has two windows, colours, gammas or inversions")
        look[name] = value
    return Look(**look)  # type: ignore[arg-type]  # _parse_option pairs names and types


def _parse_option(text: str) -> tuple[str, Window | Color | Colormap | Decimal | bool]:
    if ":" in text:
        return "window", _parse_window(text)
    if text == "inv":
        return "inverted", True
    if text in COLORMAPS:
        return "tint", Colormap(text)
    if _COLOR.fullmatch(text):
        return "tint", Color(text.lower())
    if text.startswith("g"):
        return "gamma", _parse_gamma(text.removeprefix("g"))
    raise MalformedRenderingError(
        f"a channel has a window LOW:HIGH, a colour of six hexadecimal digits or one of {', '.join(COLORMAPS)}, "
        "a gamma such as g0.8, and inv"
    )


def _parse_window(text: str) -> Window:
    low, _, high = text.partition(":")
    window = Window(_parse_number(low), _parse_number(high))
    # They may differ by less than what pixels are computed with.
    if not float(window.low) < float(window.high):
        raise MalformedRenderingError("a window goes from a lower to a higher number")
    return window


def _parse_gamma(text: str) -> Decimal:
    gamma = _parse_number(text)
    if not MIN_GAMMA <= gamma <= MAX_GAMMA:
        raise MalformedRenderingError(f"a gamma lies between {MIN_GAMMA} and {MAX_GAMMA}")
    return gamma


def _parse_number(text: str) -> Decimal:
    """Bounded in length and size before anything is calculated with it, and as format_number writes it."""
    if len(text) > MAX_NUMBER_CHARACTERS or not _NUMBER.fullmatch(text):
        raise MalformedRenderingError("windows and gammas are decimal numbers of at most 40 characters")
    number = Decimal(text)
    if number == 0:
        return Decimal(0)
    if len("".join(map(str, number.as_tuple().digits)).strip("0")) > MAX_DIGITS:
        raise MalformedRenderingError(f"a number has more than {MAX_DIGITS} digits")
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise MalformedRenderingError(f"a number is beyond 1e{MAX_EXPONENT} or 1e-{MAX_EXPONENT}")
    return number


def _format_field(name: str, look: Look) -> str:
    options = []
    if look.window is not None:
        options.append(f"{format_number(look.window.low)}:{format_number(look.window.high)}")
    match look.tint:
        case Color(digits):
            options.append(digits)
        case Colormap(colormap):
            options.append(colormap)
    if look.gamma is not None:
        options.append(f"g{format_number(look.gamma)}")
    if look.inverted:
        options.append("inv")
    return f"{name}={','.join(options)}" if options else name
