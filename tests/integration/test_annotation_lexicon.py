"""The lexicon has every word of the index over words, whoever wrote it and however it came there."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
import pytest

from annotation_store.database import Database
from annotation_store.interning import Interner
from annotation_store.lexicon import Lexicon
from annotation_store.reindexing import Reindexer
from tests.fixtures.annotations import AnnotationSite

pytestmark = pytest.mark.integration


@pytest.fixture
def sql(annotation_site: AnnotationSite) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(annotation_site.database_url, autocommit=True) as connection:
        yield connection


def new_word() -> str:
    return f"w{uuid.uuid4().hex}x"


def said(word: str) -> dict[str, Any]:
    return AnnotationSite.annotation(body={"type": "TextualBody", "value": f"{word} and leaves"})


def knows(sql: psycopg.Connection[Any], word: str) -> bool:
    return bool(sql.execute("SELECT FROM annotations.lexeme WHERE word = %s", (word,)).fetchall())


def eventually(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def run(url: str, work: Callable[[Database], Awaitable[object]]) -> None:
    async def within() -> None:
        database = Database(url)
        await database.open()
        try:
            await work(database)
        finally:
            await database.close()

    asyncio.run(within())


def complete_at(url: str, times: int = 1) -> None:
    async def work(database: Database) -> None:
        await asyncio.gather(*(Lexicon(database).complete() for _ in range(times)))

    run(url, work)


def complete(site: AnnotationSite, times: int = 1) -> None:
    complete_at(site.database_url, times)


def found(site: AnnotationSite, container: str, text: str) -> int:
    answer = site.get(f"{container}/?text={text}")
    assert answer.status_code == 200, answer.text
    return len(answer.json()["items"])


def test_a_running_store_learns_what_is_written(
    annotation_site: AnnotationSite, sql: psycopg.Connection[Any]
) -> None:
    first, second = new_word(), new_word()
    made = annotation_site.made(document=said(first))
    eventually(lambda: knows(sql, first))
    changed = annotation_site.request(
        "PUT", made.headers["location"], json=said(second), if_match=made.headers["etag"]
    )
    assert changed.status_code == 200
    eventually(lambda: knows(sql, second))


def test_what_is_new_is_found_by_its_beginning_at_once(annotation_site: AnnotationSite) -> None:
    container = annotation_site.container()
    for _ in range(3):
        word = new_word()
        annotation_site.made(container, said(word))
        assert found(annotation_site, container, f"{word[:20]}*") == 1


def test_words_are_counted_once_however_many_do_it_at_a_time(
    annotation_site: AnnotationSite, sql: psycopg.Connection[Any]
) -> None:
    word = new_word()
    for _ in range(3):
        annotation_site.made(document=said(word))
    complete(annotation_site, times=5)
    assert sql.execute("SELECT rows FROM annotations.lexeme WHERE word = %s", (word,)).fetchall() == [(3,)]


def test_it_is_complete_until_the_oldest_transaction_that_still_runs(
    annotation_site: AnnotationSite, sql: psycopg.Connection[Any]
) -> None:
    word = new_word()
    with psycopg.connect(annotation_site.database_url) as slow:
        row = slow.execute("SELECT pg_current_xact_id()::text").fetchone()
        assert row is not None
        annotation_site.made(document=said(word))
        complete(annotation_site)
        (until,) = sql.execute("SELECT complete_until::text::bigint FROM annotations.lexicon").fetchone() or (0,)
        assert 0 < until <= int(row[0])
    complete(annotation_site)
    assert sql.execute("SELECT rows FROM annotations.lexeme WHERE word = %s", (word,)).fetchall() == [(1,)]


def test_a_purge_leaves_no_word(annotation_site: AnnotationSite, sql: psycopg.Connection[Any]) -> None:
    word, other = new_word(), new_word()
    made = annotation_site.made(document=said(word))
    annotation_site.made(document=said(other))
    complete(annotation_site)
    assert knows(sql, word)
    purged = annotation_site.request("DELETE", f"{made.headers['location']}/versions", token="admin")
    assert purged.status_code == 204, purged.text
    assert not knows(sql, word)
    complete(annotation_site)
    assert knows(sql, other)
    assert not knows(sql, word)


def test_words_that_come_by_a_new_index_are_learned(
    annotation_site: AnnotationSite, sql: psycopg.Connection[Any]
) -> None:
    container, word = annotation_site.container(), new_word()
    annotation_site.made(container, said(word))
    complete(annotation_site)
    sql.execute("DELETE FROM annotations.lexeme WHERE word = %s", (word,))

    async def reindex(database: Database) -> None:
        await Reindexer(database, Interner()).run(container, lambda _: None)

    run(annotation_site.database_url, reindex)
    assert knows(sql, word)


def test_the_numbers_of_another_server_are_taken_for_none(
    annotation_site: AnnotationSite, sql: psycopg.Connection[Any]
) -> None:
    word = new_word()
    annotation_site.made(document=said(word))
    complete(annotation_site)
    sql.execute("DELETE FROM annotations.lexeme")
    sql.execute("UPDATE annotations.lexicon SET complete_until = '1000000000000'")
    complete(annotation_site)
    assert knows(sql, word)
    row = sql.execute("SELECT complete_until < '1000000000000' FROM annotations.lexicon").fetchone()
    assert row == (True,)


_KEPT = """
INSERT INTO annotations.annotation (container, name, state, creator, editor, action, document, words)
SELECT id, 'n', 'accepted', 'anna', 'anna', 'create', '{}', to_tsvector('simple', 'secret')
FROM annotations.container LIMIT 1
"""


def test_what_was_gathered_before_a_purge_is_thrown_away(store_url: str) -> None:
    lock = "SELECT FROM annotations.lexicon FOR UPDATE"
    waits = (
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%annotations.lexicon FOR UPDATE'"
    )
    with psycopg.connect(store_url, autocommit=True) as sql, psycopg.connect(store_url) as purging:
        sql.execute("INSERT INTO annotations.container (name, label, visibility) VALUES ('c', '{}', 'public')")
        sql.execute(_KEPT)
        purging.execute(lock)
        gathering = threading.Thread(target=complete_at, args=(store_url,))
        gathering.start()
        eventually(lambda: bool(sql.execute(waits).fetchall()))
        purging.execute("UPDATE annotations.annotation SET words = NULL")
        purging.execute("UPDATE annotations.lexicon SET complete_until = '0', purges = purges + 1")
        purging.commit()
        gathering.join()
        assert not knows(sql, "secret")
        complete_at(store_url)
        assert not knows(sql, "secret")
        assert sql.execute("SELECT complete_until > '0' FROM annotations.lexicon").fetchone() == (True,)


def test_where_nothing_is_new_nothing_is_written(store_url: str) -> None:
    written = "SELECT xmin::text, xmax::text FROM annotations.lexicon"  # a lock leaves its mark in xmax
    with psycopg.connect(store_url, autocommit=True) as sql:
        complete_at(store_url)
        before = sql.execute(written).fetchall()
        for _ in range(3):
            sql.execute("SELECT pg_current_xact_id()")  # others write elsewhere
            complete_at(store_url)
        assert sql.execute(written).fetchall() == before
