"""What PostgreSQL does without us: rows that are ready, by INSERT and by COPY, into the same tables and indexes.

`python -m bench.annotation_bare URL insert SECONDS CLIENTS` and `… copy ROWS`; the result is a rate.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import uuid
from typing import Any

import psycopg

from bench.rig import client_cores

_COLUMNS = """container, name, state, creator, editor, action, created, modified, document, words, tags, motivations,
body_types, creators, within"""
_SAMPLE = f"""SELECT {_COLUMNS.replace("words,", "words::text,")} FROM annotations.annotation
WHERE deleted IS NULL ORDER BY id DESC LIMIT 2000"""  # noqa: S608  constants
_AIMED = "SELECT iri, box::text, shape, time::text FROM annotations.target ORDER BY annotation DESC LIMIT 2000"
_INSERT = f"""WITH made AS (
INSERT INTO annotations.annotation ({_COLUMNS}) VALUES
(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::tsvector, %s, %s, %s, %s, %s) RETURNING id)
INSERT INTO annotations.target (annotation, position, source, iri, box, shape, time)
SELECT id, 1, %s, %s, %s::box, %s, %s::numrange FROM made"""  # noqa: S608  constants
_ELSEWHERE = 100_000_000
"""The number of a canvas that nobody looks at."""


def insert_rate(url: str, seconds: float, clients: int) -> float:
    """Rows per second by single inserts, each its own transaction."""
    return _measure(url, "insert", str(seconds), str(clients))


def copy_rate(url: str, rows: int) -> float:
    """Rows per second by COPY, of both tables in one transaction."""
    return _measure(url, "copy", str(rows))


def _measure(*arguments: str) -> float:
    cores = ",".join(map(str, sorted(client_cores())))
    argv = ["taskset", "--cpu-list", cores, sys.executable, "-m", "bench.annotation_bare", *arguments]
    done = subprocess.run(argv, env=os.environ, check=True, capture_output=True)
    return float(done.stdout)


def _ready(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    rows = connection.execute(_SAMPLE).fetchall()
    aimed = connection.execute(_AIMED).fetchall()
    return [(*row, _ELSEWHERE, *target) for row, target in zip(rows, aimed, strict=False)]


async def _insert(url: str, seconds: float, clients: int) -> float:
    with psycopg.connect(url) as connection:
        ready = _ready(connection)
    done = 0
    began = time.perf_counter()

    async def work(connection: psycopg.AsyncConnection[Any]) -> None:
        nonlocal done
        while time.perf_counter() - began < seconds:
            row = ready[done % len(ready)]
            await connection.execute(_INSERT, (row[0], uuid.uuid4().hex, *row[2:]), prepare=True)
            done += 1

    connections = [await psycopg.AsyncConnection.connect(url, autocommit=True) for _ in range(clients)]
    began = time.perf_counter()
    await asyncio.gather(*map(work, connections))
    taken = time.perf_counter() - began
    for connection in connections:
        await connection.close()
    return done / taken


def _copy(url: str, count: int) -> float:
    with psycopg.connect(url) as connection:
        ready = _ready(connection)
        first = _reserve(connection, count)
        rows = [ready[place % len(ready)] for place in range(count)]
        made = _texts(connection, [(first + n, row[0], uuid.uuid4().hex, *row[2:15]) for n, row in enumerate(rows)])
        aimed = _texts(connection, [(first + n, 1, *row[15:]) for n, row in enumerate(rows)])
        began = time.perf_counter()
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY annotations.annotation (id, {_COLUMNS}) FROM STDIN") as copy:
                copy.write(made)
            columns = "annotation, position, source, iri, box, shape, time"
            with cursor.copy(f"COPY annotations.target ({columns}) FROM STDIN") as copy:
                copy.write(aimed)
        connection.commit()
        return count / (time.perf_counter() - began)


def _reserve(connection: psycopg.Connection[Any], count: int) -> int:
    sequence = "pg_get_serial_sequence('annotations.annotation', 'id')"
    row = connection.execute(f"SELECT setval({sequence}, nextval({sequence}) + {count})").fetchone()
    connection.commit()
    assert row is not None
    return int(row[0]) - count


def _texts(connection: psycopg.Connection[Any], rows: list[tuple[Any, ...]]) -> bytes:
    """The rows in COPY's text format."""
    formatter = psycopg.adapt.Transformer(connection)
    lines = []
    for row in rows:
        dumped = formatter.dump_sequence(row, [psycopg.adapt.PyFormat.TEXT] * len(row))
        fields = [b"\\N" if field is None else _escape(bytes(field)) for field in dumped]
        lines.append(b"\t".join(fields) + b"\n")
    return b"".join(lines)


def _escape(field: bytes) -> bytes:
    return field.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\t", b"\\t").replace(b"\r", b"\\r")


if __name__ == "__main__":
    database, how, amount = sys.argv[1:4]
    if how == "copy":
        print(_copy(database, int(amount)))
    else:
        print(asyncio.run(_insert(database, float(amount), int(sys.argv[4]))))
