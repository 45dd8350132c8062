"""What commands print: tables and lines for people, tab-separated values elsewhere, or one JSON object per line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP = 3  # characters between columns of a table

JsonObject = Mapping[str, Any]


def print_object(console: Console, value: JsonObject) -> None:
    """One line of JSON, at once: whoever reads it may be waiting."""
    print_line(console, json_line(value))


def json_line(value: JsonObject) -> str:
    """The object as JSON without line breaks."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def print_line(console: Console, line: str) -> None:
    """A line as it is: neither wrapped nor coloured."""
    console.file.write(line + "\n")
    console.file.flush()


def print_rows(console: Console, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table on a terminal; elsewhere full values with tabs between them, and no titles."""
    if not console.is_terminal:
        for row in rows:
            print_line(console, "\t".join(row))
        return
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    cells = [[Text(cell) for cell in row] for row in rows]
    wanted = [max(len(title), *(row[n].cell_len for row in cells), 0) for n, title in enumerate(titles)]
    for title, width in zip(titles, fitted(wanted, console.width - GAP * len(titles)), strict=True):
        table.add_column(title, overflow="ellipsis", no_wrap=True, width=width)
    for texts in cells:
        table.add_row(*texts)
    console.print(table)


def fitted(wanted: Sequence[int], available: int) -> list[int]:
    """The widths of columns, the widest cut down as far as is needed; each keeps at least one character."""
    widths = list(wanted)
    while sum(widths) > available and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def print_facts(console: Console, facts: Iterable[tuple[str, str]]) -> None:
    """A name and a value per line; facts without a value are left out."""
    known = [(name, value) for name, value in facts if value]
    if not console.is_terminal:
        for name, value in known:
            print_line(console, f"{name}\t{value}")
        return
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in known:
        table.add_row(name, Text(value))
    console.print(table)


def complain(sentence: str) -> None:
    """Says what went wrong, on standard error."""
    sys.stderr.write(sentence.rstrip() + "\n")
    sys.stderr.flush()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
