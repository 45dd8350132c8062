import asyncio
from functools import partial

import pytest

from iiif_server.rounds import Rounds


def test_between_two_pieces_of_work_the_event_loop_does_what_is_ready() -> None:
    seen: list[str] = []

    async def look() -> None:
        while "c" not in seen:
            seen.append("others")
            await asyncio.sleep(0)

    async def scenario() -> None:
        rounds = Rounds()
        await asyncio.gather(look(), *[rounds.call(partial(seen.append, name)) for name in "abc"])

    asyncio.run(scenario())
    first, second, third = (seen.index(name) for name in "abc")
    assert "others" in seen[first:second]
    assert "others" in seen[second:third]


def test_an_exception_is_its_callers_own_and_ends_nothing() -> None:
    async def scenario() -> None:
        rounds = Rounds()
        with pytest.raises(ValueError, match="none"):
            await rounds.call(partial(int, "none"))
        assert await rounds.call(partial(int, "7")) == 7

    asyncio.run(scenario())
