"""What is looked for → the SQL that finds it. PURE. Statements are put together of constants, values are parameters.

Targets are walked through in the order of their annotations, so that a page of a canvas ends after its last row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from annotation_store.array_literal import array_literal
from annotation_store.canvas_iris import unpin
from annotation_store.cursor import Cursor
from annotation_store.date_ranges import DateRange
from annotation_store.errors import MalformedQueryError
from annotation_store.folding import fold_box
from annotation_store.geometry import TimeSpan
from annotation_store.index_row import index_keys
from annotation_store.iris import digest_iri
from annotation_store.lexemes import look_up
from annotation_store.query import Query
from annotation_store.search_windows import KEY_BITS, Window
from annotation_store.text_plan import TextPlan, plan_texts
from config.access import Action, Principal

MAX_BOXES = 200
"""So many pairs of a canvas and a region may be looked for at once."""


@dataclass(frozen=True, slots=True)
class SearchScope:
    """What is searched: the containers with these numbers, as far as the viewer sees what is in them.

    `resource` narrows it to what lies on a canvas or within a manifest; `excluded` are motivations to leave out.
    """

    viewer: Principal
    containers: Sequence[int]
    resource: str | None = None
    excluded: tuple[str, ...] = ()


@dataclass(slots=True)
class SearchPlan:
    """A statement and its parameters. `boxed`: rows have a target's source, box and shape behind the rest.

    `said`: it is looked for by words, tags and the like, whose frequency together nobody knows beforehand.
    `containers` are the numbers of those that are searched.
    """

    boxed: bool = False
    said: bool = False
    texts: TextPlan | None = None
    containers: Sequence[int] = ()
    conditions: list[str] = field(default_factory=list)
    aimed: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    impossible: bool = False
    restriction: str = "TRUE"

    def value(self, value: Any) -> str:
        """The place of a new parameter."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"

    def page(
        self, cursor: Cursor | None, limit: int, window: Window | None = None, broad: Collection[str] = ()
    ) -> tuple[str, dict[str, Any]]:
        """The statement for `limit` rows behind the cursor, and the parameters; of what is said within a window."""
        step, order = _direction(cursor)
        parameters = {**self.parameters, "after": 0 if cursor is None else cursor.key, "limit": limit}
        conditions = [f"a.id {step} %(after)s", *self._conditions(broad)]
        if window is not None:
            conditions[0] = _WITHIN.format(step=step)
            parameters |= {"until": window.until, "keys": array_literal(window.keys())}
        if self.aimed:
            aimed = " AND ".join([*self.aimed, f"t.annotation {step} %(after)s"])
            template = _BOXED if self.boxed else _AIMED
            return template.format(aimed=aimed, conditions=" AND ".join(conditions), order=order), parameters
        template = _SAID if self.said else _PLAIN
        return template.format(conditions=" AND ".join(conditions), order=order), parameters

    def _conditions(self, broad: Collection[str] = ()) -> list[str]:
        return self.conditions if self.texts is None else [*self.conditions, *self.texts.conditions(broad)]

    def walk(self, cursor: Cursor | None, limit: int, near: int) -> tuple[str, dict[str, Any]]:
        """The statement for at most `limit` rows among the next `near` of the containers, and the parameters.

        Rows say first where the walk began and ended, how many there were, and the last number in the store. Where
        nothing is found there is one such row, with NULL behind.
        """
        step, order = _direction(cursor)
        after = 0 if cursor is None else cursor.key
        ends = "max(a.id), min(a.id)" if order == "DESC" else "min(a.id), max(a.id)"
        near_by = _NEAR.format(step=step, restriction=self.restriction, order=order)
        conditions = " AND ".join(self._conditions())
        statement = _WALK.format(ends=ends, near=near_by, conditions=conditions, order=order)
        return statement, {**self.parameters, "after": after, "limit": limit, "near": near}

    def look_up(self, texts: TextPlan) -> tuple[str, dict[str, Any]]:
        """The statement that tells what is known of the terms, and the parameters."""
        return look_up(texts), self.parameters | {"containers": array_literal(self.containers)}

    def spelled_out(self, texts: TextPlan, values: dict[str, str]) -> SearchPlan:
        """The same for these texts."""
        return replace(self, texts=texts, parameters=self.parameters | values)


