"""Tables on a terminal, full values elsewhere, JSON line by line."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

from rich.console import Console

from pigture.output import print_facts, print_object, print_rows

LONG = "x" * 300


def console(*, terminal: bool) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=terminal, width=60, color_system=None), out


def test_elsewhere_rows_are_full_values_with_tabs() -> None:
    target, out = console(terminal=False)
    print_rows(target, ("a", "b"), [(LONG, "[bold]2"), ("", "3")])
    assert out.getvalue() == f"{LONG}\t[bold]2\n\t3\n"


def test_on_a_terminal_rows_fit_and_brackets_are_no_markup() -> None:
    target, out = console(terminal=True)
    print_rows(target, ("a", "b"), [(LONG, "[bold]2")])
    assert "[bold]2" in out.getvalue()
    assert "…" in out.getvalue()
    assert all(len(line) <= 60 for line in out.getvalue().splitlines())


def test_facts_without_a_value_are_left_out() -> None:
    target, out = console(terminal=False)
    print_facts(target, [("one", "1"), ("none", "")])
    assert out.getvalue() == "one\t1\n"


def test_objects_are_one_line_each_with_letters_as_they_are() -> None:
    target, out = console(terminal=False)
    print_object(target, {"label": "Ёлка\nx", "when": datetime(2026, 1, 2, tzinfo=UTC), "roles": {"b", "a"}})
    assert out.getvalue().count("\n") == 1
    assert "Ёлка" in out.getvalue()
    assert json.loads(out.getvalue()) == {
        "label": "Ёлка\nx",
        "when": "2026-01-02T00:00:00+00:00",
        "roles": ["a", "b"],
    }
