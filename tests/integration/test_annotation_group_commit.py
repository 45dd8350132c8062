"""Creations that share a statement: each gets its own annotation, and what is wrong with one harms no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from annotation_store.database import MAX_WAITING, WAIT_TIMEOUT_S
from annotation_store.extraction import TargetEntry
from annotation_store.geometry import Region, TimeSpan
from annotation_store.group_commit import MAX_TOGETHER, MAX_WRITERS, SLOW_S, WRITERS
from annotation_store.records import AnnotationRecord, ContainerRecord, ContainerWish
from annotation_store.store_errors import DeletedContainerError, NameTakenError, StoreUnavailableError
from tests.fixtures.repositories import CANVAS, NOW, Ask, Body, Store, draft, entry

pytestmark = pytest.mark.integration


def made_of(results: list[Any]) -> list[AnnotationRecord]:
    assert all(isinstance(result, AnnotationRecord) for result in results), results
    return results


def test_those_that_come_at_once_are_each_their_own(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    """Documents, words, tags, targets in any number, aliases, and counts of two containers."""
    count = 3 * MAX_TOGETHER + 5

    def targets(number: int) -> tuple[TargetEntry, ...]:
        found = [TargetEntry(f"{CANVAS}/{number}", CANVAS, (), Region((number, 2, number + 3, 4)))]
        found += [TargetEntry(f"{CANVAS}/{number}/{n}", f"{CANVAS}/{number}/{n}") for n in range(number % 3)]
        return (*found, TargetEntry(CANVAS, CANVAS, (), None, TimeSpan(number, number + 1)))

    async def body(store: Store) -> None:
        containers = [await store.default(), await store.containers.create("other", ContainerWish({}), "anna")]

        async def create(number: int) -> AnnotationRecord:
            text = f'{{"n":{number},"q":"\\\\ \\" {{}},"}}'
            made = draft(text, editor=f"anna {number}", aliases=(f"urn:{number}", f'urn:"{number}"')[: number % 3])
            tags = (f'tag "{number}"', "\\")[: number % 3]
            found = entry(f"word{number}", *targets(number), tags=tags)
            return await store.annotations.create(containers[number % 2], made, found)

        made = made_of(await asyncio.gather(*map(create, range(count))))
        for number, annotation in enumerate(made):
            assert await store.annotations.read(containers[number % 2], annotation.name) == annotation
            assert annotation.document.startswith(f'{{"n":{number},')
        counted = [await store.containers.read(container.name) for container in containers]
        assert [(record.total, record.changes) for record in counted] == [(-(-count // 2),) * 2, (count // 2,) * 2]

    run_store(body)
    assert ask_store("select count(distinct changed) from annotations.annotation") == [(-(-count // MAX_TOGETHER),)]
    rows = ask_store("select id, (document::json ->> 'n')::integer, words::text, tags from annotations.annotation")
    assert len(rows) == count
    for number, n, words, tags in rows:
        assert words == f"'word{n}':1"
        assert tags == [f'tag "{n}"', "\\"][: n % 3]
        aimed = ask_store(
            "select i.value, t.time::text from annotations.target t join annotations.iri i on i.id = t.source "
            "where t.annotation = %s order by t.position",
            number,
        )
        assert [value for value, _ in aimed] == [target.source for target in targets(n)]
        assert aimed[-1][1] == f"[{n},{n + 1})"
        aliases = ask_store("select value from annotations.alias where annotation = %s order by value desc", number)
        assert [value for (value,) in aliases] == [f"urn:{n}", f'urn:"{n}"'][: n % 3]


def test_what_is_wrong_with_one_is_told_to_that_one(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    """Words that PostgreSQL cannot keep, a character that it does not know, and a container that is gone."""

    async def body(store: Store) -> None:
        default = await store.default()
        gone = await store.containers.create("gone", ContainerWish({}), "anna")
        await store.containers.delete(gone)
        wishes: list[tuple[ContainerRecord, Any]] = [
            (default, draft(str(number))) if number % 5 else (gone, draft("gone")) for number in range(40)
        ]
        wishes[7] = (default, draft("\0"))
        wishes[8] = (default, draft("\ud800"))
        creating = [store.annotations.create(container, wish, entry()) for container, wish in wishes]
        results = await asyncio.gather(*creating, return_exceptions=True)
        for number, result in enumerate(results):
            if number in (7, 8):
                assert isinstance(result, psycopg.DataError | TypeError)
            elif number % 5 == 0:
                assert isinstance(result, DeletedContainerError)
            else:
                assert isinstance(result, AnnotationRecord)
                assert result.document == str(number)

    run_store(body)
    assert ask_store("select count(*) from annotations.annotation") == [(30,)]


def test_of_several_that_want_one_name_one_has_it(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        creating = [store.annotations.create(default, draft(str(n)), entry(), "лист") for n in range(20)]
        names = [annotation.name for annotation in made_of(await asyncio.gather(*creating))]
        assert names.count("лист") == 1
        assert len(set(names)) == 20
        named = [store.annotations.create_named(default, draft(), entry(), f"n{n % 4}") for n in range(20)]
        results = await asyncio.gather(*named, return_exceptions=True)
        assert sum(isinstance(result, NameTakenError) for result in results) == 16

    run_store(body)
    assert ask_store("select count(*) from annotations.annotation") == [(24,)]
    assert ask_store("select sum(total) from annotations.tally") == [(24,)]


def test_the_first_of_those_with_one_alias_has_it(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        creating = [store.annotations.create(default, draft(aliases=("urn:x",)), entry()) for _ in range(20)]
        made_of(await asyncio.gather(*creating))

    run_store(body)
    assert ask_store("select count(*) from annotations.annotation") == [(20,)]
    assert ask_store("select value from annotations.alias") == [("urn:x",)]


def test_where_postgresql_is_gone_all_are_told_and_the_next_are_written(
    run_store: Callable[[Body], None], ask_store: Ask
) -> None:
    """Each of the connections is cut while a statement of many creations waits for a lock."""

    async def body(store: Store) -> None:
        default = await store.default()
        url = store.url
        async with await psycopg.AsyncConnection.connect(url) as other:
            await other.execute("lock table annotations.annotation in exclusive mode")
            creating = [asyncio.ensure_future(store.annotations.create(default, draft(), entry())) for _ in range(30)]
            await asyncio.sleep(0.3)
            await other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where pid <> pg_backend_pid() and datname = current_database()"
            )
            await asyncio.sleep(0.3)
            await other.rollback()
        results = await asyncio.gather(*creating, return_exceptions=True)
        cut = [result for result in results if isinstance(result, StoreUnavailableError)]
        assert cut
        made_of([result for result in results if result not in cut])
        for left in reversed(range(5)):  # the pool may hand out what was cut, until it has noticed
            try:
                await store.annotations.create(default, draft('{"after":1}'), entry())
                break
            except StoreUnavailableError:
                assert left
        assert (await store.default()).total == 31 - len(cut)

    run_store(body)


def test_a_client_that_leaves_takes_nobody_along(run_store: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        creating = [
            asyncio.ensure_future(store.annotations.create(default, draft(str(n)), entry())) for n in range(9)
        ]
        await asyncio.sleep(0)
        creating[4].cancel()
        results = await asyncio.gather(*creating, return_exceptions=True)
        assert isinstance(results[4], asyncio.CancelledError)
        made_of([*results[:4], *results[5:]])

    run_store(body)


def test_nobody_waits_behind_what_waits_for_a_lock(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    """Two statements wait for somebody who has written the same names and is not done yet; others are written."""

    async def body(store: Store) -> None:
        default = await store.default()
        async with await psycopg.AsyncConnection.connect(store.url) as other:
            for name in ("a", "b"):
                await other.execute(
                    "insert into annotations.annotation (container, name, state, creator, editor, action, document) "
                    "values (%s, %s, 'accepted', 'o', 'o', 'create', '{}')",
                    (default.id, name),
                )
            stuck = []
            for name in ("a", "b"):
                stuck.append(asyncio.ensure_future(store.annotations.create(default, draft(), entry(), name)))
                await asyncio.sleep(0.02)
            async with asyncio.timeout(WAIT_TIMEOUT_S):
                made_of(
                    await asyncio.gather(*[store.annotations.create(default, draft(), entry()) for _ in range(5)])
                )
            assert not any(creation.done() for creation in stuck)
            await other.commit()
        assert {annotation.name for annotation in made_of(await asyncio.gather(*stuck))}.isdisjoint({"a", "b"})

    run_store(body)


def test_who_waits_for_too_long_is_told(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    """All writers stand still; those behind them hear of it, as many as there are."""

    async def body(store: Store) -> None:
        default = await store.default()
        async with await psycopg.AsyncConnection.connect(store.url) as other:
            await other.execute("lock table annotations.annotation in exclusive mode")
            creating = []
            for _ in range(3 * MAX_WRITERS):
                creating.append(asyncio.ensure_future(store.annotations.create(default, draft(), entry())))
                await asyncio.sleep(SLOW_S / WRITERS)
            too_many = [
                asyncio.ensure_future(store.annotations.create(default, draft(), entry())) for _ in range(MAX_WAITING)
            ]
            await asyncio.sleep(0.2)
            assert too_many[-1].done()
            done, _ = await asyncio.wait([*creating, *too_many], timeout=WAIT_TIMEOUT_S + 1)
            assert len(done) >= MAX_WAITING
            assert all(isinstance(creation.exception(), StoreUnavailableError) for creation in done)
            await other.rollback()
        await asyncio.gather(*creating, *too_many, return_exceptions=True)
        assert (await store.default()).total == len(creating) + len(too_many) - len(done)

    run_store(body)


def test_long_transactions_count_apart_from_creations(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    """Else a creation whose connection has the same part would wait for a bulk load to its end."""

    async def body(store: Store) -> None:
        default = await store.default()
        made = await store.annotations.create(default, draft(), entry())
        async with store.database.connection() as connection, connection.transaction():
            changed = await store.annotations.update(default, made, draft("{}"), entry(), connection)
            await store.annotations.delete(default, changed, "anna", NOW, connection)

    run_store(body)
    assert ask_store("select part < 16, total, changes from annotations.tally order by part") == [
        (True, 1, 1),
        (False, -1, 2),
    ]
