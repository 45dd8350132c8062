"""Why a source file cannot be converted, as the end of a sentence that begins with the file's name. PURE."""

from __future__ import annotations

MEBIBYTE = 1024 * 1024


class SourceProblemError(Exception):
    """The file is at fault. `predicate` follows its name: `is truncated: …` (no full stop)."""

    def __init__(self, predicate: str) -> None:
        super().__init__(predicate)
        self.predicate = predicate


def empty() -> SourceProblemError:
    """The file has no bytes."""
    return SourceProblemError("is empty")


def unknown_kind() -> SourceProblemError:
    """The file begins like nothing that is read."""
    return SourceProblemError("is no image that can be read: it begins like none of JPEG, PNG, WebP and TIFF")


def unsupported_kind(kind: str) -> SourceProblemError:
    """The file is of a known kind that is not read; `kind` with its article (`a GIF image`)."""
    return SourceProblemError(f"is {kind}, which is not supported; JPEG, PNG, WebP and TIFF are")


def damaged_header(kind: str) -> SourceProblemError:
    """What should describe the picture makes no sense or is cut off."""
    return SourceProblemError(f"is damaged: its {kind} header cannot be read")


def truncated() -> SourceProblemError:
    """The file ends before the picture does."""
    return SourceProblemError("is truncated: the file ends before the picture is complete")


def damaged(kind: str) -> SourceProblemError:
    """The header is sound, the picture's data are not."""
    return SourceProblemError(f"is damaged: its {kind} data cannot be decoded")


def too_many_pixels(width: int, height: int, limit: int) -> SourceProblemError:
    """Larger than the setting allows."""
    return SourceProblemError(
        f"is too large: {width} × {height} pixels are {width * height:,}, and {limit:,} are allowed"
        " (setting max_source_pixels)"
    )


def too_many_pixels_together(count: int, pixels: int, limit: int) -> SourceProblemError:
    """All pictures of the file are larger than the setting allows."""
    return SourceProblemError(
        f"is too large: its {count:,} pictures have {pixels:,} pixels together, and {limit:,} are allowed"
        " (setting max_source_pixels)"
    )


def too_much_memory(cause: str, needed_bytes: int, allowed_mb: int) -> SourceProblemError:
    """It can only be decoded by holding more in memory than is allowed."""
    needed_mb = -(-needed_bytes // MEBIBYTE)
    return SourceProblemError(
        f"needs about {needed_mb:,} MiB of memory ({cause}), and {allowed_mb:,} MiB are allowed"
        " (setting conversion_memory_mb)"
    )
