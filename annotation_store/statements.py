"""The SQL of annotations: constants only."""

from __future__ import annotations

_INDEX_COLUMNS = "words, tags, motivations, body_types, creators, within, reply_to"
_INDEX_VALUES = """to_tsvector('russian', %(words)s), %(tags)s::text[], %(motivations)s::text[],
       %(body_types)s::text[], %(creators)s::text[], %(within)s::bigint[], %(reply_to)s::bigint"""

_TARGET_COLUMNS = "annotation, position, source, iri, box, shape, time"
_TARGETS = """
json_to_recordset(%(targets)s::json) AS t (
    place integer, position integer, source bigint, iri uuid, x0 float8, y0 float8, x1 float8, y1 float8,
    shape bytea, starts numeric, ends numeric)"""
_TARGET_VALUES = """t.position, t.source, t.iri, box(point(t.x1, t.y1), point(t.x0, t.y0)), t.shape,
       CASE WHEN t.starts IS NOT NULL
            THEN numrange(t.starts, t.ends, CASE WHEN t.ends = t.starts THEN '[]' ELSE '[)' END) END"""

# The connection's own: writers of one container would otherwise wait for each other's commits.
_PART = "pg_backend_pid() & 15"
_COUNT = """
INSERT INTO annotations.tally (container, part, total, changes, modified)
{counted}
ON CONFLICT (container, part) DO UPDATE
SET total = tally.total + excluded.total, changes = tally.changes + excluded.changes,
    modified = greatest(tally.modified, excluded.modified)
"""

_COUNT_MADE = _COUNT.format(
    counted=f"""
    SELECT container, {_PART}, count(*), count(*), max(modified) FROM made
    GROUP BY container ORDER BY container"""  # noqa: S608  put together of constants
)
# Any number of annotations, of several containers (creation_rows). What meets others' rows is written in one order:
# two statements would otherwise wait for each other.
CREATE = f"""
WITH given AS MATERIALIZED (
    SELECT nextval('annotations.annotation_id_seq') AS id, g.* FROM json_to_recordset(%(creations)s::json) AS g (
        place integer, container bigint, name text, state text, creator text, editor text, action text,
        created timestamptz, modified timestamptz, document text, words text, tags text[], motivations text[],
        body_types text[], creators text[], within bigint[], reply_to bigint)
), made AS (
    INSERT INTO annotations.annotation
        (id, container, name, state, creator, editor, action, created, modified, document, {_INDEX_COLUMNS})
    SELECT g.id, g.container, g.name, g.state, g.creator, g.editor, g.action, g.created, g.modified, g.document,
        to_tsvector('russian', g.words), g.tags, g.motivations, g.body_types, g.creators, g.within, g.reply_to
    FROM given g JOIN annotations.container c ON c.id = g.container AND c.deleted IS NULL
    ORDER BY g.id ON CONFLICT (container, name) DO NOTHING RETURNING id, container, modified
), numbered AS MATERIALIZED (SELECT g.place, m.id, m.container FROM made m JOIN given g USING (id)
), counted AS ({_COUNT_MADE}), aimed AS (
    INSERT INTO annotations.target ({_TARGET_COLUMNS}) SELECT n.id, {_TARGET_VALUES}
    FROM {_TARGETS} JOIN numbered n USING (place)
), named AS (
    INSERT INTO annotations.alias (container, digest, annotation, value)
    SELECT n.container, a.digest, n.id, a.value
    FROM json_to_recordset(%(aliases)s::json) AS a (place integer, digest uuid, value text)
    JOIN numbered n USING (place) ORDER BY n.container, a.digest, n.id ON CONFLICT DO NOTHING
)
SELECT place, id FROM numbered
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
_ONE_MORE = "SELECT %(container)s, {part}, %(more)s, 1, %(moment)s"
RECOUNT = _COUNT.format(counted=_ONE_MORE.format(part=_PART))
# For transactions that may go on for minutes: creations would wait for them where they have the same part.
RECOUNT_IN_BULK = _COUNT.format(counted=_ONE_MORE.format(part=f"16 + ({_PART})"))

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
