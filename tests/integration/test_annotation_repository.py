"""Annotations and containers in a real PostgreSQL: what is written is there, and of two writers one wins."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import pytest
import shapely

from annotation_store.extraction import TargetEntry
from annotation_store.folding import STRIP
from annotation_store.geometry import Region, TimeSpan
from annotation_store.interning import Interner
from annotation_store.iris import digest_iri
from annotation_store.query import ReviewState
from annotation_store.records import ContainerWish, Visibility
from annotation_store.store_errors import (
    DeletedAnnotationError,
    DeletedContainerError,
    NameTakenError,
    StaleVersionError,
    UnknownAnnotationError,
    UnknownContainerError,
)
from config.access import NOBODY, Principal, Role
from tests.fixtures.repositories import CANVAS, NOW, Ask, Body, Store, draft, entry

pytestmark = pytest.mark.integration

ANNA = Principal("anna", frozenset({Role.ANNOTATE}))
CURATOR = Principal("curator", frozenset({Role.CURATE}))


def test_what_was_made_is_read_back(run_store: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        text = '{"b":"Ёлка \\u007f \U0001f33f","a":[1,2.50,null]}'
        made = await store.annotations.create(default, draft(text), entry())
        assert await store.annotations.read(default, made.name) == made
        assert (made.document, made.version, made.creator, made.created) == (text, 1, "anna", NOW)
        counted = await store.default()
        assert (counted.total, counted.changes) == (1, 1)
        with pytest.raises(UnknownAnnotationError):
            await store.annotations.read(default, "nothing")

    run_store(body)


def test_the_index_holds_words_tags_shapes_and_times(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    triangle = shapely.Polygon([(10, 20), (30, 20), (30, 40)])
    manifest = "https://example.org/manifest"

    async def body(store: Store) -> None:
        default = await store.default()
        await store.annotations.create(default, draft(), entry("other", TargetEntry("https://x.example/", CANVAS)))
        targets = (
            TargetEntry(CANVAS, f"{CANVAS}#xywh=10,20,20,20", (manifest,), Region((10, 20, 30, 40), triangle)),
            TargetEntry(CANVAS, CANVAS, (), None, TimeSpan(1.5, None)),
        )
        long = "т" * 5000
        await store.annotations.create(
            default, draft(), entry("Жёлтые листья and leaves", *targets, tags=('a "b" \\ {c},', long))
        )

    run_store(body)
    [(words, tags, within)] = ask_store("select words::text, tags, within from annotations.annotation where id = 2")
    assert all(f"'{stem}'" in words for stem in ("желт", "лист", "leav"))
    assert tags == ['a "b" \\ {c},', "т" * 600]
    numbers = dict(ask_store("select value, id from annotations.iri"))
    assert within == [numbers[manifest]]
    first, second = ask_store(
        "select source, iri, box::text, shape, time::text from annotations.target where annotation = 2"
    )
    x = numbers[CANVAS] * STRIP
    assert first[:3] == (numbers[CANVAS], digest_iri(f"{CANVAS}#xywh=10,20,20,20"), f"({x + 30},40),({x + 10},20)")
    assert shapely.from_wkb(first[3]).equals(triangle)
    assert second == (numbers[CANVAS], None, None, None, "[1.5,)")


def test_whatever_is_extracted_can_be_indexed(run_store: Callable[[Body], None]) -> None:
    far = Region((-1e300, float("-inf"), float("inf"), 1e300))
    targets = [TargetEntry(f"{CANVAS}/{n}", CANVAS, (), far, TimeSpan(1e300, 1e301)) for n in range(3000)]
    odd = TargetEntry("x" * 100_000, "\U0001f33f" * 3000, ('"', "\\", "{,}"), far, TimeSpan(2, 1))
    words = " ".join(f"слово{n}" for n in range(40_000)) + "ё" * 5000
    tags = tuple("\U0001f33f" * 700 + str(n) for n in range(500))

    async def body(store: Store) -> None:
        default = await store.default()
        made = await store.annotations.create(default, draft(), entry(words, *targets, odd, tags=tags))
        changed = await store.annotations.update(default, made, draft(), entry(words, odd, tags=tags))
        assert changed.version == 2
        aliased = await store.annotations.create(default, draft(aliases=("a" * 100_000,)), entry())
        assert aliased.version == 1

    run_store(body)


def test_every_version_is_kept(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        first = await store.annotations.create(default, draft("1"), entry("one"))
        second = await store.annotations.update(default, first, draft("2", editor="boris"), entry("two"))
        assert second == await store.annotations.read(default, first.name)
        assert (second.version, second.creator, second.document) == (2, "anna", "2")
        with pytest.raises(StaleVersionError):
            await store.annotations.update(default, first, draft("3"), entry())
        await store.annotations.delete(default, second, "curator", NOW)
        with pytest.raises(DeletedAnnotationError):
            await store.annotations.read(default, first.name)
        with pytest.raises(StaleVersionError):
            await store.annotations.delete(default, second, "curator", NOW)
        counted = await store.default()
        assert (counted.total, counted.changes) == (0, 3)

    run_store(body)
    kept = ask_store("select number, document, editor, action from annotations.version order by number")
    assert kept == [(1, "1", "anna", "create"), (2, "2", "boris", "update")]
    now = ask_store("select version, editor, action, deleted is not null, words from annotations.annotation")
    assert now == [(3, "curator", "delete", True, None)]
    assert ask_store("select count(*) from annotations.target") == [(0,)]


def test_names_are_never_used_again(run_store: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        first = await store.annotations.create(default, draft(), entry(), "лист")
        assert first.name == "лист"
        assert (await store.annotations.create(default, draft(), entry(), "лист")).name not in ("лист", "")
        with pytest.raises(NameTakenError):
            await store.annotations.create_named(default, draft(), entry(), "лист")
        await store.annotations.delete(default, first, "anna", NOW)
        assert (await store.annotations.create(default, draft(), entry(), "лист")).name != "лист"
        with pytest.raises(DeletedAnnotationError):
            await store.annotations.create_named(default, draft(), entry(), "лист")
        named = await store.annotations.create_named(default, draft(), entry(), "other")
        assert named.name == "other"

    run_store(body)


def test_pages_are_stable_while_annotations_come_and_go(run_store: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        made = [await store.annotations.create(default, draft(str(n)), entry()) for n in range(7)]
        first = await store.annotations.list_page(default, NOBODY, 0, 3)
        assert [item.document for item in first.items] == ["0", "1", "2"]
        assert (first.prev_after, first.next_after) == (None, made[2].id)
        await store.annotations.delete(default, made[0], "anna", NOW)
        await store.annotations.create(default, draft("7"), entry())
        second = await store.annotations.list_page(default, NOBODY, made[2].id, 3)
        assert [item.document for item in second.items] == ["3", "4", "5"]
        assert second.prev_after == 0
        third = await store.annotations.list_page(default, NOBODY, made[5].id, 3)
        assert [item.document for item in third.items] == ["6", "7"]
        assert (third.prev_after, third.next_after) == (made[2].id, None)
        assert await store.annotations.last_page_after(default, NOBODY, 3) == made[4].id
        assert await store.annotations.last_page_after(default, NOBODY, 100) == 0

    run_store(body)


def test_drafts_are_listed_for_their_authors_and_curators(run_store: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        await store.annotations.create(default, draft(state=ReviewState.DRAFT), entry())
        seen = {
            viewer.name: len((await store.annotations.list_page(default, viewer, 0, 9)).items)
            for viewer in (NOBODY, ANNA, CURATOR, Principal("boris", frozenset({Role.ANNOTATE})))
        }
        assert seen == {None: 0, "anna": 1, "curator": 1, "boris": 0}

    run_store(body)


def test_containers_are_made_changed_and_deleted(run_store: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        wish = ContainerWish({"en": ["Leaves"]}, Visibility.PRIVATE, {"a": 1})
        made = await store.containers.create("leaves", wish, "anna")
        assert (made.name, made.label, made.owner, made.version) == ("leaves", {"en": ["Leaves"]}, "anna", 1)
        assert await store.containers.read("leaves") == made
        with pytest.raises(NameTakenError):
            await store.containers.create("leaves", wish, "anna")
        changed = await store.containers.update(made, ContainerWish({"ru": ["Листья"]}))
        assert (changed.label, changed.visibility, changed.version) == ({"ru": ["Листья"]}, Visibility.PUBLIC, 2)
        with pytest.raises(StaleVersionError):
            await store.containers.update(made, wish)
        await store.annotations.create(changed, draft(), entry())
        await store.containers.delete(await store.containers.read("leaves"))
        for again in (store.containers.read("leaves"), store.annotations.create(changed, draft(), entry())):
            with pytest.raises(DeletedContainerError):
                await again
        with pytest.raises(NameTakenError):
            await store.containers.create("leaves", wish, "anna")
        with pytest.raises(UnknownContainerError):
            await store.containers.read("nothing")

    run_store(body)


def test_a_viewer_sees_the_containers_that_are_meant_for_them(run_store: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        for name, visibility in (("mine", "private"), ("theirs", "private"), ("house", "restricted")):
            owner = "boris" if name == "theirs" else "anna"
            await store.containers.create(name, ContainerWish({}, Visibility(visibility)), owner)
        admin = Principal("admin", frozenset({Role.ADMINISTER}))
        seen = {
            viewer.name: [found.name for found in await store.containers.visible(viewer, 10)]
            for viewer in (NOBODY, ANNA, admin)
        }
        assert seen == {
            None: ["default"],
            "anna": ["default", "house", "mine"],
            "admin": ["default", "house", "mine", "theirs"],
        }
        assert [found.name for found in await store.containers.visible(ANNA, 1, "default")] == ["house"]

    run_store(body)


def test_of_many_racing_updates_exactly_one_wins(run_store: Callable[[Body], None], ask_store: Ask) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        for _ in range(5):
            made = await store.annotations.create(default, draft(), entry())
            racers = [store.annotations.update(default, made, draft(str(n)), entry()) for n in range(8)]
            racers += [store.annotations.delete(default, made, "anna", NOW)]  # type: ignore[list-item]  # no record comes back
            results = await asyncio.gather(*racers, return_exceptions=True)
            lost = [result for result in results if isinstance(result, StaleVersionError)]
            assert len(lost) == len(racers) - 1, results

    run_store(body)
    assert ask_store("select count(*), max(number) from annotations.version") == [(5, 1)]


def test_many_that_wish_for_one_name_all_get_one_of_their_own(run_store: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        default = await store.default()
        made = await asyncio.gather(
            *(store.annotations.create(default, draft(str(n)), entry(), "wish") for n in range(20))
        )
        names = {record.name for record in made}
        assert len(names) == 20
        assert "wish" in names
        assert (await store.default()).total == 20

    run_store(body)


def test_writers_of_the_same_new_iris_do_not_hinder_each_other(
    run_store: Callable[[Body], None], ask_store: Ask
) -> None:
    iris = [f"https://example.org/{n}" for n in range(50)]

    async def body(store: Store) -> None:
        async def intern(order: list[str]) -> dict[str, int]:
            async with store.database.connection() as connection:
                return await Interner().numbers(connection, order)

        found = await asyncio.gather(*(intern(iris[n:] + iris[:n]) for n in range(0, 50, 5)))
        assert all(numbers == found[0] for numbers in found)

    run_store(body)
    assert ask_store("select count(*) from annotations.iri") == [(50,)]


def test_the_connection_that_came_back_last_is_taken_first(run_store: Callable[[Body], None]) -> None:
    async def body(store: Store) -> None:
        async with contextlib.AsyncExitStack() as held:
            connections = [await held.enter_async_context(store.database.connection()) for _ in range(4)]
        used = set()
        for _ in range(8):
            async with store.database.connection() as connection:
                used.add(connection)
        assert len(used) == 1 < len(set(connections))

    run_store(body)
