"""What became of each line, as NDJSON in a temporary file: a client that still sends does not read yet."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from typing import Any

MEDIA_TYPE = "application/x-ndjson"
MAX_KEPT_FAULTS = 100
_IN_MEMORY_BYTES = 4 * 1024 * 1024
_PIECE_BYTES = 64 * 1024


class BulkReport:
    """Lines in their order; the last one of all counts the others."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  closed by `pieces` or `close`
        self._counts: Counter[str] = Counter()
        self.faults: list[dict[str, Any]] = []
        """The first of them."""

    @property
    def failed(self) -> int:
        """How many lines failed."""
        return self._counts["failed"]

    def done(self, line: int, what: str, status: int, iri: str, etag: str | None) -> str:
        """The text of a line that was done; `what` is updated or deleted."""
        self._counts[what] += 1
        tag = "" if etag is None else f',"etag":"\\"{etag}\\""'
        return f'{{"line":{line},"status":{status},"id":{json.dumps(iri, ensure_ascii=False)}{tag}}}\n'

    def created(self, container: str, made: Mapping[int, tuple[str, str]]) -> dict[int, str]:
        """The texts of lines that made annotations: for each line the name that the server chose, and the ETag."""
        self._counts["created"] += len(made)
        start = json.dumps(container, ensure_ascii=False)[:-1]
        return {
            line: f'{{"line":{line},"status":201,"id":{start}{name}","etag":"\\"{etag}\\""}}\n'
            for line, (name, etag) in made.items()
        }

    def fault(self, line: int, fault: Mapping[str, Any]) -> str:
        """The text of a line that was not."""
        self._counts["failed"] += 1
        told = {"line": line, **fault}
        if len(self.faults) < MAX_KEPT_FAULTS:
            self.faults.append(told)
        return json.dumps(told, ensure_ascii=False) + "\n"

    def write(self, texts: Mapping[int, str]) -> None:
        """Adds the texts of a batch, by line."""
        self._file.write("".join(texts[line] for line in sorted(texts)).encode())

    def close(self) -> None:
        """Throws it away."""
        self._file.close()

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The report, which is thrown away behind it."""
        names = ("created", "updated", "deleted", "failed")
        self._file.write(json.dumps({"summary": {name: self._counts[name] for name in names}}).encode() + b"\n")
        self._file.seek(0)
        try:
            while piece := self._file.read(_PIECE_BYTES):
                yield piece
        finally:
            self._file.close()