_COLUMNS = "a.id, a.container, a.name, a.version, a.document"
_PLAIN = f"""SELECT {_COLUMNS} FROM annotations.annotation a
WHERE {{conditions}} ORDER BY a.id {{order}} LIMIT %(limit)s"""  # noqa: S608  put together of constants
# Materialised: PostgreSQL would rather walk on in the order of the page until it has enough, which takes long where
# that is rare.
_SAID = f"""WITH met AS MATERIALIZED (
SELECT a.id FROM annotations.annotation a WHERE {{conditions}} ORDER BY 1 {{order}}
)
SELECT {_COLUMNS} FROM met JOIN annotations.annotation a ON a.id = met.id
ORDER BY met.id {{order}} LIMIT %(limit)s"""  # noqa: S608  put together of constants
# With IS TRUE a condition is none for the index over ids: the window's keys are met in the one over words.
_WITHIN = f"""ARRAY[a.id >> {KEY_BITS}] && %(keys)s::bigint[]
AND (a.id {{step}} %(after)s) IS TRUE AND (a.id {{step}} %(until)s) IS FALSE"""
_NEAR = """SELECT * FROM annotations.annotation a WHERE a.id {step} %(after)s AND {restriction} AND a.deleted IS NULL
ORDER BY a.id {order} LIMIT %(near)s"""
_WALK = f"""SELECT w.*, f.* FROM (
SELECT {{ends}}, count(*), (SELECT max(id) FROM annotations.annotation) FROM ({{near}}) a
) w LEFT JOIN LATERAL (
SELECT {_COLUMNS} FROM ({{near}}) a WHERE {{conditions}} ORDER BY a.id {{order}} LIMIT %(limit)s
) f ON TRUE ORDER BY f.id {{order}}"""  # noqa: S608  put together of constants
_AIMED = f"""SELECT {_COLUMNS}
FROM (SELECT DISTINCT t.annotation FROM annotations.target t WHERE {{aimed}}) t
JOIN annotations.annotation a ON a.id = t.annotation
WHERE {{conditions}} ORDER BY t.annotation {{order}} LIMIT %(limit)s"""  # noqa: S608  put together of constants
# Materialised: PostgreSQL takes every box for as frequent as any other, and would rather walk through all targets in
# the order that is wanted. Sorted before the join: that ends with the page. Of the others the index alone is read.
_BOXED = f"""WITH met AS MATERIALIZED (
SELECT t.annotation, t.position FROM annotations.target t WHERE {{aimed}} ORDER BY 1 {{order}}
)
SELECT {_COLUMNS}, s.source, (s.box[1])[0], (s.box[1])[1], (s.box[0])[0], (s.box[0])[1], s.shape
FROM met t JOIN annotations.annotation a ON a.id = t.annotation
JOIN annotations.target s ON s.annotation = t.annotation AND s.position = t.position
WHERE {{conditions}} ORDER BY t.annotation {{order}} LIMIT %(limit)s"""  # noqa: S608  put together of constants


def _direction(cursor: Cursor | None) -> tuple[str, str]:
    return ("<", "DESC") if cursor is not None and cursor.backwards else (">", "ASC")


def mentioned_in_query(query: Query, scope: SearchScope) -> set[str]:
    """The IRIs whose numbers `plan_search` wants to know."""
    iris = {_resource(target) for target in query.targets} | {unpin(iri) for iri in query.manifests}
    return iris if scope.resource is None else iris | {unpin(scope.resource)}


def plan_search(query: Query, scope: SearchScope, numbers: Mapping[str, int]) -> SearchPlan | None:
    """None where nothing can be found, as an IRI is asked for that no annotation has. Raises MalformedQueryError."""
    if query.regions and not query.targets:
        raise MalformedQueryError("region", "A region lies on a canvas: say by target which one.")
    plan = SearchPlan(boxed=bool(query.regions))
    _restrict(plan, scope)
    _aim(plan, query, numbers)
    if scope.resource is not None:
        _within(plan, numbers.get(unpin(scope.resource)))
    if query.manifests:
        known = [numbers[iri] for iri in map(unpin, query.manifests) if iri in numbers]
        plan.impossible |= not known
        plan.conditions.append(f"a.within && {plan.value(array_literal(known))}::bigint[]")
    for column, keys in (
        ("creators", query.creators),
        ("motivations", query.motivations),
        ("tags", query.tags),
        ("body_types", query.body_types),
    ):
        if keys:
            plan.conditions.append(f"a.{column} && {plan.value(array_literal(index_keys(keys)))}::text[]")
    if scope.excluded:
        excluded = plan.value(array_literal(index_keys(scope.excluded)))
        plan.conditions.append(f"NOT a.motivations && {excluded}::text[]")
    if query.texts:
        plan.texts = plan_texts(query.texts, plan.value)
    for column, ranges in (("created", query.created), ("modified", query.modified)):
        if ranges:
            plan.conditions.append(_any(_moments(plan, column, each) for each in ranges))
    keyed = any((query.manifests, query.creators, query.motivations, query.tags, query.body_types))
    plan.said = (keyed or bool(query.texts)) and scope.resource is None
    if query.states:
        plan.conditions.append(f"a.state = ANY({plan.value(array_literal(query.states))}::text[])")
    return None if plan.impossible else plan


