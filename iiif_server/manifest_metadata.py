"""What manifests tell people of an image's pixels, in English and Russian. PURE."""

from __future__ import annotations

from collections.abc import Iterator

from iiif_server.info import JsonObject
from iiif_server.record import Revision

_TYPES = {
    "int": ("whole numbers of {} bits", "целые числа, {} бит"),
    "uint": ("whole numbers of {} bits, not negative", "неотрицательные целые числа, {} бит"),
    "float": ("floating-point numbers of {} bits", "числа с плавающей запятой, {} бит"),
}


def build_metadata(revision: Revision) -> list[JsonObject]:
    """Dimensions, and what is known beyond: physical size, channels and type of the samples."""
    return list(_entries(revision))


def bilingual(english: str, russian: str) -> JsonObject:
    """The text in both languages."""
    return {"en": [english], "ru": [russian]}


def _entries(revision: Revision) -> Iterator[JsonObject]:
    size = f"{revision.width} × {revision.height}"
    yield _entry(("Dimensions", "Размеры"), bilingual(f"{size} pixels", f"{size} пикс."))
    if revision.pixel_size_mm is not None:
        yield _entry(("Physical size", "Физический размер"), _physical_size(revision, revision.pixel_size_mm))
    if revision.samples is not None:
        names = [channel.name or str(number) for number, channel in enumerate(revision.samples.channels, 1)]
        yield _entry(("Channels", "Каналы"), {"none": names})
        yield _entry(("Samples", "Отсчёты"), _samples_type(revision.samples.type))


def _entry(label: tuple[str, str], value: JsonObject) -> JsonObject:
    return {"label": bilingual(*label), "value": value}


def _physical_size(revision: Revision, pixel_size_mm: tuple[float, float]) -> JsonObject:
    """Micrometres where a side is shorter than a millimetre."""
    sides = (revision.width * pixel_size_mm[0], revision.height * pixel_size_mm[1])
    in_um = min(sides) < 1
    text = " × ".join(f"{side * (1000 if in_um else 1):.4g}" for side in sides)
    return bilingual(f"{text} µm", f"{text} мкм") if in_um else bilingual(f"{text} mm", f"{text} мм")


def _samples_type(name: str) -> JsonObject:
    kind = name.rstrip("0123456789")
    english, russian = _TYPES[kind]
    bits = name.removeprefix(kind)
    return bilingual(english.format(bits), russian.format(bits))
