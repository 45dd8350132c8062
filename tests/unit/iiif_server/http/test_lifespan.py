import asyncio
from typing import Any

import pytest

from iiif_server.http.lifespan import run_lifespan


def play(inner: Any) -> list[str]:
    """Startup and shutdown, in the order in which things were answered and closed."""
    said: list[str] = []
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Any:
        return next(events)

    async def send(message: Any) -> None:
        said.append(message["type"])

    async def close() -> None:
        said.append("closed")

    asyncio.run(run_lifespan({"type": "lifespan"}, receive, send, inner, close))
    return said


EXPECTED = ["lifespan.startup.complete", "closed", "lifespan.shutdown.complete"]


async def knows_lifespan(scope: Any, receive: Any, send: Any) -> None:
    for _ in range(2):
        event = await receive()
        await send({"type": f"{event['type']}.complete"})


async def raises(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(scope["type"])


async def receives_and_raises(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    raise AssertionError(scope["type"])


async def does_nothing(scope: Any, receive: Any, send: Any) -> None:
    return


@pytest.mark.parametrize("inner", [None, knows_lifespan, raises, receives_and_raises, does_nothing])
def test_what_was_opened_is_closed_once_before_the_end_is_confirmed(inner: Any) -> None:
    assert play(inner) == EXPECTED


def test_a_start_that_failed_is_not_hidden() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        play(fails)
