"""Where an image's objects lie in storage. PURE.

`images/{key}/record.json` is replaced on publication; everything under `images/{key}/{revision}/` is immutable.
"""

from __future__ import annotations

import hashlib
import unicodedata
from functools import lru_cache

from iiif_server.parts import PartName, part_folder

CHANGES_PREFIX = "wanted/changed/"
"""Marks that the image server puts and ingest removes; each holds a JSON array of identifier and revision."""

OWN_FOLDERS = ("access", "images", "marks", "masters", "wanted")
"""What Pigture itself keeps in storage: nothing in there is to be adopted."""

_REVISION_DEPTH = 5

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _BASE32 for second in _BASE32]
_SHIFTS = range(250, -1, -10)

TOKENS_KEY = "access/tokens.json"


def normalize_identifier(identifier: str) -> str:
    """The identifier in NFC: two spellings of one text are one image."""
    return unicodedata.normalize("NFC", identifier)


# Whoever asks for the record asks for the other objects of the image next.
@lru_cache(maxsize=64)
def storage_key(identifier: str) -> str:
    """The fanned-out folder of an identifier, `ab/cd/…`: base32 of the SHA-256 of its NFC text.

    A hash, because percent-encoded Cyrillic passes the 255 bytes of a file name and `..` would stay `..`.
    """
    digest = hashlib.sha256(normalize_identifier(identifier).encode()).digest()
    # As base64.b32encode, in a third of its time: four bits are lacking to the last pair.
    bits = int.from_bytes(digest, "big") << 4
    name = "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])
    return f"{name[:2]}/{name[2:4]}/{name[4:]}"


def record_key(identifier: str) -> str:
    """The object that describes the image as it is now."""
    return f"images/{storage_key(identifier)}/record.json"


def revision_object_key(identifier: str, revision: str, name: str) -> str:
    """The object `name` (`pyramid.tif`, `index`, `revision.json`) of one revision."""
    return f"images/{storage_key(identifier)}/{revision}/{name}"


def picture_folder(identifier: str, revision: str, part: PartName | None) -> str:
    """The folder of a part; of the revision's first picture where there is none."""
    folder = f"images/{storage_key(identifier)}/{revision}"
    return folder if part is None else f"{folder}/{part_folder(part)}"


def part_object_key(identifier: str, revision: str, part: PartName | None, name: str) -> str:
    """The object `name` of a part; of the revision's first picture where there is none."""
    return f"{picture_folder(identifier, revision, part)}/{name}"


def is_immutable(key: str) -> bool:
    """Whether the object belongs to a revision, and so is never replaced."""
    # images, two folders of the fan, the image's own, the revision's, and what lies in there
    return key.startswith("images/") and key.count("/") >= _REVISION_DEPTH


def change_key(identifier: str, revision: str) -> str:
    """The mark that says: the file that this adopted revision lies in has changed."""
    return f"{CHANGES_PREFIX}{storage_key(identifier)}/{revision}"


def master_key(master: str, file_name: str) -> str:
    """A file of a master: `masters/{ulid}/{file name}`."""
    return f"masters/{master}/{file_name}"
