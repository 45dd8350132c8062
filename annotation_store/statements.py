"""The SQL of annotations: constants only. One statement for a creation: one way to the server, one commit."""

from __future__ import annotations

_INDEX_COLUMNS = "words, tags, motivations, body_types, creators, within, reply_to"
_INDEX_VALUES = """to_tsvector('russian', %(words)s), %(tags)s::text[], %(motivations)s::text[],
       %(body_types)s::text[], %(creators)s::text[], %(within)s::bigint[], %(reply_to)s::bigint"""

_TARGET_COLUMNS = "annotation, position, source, iri, box, shape, time"
_TARGETS = """
unnest(%(sources)s::bigint[], %(iris)s::uuid[], %(lefts)s::float8[], %(tops)s::float8[], %(rights)s::float8[],
       %(bottoms)s::float8[], %(shapes)s::bytea[], %(starts)s::numeric[], %(ends)s::numeric[])
WITH ORDINALITY AS t (source, iri, x0, y0, x1, y1, shape, starts, ends, position)"""
_TARGET_VALUES = """t.position, t.source, t.iri, box(point(t.x1, t.y1), point(t.x0, t.y0)), t.shape,
       CASE WHEN t.starts IS NOT NULL
            THEN numrange(t.starts, t.ends, CASE WHEN t.ends = t.starts THEN '[]' ELSE '[)' END) END"""

# The part of the connection's own: writers of one container would otherwise wait for each other's commits.
COUNT = """
INSERT INTO annotations.tally (container, part, total, changes, modified)
SELECT %(container)s, pg_backend_pid() & 15, %(more)s, 1, %(moment)s {condition}
ON CONFLICT (container, part) DO UPDATE
SET total = tally.total + excluded.total, changes = tally.changes + 1,
    modified = greatest(tally.modified, excluded.modified)
"""

CREATE = f"""
WITH made AS (
    INSERT INTO annotations.annotation
        (container, name, state, creator, editor, action, created, modified, document, {_INDEX_COLUMNS})
    SELECT id, %(name)s, %(state)s, %(creator)s, %(editor)s, %(action)s, %(created)s, %(moment)s, %(document)s,
       {_INDEX_VALUES}
    FROM annotations.container WHERE id = %(container)s AND deleted IS NULL
    ON CONFLICT (container, name) DO NOTHING RETURNING id
), counted AS ({COUNT.format(condition="FROM made")}
), aimed AS (
    INSERT INTO annotations.target ({_TARGET_COLUMNS}) SELECT made.id, {_TARGET_VALUES} FROM made, {_TARGETS}
), named AS (
    INSERT INTO annotations.alias (container, digest, annotation, value)
    SELECT %(container)s, a.digest, made.id, a.value
    FROM made, unnest(%(digests)s::uuid[], %(aliases)s::text[]) AS a (digest, value)
    ON CONFLICT DO NOTHING
)
SELECT id FROM made
"""  # noqa: S608  put together of constants

LOCK = """
SELECT 1 FROM annotations.annotation
WHERE id = %(id)s AND version = %(version)s AND deleted IS NULL FOR UPDATE
"""
KEEP = """
INSERT INTO annotations.version (annotation, number, document, state, editor, action, made)
SELECT id, version, document, state, editor, action, modified FROM annotations.annotation WHERE id = %(id)s
"""
REPLACE = f"""
UPDATE annotations.annotation
SET version = version + 1, editor = %(editor)s, action = 'update', modified = %(moment)s, document = %(document)s,
    changed = pg_current_xact_id(),
    ({_INDEX_COLUMNS}) = ROW({_INDEX_VALUES})
WHERE id = %(id)s
"""  # noqa: S608  put together of constants
REINDEX = f"""
UPDATE annotations.annotation SET ({_INDEX_COLUMNS}) = ROW({_INDEX_VALUES})
WHERE id = %(id)s AND version = %(version)s AND deleted IS NULL
"""  # noqa: S608  put together of constants
BURY = """
UPDATE annotations.annotation
SET version = version + 1, editor = %(editor)s, action = 'delete', modified = %(moment)s, deleted = %(moment)s,
    changed = pg_current_xact_id(),
    words = NULL, tags = NULL, motivations = NULL, body_types = NULL, creators = NULL, within = NULL
WHERE id = %(id)s
"""
FORGET_TARGETS = "DELETE FROM annotations.target WHERE annotation = %(id)s"
AIM = f"""
INSERT INTO annotations.target ({_TARGET_COLUMNS}) SELECT %(id)s, {_TARGET_VALUES} FROM {_TARGETS}
"""  # noqa: S608  put together of constants
RECOUNT = COUNT.format(condition="")

READ = """
SELECT id, version, state, creator, created, modified, document, deleted FROM annotations.annotation
WHERE container = %s AND name = %s
"""
# A draft is seen by whoever made it, and by curators.
_SEEN = "container = %(container)s AND deleted IS NULL AND (state <> 'draft' OR %(all)s OR creator = %(viewer)s)"
PAGE = f"""
SELECT id, name, document FROM annotations.annotation
WHERE {_SEEN} AND id > %(after)s ORDER BY id LIMIT %(limit)s
"""  # noqa: S608  put together of constants
BEFORE = f"""
SELECT id FROM annotations.annotation
WHERE {_SEEN} AND id <= %(after)s ORDER BY id DESC OFFSET %(offset)s LIMIT 1
"""  # noqa: S608  put together of constants
HIDDEN = """
SELECT count(*) FROM annotations.annotation
WHERE container = %(container)s AND state = 'draft' AND deleted IS NULL
  AND NOT %(all)s AND creator IS DISTINCT FROM %(viewer)s
"""

# Those on one canvas, in the order in which they were made. Kept prepared: viewers ask for nothing as often.
ON_CANVAS = """
SELECT a.id, a.name, a.version, convert_to(a.document, 'UTF8')
FROM (SELECT DISTINCT annotation FROM annotations.target
      WHERE source = (SELECT id FROM annotations.iri WHERE digest = %(source)s) AND annotation > %(after)s) t
JOIN annotations.annotation a ON a.id = t.annotation
WHERE a.container = %(container)s AND a.deleted IS NULL
  AND (a.state <> 'draft' OR %(all)s OR a.creator = %(viewer)s)
ORDER BY t.annotation LIMIT %(limit)s
"""
ALIASED = """
SELECT a.name FROM annotations.alias l JOIN annotations.annotation a ON a.id = l.annotation
WHERE l.container = %(container)s AND l.digest = %(digest)s
  AND (a.state <> 'draft' OR %(all)s OR a.creator = %(viewer)s)
"""
