"""The lexicon kept complete: the words of the index over words, which PostgreSQL does not tell.

Writers do nothing for it. What they have written since it was last complete is looked through by whoever wants to
know words (annotation_store.lexemes), and added here every now and then.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

from annotation_store.array_literal import array_literal
from annotation_store.database import Connection, Database
from annotation_store.store_errors import StoreUnavailableError

PAUSE_S = 3.0
PATIENCE_S = 2.0

_log = logging.getLogger(__name__)

_NEWEST = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"
# Numbers of transactions that are still to come are those of another server, out of whose backup this one was made.
_STATE = """
SELECT complete_until::text, purges,
    CASE WHEN complete_until <= pg_snapshot_xmin(pg_current_snapshot()) THEN complete_until ELSE '0' END::text,
    pg_snapshot_xmin(pg_current_snapshot())::text
FROM annotations.lexicon
"""
_UNHURRIED = "SET LOCAL statement_timeout = 0; SET LOCAL synchronous_commit = off"
# Looked at before anything is locked: whoever locks writes, and an idle store should not.
_IS_BEHIND = """
SELECT EXISTS (SELECT FROM annotations.container c CROSS JOIN LATERAL (
    SELECT FROM annotations.annotation a
    WHERE a.container = c.id AND a.changed >= %(until)s::xid8 AND a.changed < %(newest)s::xid8
    ORDER BY a.changed LIMIT 1) a)
"""
# ts_stat is given the text of a query, and makes the list without a row for each word of each annotation.
_GATHER = """
SELECT word, ndoc FROM ts_stat(format(
    'SELECT a.words FROM annotations.container c CROSS JOIN LATERAL (
    SELECT a.words FROM annotations.annotation a
    WHERE a.container = c.id AND a.changed >= %%1$L::xid8 AND a.changed < %%2$L::xid8 ORDER BY a.changed) a',
    %(until)s::text, %(newest)s::text))
"""
_LOCK = "SELECT complete_until::text, purges FROM annotations.lexicon FOR UPDATE"
_LEARN = """
INSERT INTO annotations.lexeme AS l (word, rows) {words}
ON CONFLICT (word) DO UPDATE SET rows = l.rows + excluded.rows
"""
_LEARN_GATHERED = _LEARN.format(words="SELECT * FROM unnest(%(words)s::text[], %(rows)s::bigint[])")
_LEARN_NEW = _LEARN.format(words=_GATHER)
_COMPLETE = "UPDATE annotations.lexicon SET complete_until = %(newest)s::xid8"

_SHARE = "SELECT FROM annotations.lexicon FOR SHARE"
_LEARN_THESE = """
INSERT INTO annotations.lexeme (word, rows)
SELECT DISTINCT w.lexeme, 1 FROM annotations.annotation a CROSS JOIN unnest(a.words) w
WHERE a.id = ANY(%(ids)s) ORDER BY 1
ON CONFLICT DO NOTHING
"""
_BEGIN_ANEW = "UPDATE annotations.lexicon SET complete_until = '0', purges = purges + 1"
_FORGET = "DELETE FROM annotations.lexeme"


class Lexicon:
    """Kept by every process of the store; several do no harm to one another."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looked_at = ""
        self._task: asyncio.Task[None] | None = None
        self._ends = asyncio.Event()

    def start(self) -> None:
        """Begins to keep it complete, within the running event loop."""
        self._task = asyncio.get_running_loop().create_task(self._keep())

    async def stop(self) -> None:
        """Ends that, with what it is doing if that is soon done."""
        self._ends.set()
        if self._task is not None:
            _, running = await asyncio.wait((self._task,), timeout=PATIENCE_S)
            for task in running:
                task.cancel()
                await asyncio.wait(running)

    async def complete(self) -> None:
        """Adds the words of all that was committed before. Raises StoreUnavailableError."""
        async with self._database.connection() as connection:
            ((newest,),) = await (await connection.execute(_NEWEST)).fetchall()
            if newest != self._looked_at:
                await _complete(connection)
        self._looked_at = newest

    async def _keep(self) -> None:
        while not self._ends.is_set():
            try:
                await self.complete()
            except StoreUnavailableError:
                _log.debug("the lexicon waits for the database")
            except Exception:
                _log.exception("the lexicon could not be completed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ends.wait(), PAUSE_S)


async def _complete(connection: Connection) -> None:
    ((*state, until, newest),) = await (await connection.execute(_STATE)).fetchall()
    parameters: dict[str, Any] = {"until": until, "newest": newest}
    is_empty = until == "0"
    if is_empty:  # of millions of annotations this takes a while, for which a purge should not wait
        async with connection.transaction():
            await connection.execute(_UNHURRIED)
            gathered = await (await connection.execute(_GATHER, parameters)).fetchall()
        parameters["words"] = array_literal([word for word, _ in gathered])
        parameters["rows"] = array_literal([count for _, count in gathered])
    elif (await (await connection.execute(_IS_BEHIND, parameters)).fetchall()) == [(False,)]:
        return
    async with connection.transaction():
        await connection.execute(_UNHURRIED)
        # In vain where another process has done the same meanwhile, or something was purged.
        if await (await connection.execute(_LOCK)).fetchall() == [tuple(state)]:
            await connection.execute(_LEARN_GATHERED if is_empty else _LEARN_NEW, parameters)
            await connection.execute(_COMPLETE, parameters)


async def learn_anew(connection: Connection, ids: list[int]) -> None:
    """Adds the words of annotations whose index columns this transaction has made anew. A purge waits for it."""
    await connection.execute(_SHARE)
    await connection.execute(_LEARN_THESE, {"ids": ids})


async def forget_words(connection: Connection) -> None:
    """Takes all words away, in the transaction of a purge: they are gathered anew from what is left."""
    await connection.execute(_BEGIN_ANEW)
    await connection.execute(_FORGET)