def _restrict(plan: SearchPlan, scope: SearchScope) -> None:
    plan.containers = containers = scope.containers
    plan.impossible |= not containers
    if len(containers) == 1:
        plan.restriction = f"a.container = {plan.value(containers[0])}"
    else:
        plan.restriction = f"a.container = ANY({plan.value(array_literal(containers))}::bigint[])"
    plan.conditions.append(plan.restriction)
    plan.conditions.append("a.deleted IS NULL")
    # A draft is seen by whoever made it, and by curators.
    if scope.viewer.name is None:
        plan.conditions.append("a.state <> 'draft'")
    elif not scope.viewer.may(Action.CURATE_ANNOTATIONS):
        plan.conditions.append(f"(a.state <> 'draft' OR a.creator = {plan.value(scope.viewer.name)})")


def _aim(plan: SearchPlan, query: Query, numbers: Mapping[str, int]) -> None:
    """One target has to hold all that is said about targets."""
    whole = [numbers[iri] for iri in map(_resource, _without_fragment(query)) if iri in numbers]
    exact = [digest_iri(iri) for iri in query.targets if "#" in iri]
    if query.targets:
        plan.impossible |= not whole and not exact
        plan.aimed.append(_any(_sources(plan, whole, exact)))
    if query.regions:
        canvases = {numbers[iri] for iri in map(_resource, query.targets) if iri in numbers}
        boxes = [fold_box(canvas, region.box) for canvas in sorted(canvases) for region in query.regions]
        if len(boxes) > MAX_BOXES:
            raise MalformedQueryError("region", f"Targets times regions are at most {MAX_BOXES}.")
        plan.impossible |= not boxes
        if not exact:
            plan.aimed.clear()  # a box tells its canvas, and must be looked for by the index over boxes
        plan.aimed.append(_any(f"t.box && {_box(plan, box)}" for box in boxes))
    if query.times:
        plan.aimed.append(_any(f"t.time && {_span(plan, span)}" for span in query.times))


def _without_fragment(query: Query) -> list[str]:
    return [iri for iri in query.targets if "#" not in iri]


def _sources(plan: SearchPlan, whole: Sequence[int], exact: Sequence[Any]) -> list[str]:
    found = []
    if len(whole) == 1:
        found.append(f"t.source = {plan.value(whole[0])}")
    elif whole:
        found.append(f"t.source = ANY({plan.value(array_literal(whole))}::bigint[])")
    if exact:
        found.append(f"t.iri = ANY({plan.value(array_literal(exact))}::uuid[])")
    return found


def _within(plan: SearchPlan, resource: int | None) -> None:
    plan.impossible |= resource is None
    number = plan.value(resource)
    plan.conditions.append(
        f"""a.id IN (SELECT annotation FROM annotations.target WHERE source = {number}
UNION SELECT id FROM annotations.annotation WHERE within @> ARRAY[{number}]::bigint[])"""  # noqa: S608  put together of constants
    )


def _resource(iri: str) -> str:
    base = iri.partition("#")[0]
    return unpin(base or iri)


def _box(plan: SearchPlan, box: tuple[float, float, float, float]) -> str:
    left, top, right, bottom = map(plan.value, box)
    return f"box(point({right}, {bottom}), point({left}, {top}))"


def _span(plan: SearchPlan, span: TimeSpan) -> str:
    bounds = "[]" if span.end_s == span.start_s else "[)"
    return f"numrange({plan.value(span.start_s)}::numeric, {plan.value(span.end_s)}::numeric, '{bounds}')"


def _moments(plan: SearchPlan, column: str, moments: DateRange) -> str:
    parts = []
    if moments.start is not None:
        parts.append(f"a.{column} >= {plan.value(moments.start)}")
    if moments.end is not None:
        parts.append(f"a.{column} < {plan.value(moments.end)}")
    return " AND ".join(parts) or "TRUE"


def _any(conditions: Any) -> str:
    return f"({' OR '.join(conditions)})"
