"""From whatever a file holds to 8-bit sRGB or grey, with a sentence for everything that is lost on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyvips
from pyvips import GValue

from ingest.conversion.profiles import profile_is_srgb, profile_is_usable, profile_name, to_srgb
from ingest.conversion.readers.problems import SourceProblemError
from ingest.conversion.readers.source import Source

_COLOURS = {
    "b-w": 1,
    "grey16": 1,
    "multiband": 1,
    "srgb": 3,
    "rgb": 3,
    "rgb16": 3,
    "scrgb": 3,
    "lab": 3,
    "labs": 3,
    "cmyk": 4,
}
LAB = ("lab", "labs")
_INTEGERS = ("uchar", "ushort")
_ICC = "icc-profile-data"
_STANDARD_CMYK = Path("cmyk")
"""The name of a profile that libvips brings along."""
_WHITE = 255


@dataclass(frozen=True, slots=True)
class Picture:
    """A lazy 8-bit image of one band (grey) or three (sRGB), still as the file has it turned."""

    image: pyvips.Image
    losses: tuple[str, ...]


def build_picture(source: Source, folder: Path) -> Picture:
    """The source in display colours. A profile is put down in `folder`. Raises SourceProblemError.

    For what holds no more than such colours, and for CMYK and CIELAB; see channels.plan_samples.
    """
    image = source.open_image()
    count = colour_count(image)
    losses = list(source.losses)
    transparent = has_alpha(image, source)
    if image.bands > count + transparent:
        losses.append(f"Only {count + transparent} of {image.bands} channels were converted.")
    colours = _convert(source, image, count, folder, losses)
    if transparent:
        losses.append("Transparency was flattened onto white.")
        colours = colours.bandjoin(_to_8_bit(image.extract_band(count))).flatten(background=[_WHITE] * colours.bands)
    return Picture(_named(colours), tuple(losses))


def colour_count(image: pyvips.Image) -> int:
    """How many of the bands, from the first, are colours (1 for grey). Raises SourceProblemError."""
    count: int = min(_COLOURS.get(image.interpretation, 0), image.bands)
    if not count or image.format in ("complex", "dpcomplex"):
        raise SourceProblemError("holds a kind of colours that is not supported")
    return count


def has_alpha(image: pyvips.Image, source: Source) -> bool:
    """The band behind the colours is transparency."""
    return image.bands > colour_count(image) and source.extra_is_alpha and image.format in _INTEGERS


def _convert(source: Source, image: pyvips.Image, count: int, folder: Path, losses: list[str]) -> pyvips.Image:
    colours = image.extract_band(0, n=count)
    if image.interpretation in LAB:
        losses.append("CIELAB colours were converted to sRGB.")
        return colours.copy(interpretation=image.interpretation).colourspace("srgb")
    if image.format not in _INTEGERS:
        raise SourceProblemError("holds a kind of colours that is not supported")
    if image.format == "ushort":
        losses.append("16 bits per channel were reduced to 8.")
    return _through_profile(source, _named(colours), image, folder, losses)


def _through_profile(
    source: Source, colours: pyvips.Image, image: pyvips.Image, folder: Path, losses: list[str]
) -> pyvips.Image:
    data, profile = read_profile(source, image, colours.bands, folder, losses)
    usable = bool(data)
    if colours.bands == 4:
        return _from_cmyk(colours, profile, profile_name(data) if usable else None, losses)
    if not usable or profile_is_srgb(profile, colours.bands):
        return _to_8_bit(colours)
    losses.append(convert_sentence(colours.bands, data))
    converted = to_srgb(colours, profile)
    return converted if colours.bands == 3 else converted.extract_band(1)


def read_profile(
    source: Source, image: pyvips.Image, bands: int, folder: Path, losses: list[str]
) -> tuple[bytes, Path]:
    """The embedded profile if it can convert so many bands, else nothing; and the file that it is put down in."""
    # libvips leaves profiles away that do not fit the picture.
    data = bytes(image.get(_ICC)) if image.get_typeof(_ICC) == GValue.blob_type else b""
    profile = folder / "profile.icc"
    profile.write_bytes(data)
    usable = bool(data) and profile_is_usable(data, profile, bands)
    if source.has_profile and not usable:
        losses.append("The embedded colour profile cannot be used and was ignored.")
    return data if usable else b"", profile


def convert_sentence(bands: int, data: bytes) -> str:
    """The loss of converting colours (or grey values) from this profile."""
    kind = "Colours were converted to sRGB" if bands == 3 else "Grey values were converted to those of sRGB"
    return f"{kind} from the embedded profile{_quoted(profile_name(data))}."


def _from_cmyk(colours: pyvips.Image, profile: Path, name: str | None, losses: list[str]) -> pyvips.Image:
    """`name`: that of the usable embedded profile, None where there is none."""
    inks = _to_8_bit(colours)
    if name is None:
        losses.append("CMYK colours were converted to sRGB by a standard profile, as none is embedded.")
        return to_srgb(inks, _STANDARD_CMYK)
    losses.append(f"CMYK colours were converted to sRGB from the embedded profile{_quoted(name)}.")
    return to_srgb(inks, profile)


def _quoted(name: str) -> str:
    return f" “{name}”" if name else ""


def _to_8_bit(image: pyvips.Image) -> pyvips.Image:
    return _named(image.cast("uchar", shift=True)) if image.format == "ushort" else image


def _named(image: pyvips.Image) -> pyvips.Image:
    names = {1: "b-w", 3: "srgb", 4: "cmyk"} if image.format == "uchar" else {1: "grey16", 3: "rgb16", 4: "cmyk"}
    return image.copy(interpretation=names[image.bands])
