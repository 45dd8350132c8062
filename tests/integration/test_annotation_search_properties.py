"""Random annotations and random queries: SQL finds what going through all of them in Python finds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation_store import lexemes, said_search, search_costs, search_windows
from annotation_store.container_repository import ContainerRepository
from annotation_store.cursor import Cursor
from annotation_store.database import Database
from annotation_store.date_ranges import DateRange
from annotation_store.documents import format_document
from annotation_store.extraction import IndexEntry, TargetEntry, extract_entry
from annotation_store.geometry import Region, TimeSpan
from annotation_store.interning import Interner
from annotation_store.migrate import migrate
from annotation_store.query import Query, ReviewState, parse_query
from annotation_store.records import ContainerWish, Draft, Visibility
from annotation_store.repository import AnnotationRepository
from annotation_store.search import SearchRepository
from annotation_store.search_plan import SearchScope
from annotation_store.text_query import Phrase, Prefix, TextTerm, Word
from config.access import NOBODY, Principal, Role
from pigture.engines import EmbeddedPostgres

pytestmark = pytest.mark.integration

CANVASES = [f"https://example.org/canvas/{n}" for n in range(4)]
MANIFESTS = [f"https://example.org/manifest/{n}" for n in range(2)]
WORDS = ["w1", "w2", "w3", "v12", "v123"]  # no stemming changes words with digits
MOTIVATIONS = ["commenting", "tagging", "describing"]
VIEWERS = [
    NOBODY,
    Principal("anna", frozenset({Role.ANNOTATE})),
    Principal("curator", frozenset({Role.CURATE})),
    Principal("admin", frozenset({Role.ADMINISTER})),
]
START = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 160
APART = 512
"""The numbers of two annotations are so far from one another: together they belong to twenty keys of the index, and
some lie where a key begins."""

# How what is said is looked for in a store of millions, tried on these few.
WALKS: Mapping[str, float] = {}
LITTLE = {"NEAR": 3, "_DENSE": 2 * APART}
WINDOWS = LITTLE | {"FEW": 0, "_FEW_IF_NONE": 0, "MAX_SPAN": 9000, "_STATEMENT_US": 0.0, "_WALKED_US": 1e9}
REACHES = [
    WALKS,
    LITTLE | {"_WALKED_US": 0.0, "_STATEMENT_US": 0.0},
    WINDOWS,
    WINDOWS | {"FEW": 9, "_STATEMENT_US": 1e9},
    WINDOWS | {"_FETCHED_US": 0.0, "_LISTED_US": 1e6, "_READ_US": 1e6},  # the index is asked for as little as can be
    WINDOWS | {"_FETCHED_US": 1e9},  # and for all
    WINDOWS | {"MAX_LEXEMES": 1},
    {"NEAR": 3, "FARTHER": 7, "_DENSE": 0},
]
# Of what the lexicon knows: nothing yet, all, all but the later half, and the numbers of another server.
LEXICONS = ["'0'", "pg_snapshot_xmin(pg_current_snapshot())", "{middle}", "'1000000000'"]


@dataclass(frozen=True)
class Kept:
    """An annotation as it was written."""

    id: int
    entry: IndexEntry
    created: datetime
    state: ReviewState
    creator: str
    container: str


def make_document(rng: random.Random, own: Sequence[str]) -> dict[str, Any]:
    targets = [make_target(rng) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
    document: dict[str, Any] = {
        "type": "Annotation",
        "motivation": rng.choice(MOTIVATIONS),
        "target": targets[0] if len(targets) == 1 else targets,
        "body": {"type": "TextualBody", "value": " ".join([*rng.choices(WORDS, k=rng.randrange(1, 5)), *own])},
        "creator": {"name": rng.choice(["anna", "boris"])},
    }
    if rng.random() < 0.3:
        document["body"] = {"type": rng.choice(["Image", "Video"]), "id": "https://example.org/x"}
    if rng.random() < 0.3:
        document["body"] = {"type": "TextualBody", "purpose": "tagging", "value": rng.choice(["Oak", "oak ", "Elm"])}
    return document


def make_target(rng: random.Random) -> Any:
    canvas = rng.choice(CANVASES)
    x, y, w, h = (10 * rng.randrange(4), 10 * rng.randrange(4), 10 * rng.randrange(3), 10 * rng.randrange(3))
    source: Any = canvas
    if rng.random() < 0.3:
        source = {"id": canvas, "type": "Canvas", "partOf": [{"id": rng.choice(MANIFESTS), "type": "Manifest"}]}
    match rng.randrange(6):
        case 0:
            return source
        case 1:
            return f"{canvas}#xywh={x},{y},{w},{h}"
        case 2:
            svg = f'<svg><polygon points="{x},{y} {x + w + 1},{y} {x},{y + h + 1}"/></svg>'
            return {"source": source, "selector": {"type": "SvgSelector", "value": svg}}
        case 3:
            return {"source": source, "selector": {"type": "FragmentSelector", "value": f"t={x},{x + w}"}}
        case 4:
            return {"source": source, "selector": {"type": "PointSelector", "x": x, "y": y}}
        case _:
            value = f"xywh=pixel:{x}.5,{y}.25,{w},{h}"
            return {"source": source, "selector": {"type": "FragmentSelector", "value": value}}


@dataclass(repr=False)
class Store:
    """Repositories on a loop of their own."""

    searches: SearchRepository
    kept: list[Kept]
    containers: dict[str, int]
    loop: asyncio.AbstractEventLoop
    connection: psycopg.Connection[Any]
    lexicon: str = ""

    def know(self, until: str) -> None:
        """Has the lexicon know what was written before that transaction, and nothing else."""
        if until != self.lexicon:
            self.lexicon = until
            middle = sorted(each.id for each in self.kept)[COUNT // 2]
            number = until.format(middle=f"(SELECT changed FROM annotations.annotation WHERE id = {middle})")  # noqa: S608
            known = "'0'" if "000" in until else number
            statements = f"""
