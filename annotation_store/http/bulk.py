"""Many annotations in one request: NDJSON in, a report out (`docs/annotations.md`).

`mode=lines`: each batch is a transaction, and a line that fails harms no other. `mode=transaction`: all or nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from annotation_store.bulk_operations import Change, Removal
from annotation_store.creation import CreationPolicy
from annotation_store.database import Connection
from annotation_store.documents import format_document
from annotation_store.errors import AnnotationStoreError, MalformedQueryError
from annotation_store.extraction import extract_entry
from annotation_store.http.access import require_editor, require_visible
from annotation_store.http.addresses import ContainerPart, container_iri
from annotation_store.http.annotations import Annotations, now, require_same_id
from annotation_store.http.bulk_lines import Batch, iter_batches, read_pieces, spool
from annotation_store.http.bulk_preparing import LineTask, PreparedLines, fault_of
from annotation_store.http.bulk_report import MEDIA_TYPE, BulkReport
from annotation_store.http.conditions import annotation_tag, annotation_tags
from annotation_store.http.exchange import Answer, Exchange, StreamedAnswer
from annotation_store.http.headers import REVIEW_STATE
from annotation_store.http.import_bodies import open_lines
from annotation_store.http.service import StoreService
from annotation_store.names import format_segment
from annotation_store.negotiation import Format
from annotation_store.records import AnnotationRecord, ContainerRecord, Draft
from annotation_store.stamping import stamp_changed
from annotation_store.store_errors import StaleVersionError
from config.access import Principal
from config.problems import MEDIA_TYPE as PROBLEM
from config.problems import Problem

_MODES = ("lines", "transaction")
_WRITERS = 2
"""Transactions at once: while one waits for the disk, or is told of, PostgreSQL works on another."""

_Made = Mapping[str, int] | AnnotationStoreError
"""The numbers of new annotations by their names, or why there are none."""


class Bulks:
    """The endpoint."""

    def __init__(self, service: StoreService, annotations: Annotations) -> None:
        self._service = service
        self._annotations = annotations

    async def run(self, exchange: Exchange, address: ContainerPart) -> Answer | StreamedAnswer:
        """POST: 200 with the report; in a transaction 422 where a line failed and nothing was written."""
        container, principal = await self._annotations.begin_write(exchange, address.container)
        mode, canvas = _parse_query(exchange)
        policy = CreationPolicy.of(container, principal, exchange.header(REVIEW_STATE))
        run = _Run(self._service, container, principal, policy, container_iri(exchange.base_url, container.name))
        pieces = await open_lines(exchange, canvas, self._service.options.limits)
        report = BulkReport()
        try:
            if mode == "lines":
                await run.by_lines(pieces, report)
            else:
                await run.together(pieces, report)
        except _RefusedError:
            report.close()
            return _refusal(report)
        except BaseException:
            report.close()
            raise
        headers = {"content-type": MEDIA_TYPE, "cache-control": "no-store"}
        return StreamedAnswer(200, headers, report.pieces())


class _RefusedError(Exception):
    """A line of a transaction failed."""


@dataclass(frozen=True, slots=True)
class _Run:
    service: StoreService
    container: ContainerRecord
    principal: Principal
    policy: CreationPolicy
    iri: str

    async def by_lines(self, pieces: AsyncIterator[bytes], report: BulkReport) -> None:
        async with aclosing(self._prepared(pieces)) as batches, aclosing(self._written(batches)) as written:
            async for prepared, made in written:
                texts = {line: report.fault(line, fault) for line, fault in prepared.faults.items()}
                if isinstance(made, AnnotationStoreError):
                    texts |= {line: report.fault(line, fault_of(made)) for line in prepared.names}
                else:
                    texts |= self._created(prepared, made, report)
                for line, operation in prepared.others:
                    texts[line] = await self._tell(line, operation, report)
                report.write(texts)

    async def together(self, pieces: AsyncIterator[bytes], report: BulkReport) -> None:
        """Raises _RefusedError."""
        file = await spool(pieces)
        with file:
            async with (
                self.service.bulk.transaction(self.container) as connection,
                aclosing(self._prepared(read_pieces(file))) as batches,
            ):
                async for prepared in batches:
                    texts = {line: report.fault(line, fault) for line, fault in prepared.faults.items()}
                    if not texts:
                        numbers = await self.service.bulk.intern(prepared.batch)
                        made = await self._create(connection, prepared, numbers)
                        await self.service.bulk.clear(connection)
                        texts |= self._created(prepared, made, report)
                    for line, operation in prepared.others:
                        texts[line] = await self._tell(line, operation, report, connection)
                    report.write(texts)
                    if report.failed:
                        raise _RefusedError

    async def _prepared(self, pieces: AsyncIterator[bytes]) -> AsyncGenerator[PreparedLines, None]:
        """In order, and some batches ahead of the database."""
        pool = self.service.pool
        running: deque[asyncio.Task[PreparedLines]] = deque()
        first: Batch | None = None
        try:
            async for batch in iter_batches(pieces, self.service.options.limits.max_bytes):
                if first is None and not running:
                    first = batch  # whether there is more decides who prepares it
                    continue
                if first is not None:
                    running.append(asyncio.create_task(pool.prepare(self._task(first), alone=False)))
                    first = None
                running.append(asyncio.create_task(pool.prepare(self._task(batch), alone=False)))
                while len(running) > pool.width + 2:
                    yield await running.popleft()
            if first is not None:
                yield await pool.prepare(self._task(first), alone=True)
            while running:
                yield await running.popleft()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _written(
        self, batches: AsyncIterator[PreparedLines]
    ) -> AsyncGenerator[tuple[PreparedLines, _Made], None]:
        """In order, though several are written at once."""
        running: deque[tuple[PreparedLines, asyncio.Task[_Made]]] = deque()
        turn = asyncio.Event()
        turn.set()
        try:
            async for prepared in batches:
                staged = asyncio.Event()
                running.append((prepared, asyncio.create_task(self._write(prepared, turn, staged))))
                turn = staged
                if len(running) == _WRITERS:
                    first, task = running.popleft()
                    yield first, await task
            while running:
                first, task = running.popleft()
                yield first, await task
        finally:
            for _, task in running:
                task.cancel()
            await asyncio.gather(*[task for _, task in running], return_exceptions=True)

    async def _write(self, prepared: PreparedLines, turn: asyncio.Event, staged: asyncio.Event) -> _Made:
        """In a transaction, which takes numbers and aliases when it is its turn: they follow the order of lines."""
        try:
            numbers = await self.service.bulk.intern(prepared.batch)
            async with self.service.bulk.transaction(self.container) as connection:
                await turn.wait()
                return await self._create(connection, prepared, numbers, staged.set)
        except AnnotationStoreError as exc:
            return exc
        finally:
            staged.set()

    def _task(self, lines: Batch) -> LineTask:
        return LineTask(lines, self.policy, now(), self.service.options.limits)

    async def _create(
        self,
        connection: Connection,
        prepared: PreparedLines,
        numbers: Mapping[str, int],
        staged: Callable[[], None] | None = None,
    ) -> Mapping[str, int]:
        if not prepared.batch.count:
            return {}
        bulk, editor = self.service.bulk, str(self.principal.name)
        await bulk.stage(connection, self.container, prepared.batch)
        if staged is not None:
            staged()
        return await bulk.create(connection, self.container, numbers, editor, now())

    def _created(self, prepared: PreparedLines, numbers: Mapping[str, int], report: BulkReport) -> dict[int, str]:
        mark = Format.JSON_LD.mark
        tags = {line: (name, f"{numbers[name]}-1-{mark}") for line, name in prepared.names.items()}
        return report.created(self.iri, tags)

    async def _tell(
        self, line: int, operation: Change | Removal, report: BulkReport, connection: Connection | None = None
    ) -> str:
        iri = self.iri + format_segment(operation.name)
        try:
            after = await self._do(operation, iri, connection)
        except AnnotationStoreError as exc:
            return report.fault(line, fault_of(exc))
        if after is None:
            return report.done(line, "deleted", 204, iri, None)
        return report.done(line, "updated", 200, iri, annotation_tag(after, Format.JSON_LD))

    async def _do(
        self, operation: Change | Removal, iri: str, connection: Connection | None
    ) -> AnnotationRecord | None:
        annotations, editor, moment = self.service.annotations, str(self.principal.name), now()
        async with self._on(connection) as own:
            before = await annotations.read(self.container, operation.name, own)
            require_visible(before, self.principal)
            require_editor(before, self.principal)
            if operation.tag is not None and operation.tag not in annotation_tags(before):
                raise StaleVersionError(annotation_tag(before, Format.JSON_LD))
            if isinstance(operation, Removal):
                await annotations.delete(self.container, before, editor, moment, own)
                return None
            old = json.loads(before.document)
            require_same_id(operation.document, old, iri)
            stamped = stamp_changed(operation.document, old, moment)
            draft = Draft(format_document(stamped).decode(), editor, moment, before.state)
            return await annotations.update(self.container, before, draft, extract_entry(stamped), own)

    @asynccontextmanager
    async def _on(self, connection: Connection | None) -> AsyncIterator[Connection]:
        if connection is not None:
            yield connection
        else:
            async with self.service.database.connection() as own:
                yield own


def _refusal(report: BulkReport) -> Answer:
    detail = "A line failed, so that nothing was written."
    problem = Problem(422, "bulk-refused", "Bulk refused", detail, {"lines": report.faults})
    return Answer(422, {"content-type": PROBLEM, "cache-control": "no-store"}, problem.body())


def _parse_query(exchange: Exchange) -> tuple[str, str | None]:
    """Mode and canvas. Raises MalformedQueryError."""
    fields = exchange.query()
    values = dict(fields)
    unknown = next((name for name in values if name not in ("mode", "canvas")), None)
    if unknown is not None or len(values) < len(fields):
        raise MalformedQueryError(unknown or "mode", "Known here are mode and canvas, each once.")
    mode = values.get("mode", "lines")
    if mode not in _MODES:
        raise MalformedQueryError("mode", f"The mode is one of {', '.join(_MODES)}.")
    return mode, values.get("canvas")
