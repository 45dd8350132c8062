"""What slide scanners and microscopes say in TIFFs of their own: Aperio's SVS, and Zeiss' LSM. PURE."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass

_MPP = re.compile(r"\|\s*MPP\s*=\s*([0-9]*\.?[0-9]+)")
_ASSOCIATED = re.compile(r"^(label|macro)\b", re.MULTILINE)
_LSM_HEAD = struct.Struct("<IiiiiiiIii3d")
_LSM_MAGIC = (0x00300494C, 0x00400494C)
_METRE, _MICROMETRE = 1000.0, 1e-3
LSM_BYTES = _LSM_HEAD.size


@dataclass(frozen=True, slots=True)
class LsmStack:
    """How many slices and time points there are: slices change first. A pixel measures `pixel_size_mm`."""

    slices: int
    times: int
    pixel_size_mm: tuple[float, float] | None


def is_aperio(text: str) -> bool:
    """The description is that of an SVS."""
    return text.startswith("Aperio")


def parse_aperio_scale(text: str) -> tuple[float, float] | None:
    """Millimetres of a pixel across and down."""
    found = _MPP.search(text[:65_536])
    size = float(found[1]) * _MICROMETRE if found else 0.0
    return (size, size) if 0 < size < math.inf else None


def parse_aperio_name(text: str, subfile_type: int) -> str:
    """`label`, `macro` or `thumbnail`: what a page is that is no level."""
    found = _ASSOCIATED.search(text[:65_536])
    return found[1] if found else {1: "label", 9: "macro"}.get(subfile_type, "thumbnail")


def parse_lsm(data: bytes) -> LsmStack | None:
    """The head of Zeiss' private tag; None where it is something else."""
    if len(data) < _LSM_HEAD.size:
        return None
    magic, _, _, _, slices, _, times, _, _, _, across, down, _ = _LSM_HEAD.unpack_from(data)
    if magic not in _LSM_MAGIC or slices < 1 or times < 1:
        return None
    sizes = across * _METRE, down * _METRE
    return LsmStack(slices, times, sizes if all(0 < size < math.inf for size in sizes) else None)