DELETE FROM annotations.lexeme;
UPDATE annotations.lexicon SET complete_until = {number};
INSERT INTO annotations.lexeme (word, rows) SELECT w.lexeme, count(*)
FROM annotations.annotation a CROSS JOIN unnest(a.words) w WHERE a.changed < {known} GROUP BY 1"""  # noqa: S608
            self.connection.execute(statements.encode())

    def find(self, query: Query, scope: SearchScope, limit: int, *, turn: bool) -> list[int]:
        """All pages; with `turn` each page is also reached from behind."""
        found: list[int] = []
        cursor: Cursor | None = None
        before: list[int] = []
        while True:
            page = self.loop.run_until_complete(self.searches.find(query, scope, cursor, limit))
            ids = [item.id for item in page.items]
            assert page.start == len(found) or not ids
            if turn and page.prev is not None and before:
                back = self.loop.run_until_complete(self.searches.find(query, scope, page.prev, limit))
                assert [item.id for item in back.items] == before
            found += ids
            if page.next is None:
                return found
            cursor, before = page.next, ids


@pytest.fixture(scope="module")
def store(postgres_server: EmbeddedPostgres) -> Iterator[Store]:
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute("create database searched")
        url = postgres_server.url.replace("/pigture?", "/searched?")
        migrate(url)
        loop = asyncio.new_event_loop()
        database, interner = Database(url), Interner()
        kept, containers = loop.run_until_complete(_fill(database, interner))
        kept = [replace(each, id=each.id * APART) for each in kept]
        with psycopg.connect(url, autocommit=True) as beside:
            beside.execute("update annotations.annotation set id = id * %s", (APART,))
            beside.execute("update annotations.target set annotation = annotation * %s", (APART,))
            yield Store(SearchRepository(database, interner), kept, containers, loop, beside)
        loop.run_until_complete(database.close())
        loop.close()
        connection.execute("drop database searched with (force)")


async def _fill(database: Database, interner: Interner) -> tuple[list[Kept], dict[str, int]]:
    await database.open()
    repository, owners = AnnotationRepository(database, interner), ContainerRepository(database)
    records = [
        await owners.create(f"c-{visibility}", ContainerWish({"en": ["C"]}, visibility), "anna")
        for visibility in Visibility
    ]
    rng, kept = random.Random(7), []
    for number in range(COUNT):
        # Words that only one of them has, so that some come up late.
        own = [f"v1{number:03}"] if number % 4 == 0 else []
        document, record = make_document(rng, own), rng.choice(records)
        state, creator = rng.choice(list(ReviewState)), rng.choice(["anna", "boris"])
        moment = START + timedelta(hours=number)
        entry = extract_entry(document)
        draft = Draft(format_document(document).decode(), creator, moment, state)
        made = await repository.create(record, draft, entry)
        if number % 10 == 9:
            await repository.delete(record, made, creator, moment)
        else:
            kept.append(Kept(made.id, entry, moment, state, creator, record.name))
    return kept, {record.name: record.id for record in records}


_canvases = st.sampled_from([*CANVASES, "https://example.org/nothing", f"{CANVASES[0]}#xywh=1,2,3,4"])
# Few places, so that edges touch often.
_numbers = st.integers(0, 6).map(lambda n: 10 * n)
_sizes = st.integers(0, 2).map(lambda n: 10 * n)
_boxes = st.tuples(_numbers, _numbers, _sizes, _sizes)
_regions = st.one_of(
    _boxes.map(lambda b: ",".join(map(str, b))),
    _boxes.map(lambda b: f"POLYGON(({b[0]} {b[1]},{b[0] + b[2] + 1} {b[1]},{b[0]} {b[1] + b[3] + 1},{b[0]} {b[1]}))"),
)
_texts = st.sampled_from(["w1", "w2 w3", '"w1 w2"', "v1*", "v12", 'w* "v12 w1"', "zz"])
_parts = {
    "target": _canvases,
    "manifest": st.sampled_from(MANIFESTS),
    "region": _regions,
    "time": st.tuples(_numbers, _numbers).map(lambda t: f"{min(t)},{max(t)}"),
    "text": _texts,
    "creator": st.sampled_from(["anna", "boris", "nobody"]),
    "motivation": st.sampled_from(MOTIVATIONS),
    "tag": st.sampled_from(["OAK", "elm"]),
    "body_type": st.sampled_from(["Image", "TextualBody"]),
    "created": st.sampled_from(["2026-01-01", "2026-01-02T05:00Z/2026-01-04", "../2026-01-03", "2026"]),
    "modified": st.sampled_from(["2026-01-03/.."]),
    "state": st.sampled_from(list(ReviewState)),
}
_parameters = st.lists(
    st.sampled_from(list(_parts)).flatmap(lambda name: st.tuples(st.just(name), _parts[name])), max_size=4
)


@settings(max_examples=150, deadline=None, database=None)
@given(
    parameters=_parameters,
    canvas=st.sampled_from(CANVASES),
    viewer=st.sampled_from(VIEWERS),
    resource=st.one_of(st.none(), st.none(), st.sampled_from([*CANVASES, *MANIFESTS])),
    limit=st.sampled_from([1, 3, 200]),
)
def test_sql_finds_what_going_through_all_finds(
    store: Store,
    parameters: list[tuple[str, str]],
    canvas: str,
    viewer: Principal,
    resource: str | None,
    limit: int,
) -> None:
    if any(name == "region" for name, _ in parameters):
        parameters = [*parameters, ("target", canvas)]
    query = parse_query(parameters)
    visible = store.loop.run_until_complete(store.searches.visible_containers(viewer))
    scope = SearchScope(viewer, tuple(visible), resource)
    expected = [
        kept.id
        for kept in store.kept
        if kept.container in visible.values() and is_seen(kept, viewer) and is_meant(kept, query, resource)
    ]
    assert store.find(query, scope, limit, turn=limit == 3) == expected


_said = st.lists(
    st.sampled_from(["text", "text", "motivation", "tag", "creator", "body_type", "state"]).flatmap(
        lambda name: st.tuples(st.just(name), _parts[name])
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=300, deadline=None, database=None)
@given(
    parameters=_said,
    viewer=st.sampled_from(VIEWERS),
    everywhere=st.booleans(),
    limit=st.sampled_from([1, 3, 20, 200]),
    reach=st.sampled_from(REACHES),
    lexicon=st.sampled_from(LEXICONS),
)
def test_however_far_it_looks_at_a_time_it_finds_the_same(
    store: Store,
    parameters: list[tuple[str, str]],
    viewer: Principal,
    everywhere: bool,
    limit: int,
    reach: Mapping[str, float],
    lexicon: str,
) -> None:
    store.know(lexicon)
    query = parse_query(parameters)
    visible = store.loop.run_until_complete(store.searches.visible_containers(viewer))
    searched = dict(visible) if everywhere else dict(list(visible.items())[:1])
    expected = [
        kept.id
        for kept in store.kept
        if kept.container in searched.values() and is_seen(kept, viewer) and is_meant(kept, query, None)
    ]
    with ExitStack() as patches:
        for name, value in reach.items():
            for module in (said_search, search_windows, search_costs, lexemes):
                if hasattr(module, name):
                    patches.enter_context(patch.object(module, name, value))
        assert store.find(query, SearchScope(viewer, tuple(searched)), limit, turn=limit == 3) == expected


def is_seen(kept: Kept, viewer: Principal) -> bool:
    curates = bool(viewer.roles & {Role.CURATE, Role.ADMINISTER})
    return kept.state is not ReviewState.DRAFT or curates or kept.creator == viewer.name


def is_meant(kept: Kept, query: Query, resource: str | None) -> bool:
    entry, words = kept.entry, kept.entry.text.split()
    within = {iri for target in entry.targets for iri in target.part_of}
    aimed = bool(query.targets or query.regions or query.times)
    return all(
        (
            not aimed or any(target_is_meant(target, query) for target in entry.targets),
            resource is None or resource in within or any(target.source == resource for target in entry.targets),
            not query.manifests or bool(within & set(query.manifests)),
            not query.texts or any(all(holds(words, term) for term in text) for text in query.texts),
            not query.creators or bool(set(entry.creators) & set(query.creators)),
            not query.motivations or bool(set(entry.motivations) & set(query.motivations)),
            not query.tags or bool(set(entry.tag_keys) & set(query.tags)),
            not query.body_types or bool(set(entry.body_types) & set(query.body_types)),
            *(
                not ranges
                or any(is_within(kept.created, each) for each in ranges)
                for ranges in (query.created, query.modified)
            ),
            not query.states or kept.state in query.states,
        )
    )  # fmt: skip


def is_within(moment: datetime, span: DateRange) -> bool:
    return (span.start is None or span.start <= moment) and (span.end is None or moment < span.end)


def target_is_meant(target: TargetEntry, query: Query) -> bool:
    if query.targets and target.source not in query.targets and target.iri not in query.targets:
        return False
    if query.times and not any(target.time and spans_meet(target.time, span) for span in query.times):
        return False
    return not query.regions or any(target.region and regions_meet(target.region, each) for each in query.regions)


def holds(words: Sequence[str], term: TextTerm) -> bool:
    match term:
        case Word(text):
            return text in words
        case Prefix(text):
            return any(word.startswith(text) for word in words)
        case Phrase(parts):
            return any(tuple(words[n : n + len(parts)]) == parts for n in range(len(words)))


def spans_meet(one: TimeSpan, other: TimeSpan) -> bool:
    return lengths_meet(one.start_s, one.end_s, other.start_s, other.end_s)


def regions_meet(one: Region, other: Region) -> bool:
    if one.shape is None and other.shape is None:
        (a, b, c, d), (e, f, g, h) = one.box, other.box
        return boxes_meet(a, c, e, g) and boxes_meet(b, d, f, h)
    shapes = [each.shape if each.shape is not None else shapely.box(*each.box) for each in (one, other)]
    (a, b, c, d), (e, f, g, h) = one.box, other.box
    return boxes_meet(a, c, e, g) and boxes_meet(b, d, f, h) and bool(shapes[0].intersects(shapes[1]))


def boxes_meet(start: float, end: float, other_start: float, other_end: float) -> bool:
    if start == end or other_start == other_end:
        return start <= other_end and other_start <= end
    return start < other_end and other_start < end


def lengths_meet(start: float, end: float | None, other_start: float, other_end: float | None) -> bool:
    """Half-open, but for spans of no length, which are the moment itself."""
    first = end is None or other_start < end or (other_start == end == start)
    second = other_end is None or start < other_end or (start == other_end == other_start)
    return first and second
