"""Lines of a bulk request → rows for COPY, faults, operations that need the database. Runs in processes of its own.

Parsing, validating, extracting and formatting take some 150 µs of one core a line: more than PostgreSQL's share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from annotation_store.bulk_operations import Change, Creation, Removal, parse_operation
from annotation_store.bulk_repository import CreationBatch
from annotation_store.copy_rows import format_copy_row
from annotation_store.creation import CreationPolicy
from annotation_store.documents import DocumentLimits
from annotation_store.errors import AnnotationStoreError
from annotation_store.extraction import extract_entry
from annotation_store.http.problems import problem_of
from annotation_store.index_row import mentioned_iris
from annotation_store.repository import new_name
from annotation_store.validation import AnnotationValidator, require_valid

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
    batch: CreationBatch = field(default_factory=lambda: CreationBatch(b"", 0, ()))


def prepare_lines(task: LineTask) -> PreparedLines:
    """Never fails: what is wrong with a line is told as its fault."""
    prepared = PreparedLines()
    rows: list[str] = []
    iris: set[str] = set()
    for number, line in task.lines:
        try:
            operation = parse_operation(line, task.limits)
            if not isinstance(operation, Removal):
                require_valid(operation.document, _validator())
            if isinstance(operation, Creation):
                name, row = _prepare(number, operation, task, iris)
                prepared.names[number] = name
                rows.append(row)
            else:
                prepared.others.append((number, operation))
        except Exception as exc:  # every one is told in the report
            prepared.faults[number] = fault_of(exc)
    prepared.batch = CreationBatch("".join(rows).encode(), len(rows), iris)
    return prepared


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


def _prepare(number: int, operation: Creation, task: LineTask, iris: set[str]) -> tuple[str, str]:
    draft, stamped = task.policy.draft(operation.document, task.moment)
    entry = extract_entry(stamped)
    name = new_name()
    row = format_copy_row(number, name, draft, entry)
    iris |= mentioned_iris(entry)
    return name, row


@cache
def _validator() -> AnnotationValidator:
    return AnnotationValidator.load()
