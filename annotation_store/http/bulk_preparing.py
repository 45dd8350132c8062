"""Lines of a bulk request → rows for COPY, faults, operations that need the database. Runs in processes of its own.

It takes more than PostgreSQL's share. Each step is done for many lines before the next step begins: done line by line
the steps take a third longer, as their code drives each other's out of the processor's caches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from annotation_store.bulk_operations import Change, Creation, Operation, Removal, parse_operation
from annotation_store.bulk_repository import CreationBatch
from annotation_store.copy_rows import format_copy_row, format_target_rows
from annotation_store.creation import CreationPolicy
from annotation_store.documents import DocumentLimits, JsonObject
from annotation_store.errors import AnnotationStoreError
from annotation_store.extraction import IndexEntry
from annotation_store.http.problems import problem_of
from annotation_store.index_row import mentioned_iris
from annotation_store.naming import new_name
from annotation_store.records import Draft
from annotation_store.usual_extraction import extract
from annotation_store.validation import AnnotationValidator, require_valid

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")

_Row = tuple[str, str, set[str]]
"""The row of an annotation, those of its targets, and the IRIs that they mention."""
_AT_ONCE = 200
"""Lines whose documents still fit into the caches from one step to the next."""

Fault = Mapping[str, Any]
"""status, type, detail and errors, as a report has them."""


@dataclass(frozen=True, slots=True)
class LineTask:
    """Lines with their numbers; `limits` are those of one annotation."""

    lines: Sequence[tuple[int, bytes]]
    policy: CreationPolicy
    moment: datetime
    limits: DocumentLimits


@dataclass(slots=True)
class PreparedLines:
    """`names` are those of the new annotations by line; `others` are to be done one by one."""

    names: dict[int, str] = field(default_factory=dict)
    faults: dict[int, Fault] = field(default_factory=dict)
    others: list[tuple[int, Change | Removal]] = field(default_factory=list)
    batch: CreationBatch = field(default_factory=lambda: CreationBatch(b"", b"", 0, ()))


def prepare_lines(task: LineTask) -> PreparedLines:
    """Never fails: what is wrong with a line is told as its fault."""
    prepared = PreparedLines()
    rows: list[_Row] = []
    for start in range(0, len(task.lines), _AT_ONCE):
        creations = _sort_out(task, task.lines[start : start + _AT_ONCE], prepared)
        rows += _make_rows(_Steps(task, prepared.faults), creations, prepared.names)
    prepared.faults = dict(sorted(prepared.faults.items()))  # steps find them in another order
    prepared.batch = CreationBatch(
        "".join([row for row, _, _ in rows]).encode(),
        "".join([targets for _, targets, _ in rows]).encode(),
        len(rows),
        set().union(*[iris for _, _, iris in rows]),
    )
    return prepared


def _sort_out(
    task: LineTask, lines: Sequence[tuple[int, bytes]], prepared: PreparedLines
) -> list[tuple[int, Creation]]:
    """The creations; other operations are put with the others."""
    creations: list[tuple[int, Creation]] = []
    for number, operation in _Steps(task, prepared.faults).valid_operations(lines):
        if isinstance(operation, Creation):
            creations.append((number, operation))
        else:
            prepared.others.append((number, operation))
    return creations


def _make_rows(steps: _Steps, creations: Iterable[tuple[int, Creation]], names: dict[int, str]) -> list[_Row]:
    """The rows of what is created; their names are put in `names`."""
    entries = steps.entries(creations)
    chosen = {number: new_name() for number, _ in entries}
    rows = steps.rows(entries, chosen)
    names.update({number: chosen[number] for number, _ in rows})
    return [row for _, row in rows]


@dataclass(frozen=True, slots=True)
class _Steps:
    """Each takes numbered things, and leaves out those at which it fails, whose faults it notes."""

    task: LineTask
    faults: dict[int, Fault]

    def valid_operations(self, lines: Sequence[tuple[int, bytes]]) -> list[tuple[int, Operation]]:
        limits, validator = self.task.limits, _validator()

        def check(operation: Operation) -> Operation:
            if not isinstance(operation, Removal):
                require_valid(operation.document, validator)
            return operation

        return self._each(self._each(lines, lambda line: parse_operation(line, limits)), check)

    def entries(self, creations: Iterable[tuple[int, Creation]]) -> list[tuple[int, tuple[Draft, IndexEntry]]]:
        policy, moment = self.task.policy, self.task.moment

        def index(made: tuple[Draft, JsonObject]) -> tuple[Draft, IndexEntry]:
            return made[0], extract(made[1])

        return self._each(self._each(creations, lambda made: policy.draft(made.document, moment)), index)

    def rows(
        self, entries: Iterable[tuple[int, tuple[Draft, IndexEntry]]], names: Mapping[int, str]
    ) -> list[tuple[int, _Row]]:
        def format_rows(given: tuple[int, Draft, IndexEntry]) -> _Row:
            number, draft, entry = given
            row = format_copy_row(number, names[number], draft, entry)
            return row, format_target_rows(number, entry.targets), mentioned_iris(entry)

        return self._each(((number, (number, *entry)) for number, entry in entries), format_rows)

    def _each(self, given: Iterable[tuple[int, _Given]], work: Callable[[_Given], _Made]) -> list[tuple[int, _Made]]:
        made: list[tuple[int, _Made]] = []
        for number, item in given:
            try:
                made.append((number, work(item)))
            except Exception as exc:  # every one is told in the report
                self.faults[number] = fault_of(exc)
        return made


def fault_of(exc: Exception) -> Fault:
    """What a report says of it; faults of ours leave no more than a constant text."""
    problem = problem_of(exc)
    fault: dict[str, Any] = {
        "status": problem.status,
        "type": f"urn:pigture:problem:{problem.type}",
        "detail": problem.detail,
    }
    pointer = getattr(exc, "pointer", None)
    if isinstance(exc, AnnotationStoreError) and pointer is not None:
        fault["errors"] = [{"pointer": pointer, "rule": exc.detail}]
    return {**fault, **problem.extensions}


@cache
def _validator() -> AnnotationValidator:
    return AnnotationValidator.load()
