import asyncio

import pytest

from iiif_server.admission import Admission
from iiif_server.errors import OverloadedError, TooLargeRequestError


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_so_many_run_at_once_so_many_wait_and_the_next_is_refused() -> None:
    async def scenario() -> None:
        admission = Admission(slots=2, queue=1, capacity_bytes=100)
        await admission.enter(1)
        await admission.enter(1)
        third = asyncio.create_task(admission.enter(1))
        await settle()
        assert not third.done()
        with pytest.raises(OverloadedError) as refused:
            await admission.enter(1)
        assert refused.value.retry_after_s > 0
        admission.leave(1)
        await third

    asyncio.run(scenario())


def test_a_weight_that_never_fits_is_refused_at_once() -> None:
    admission = Admission(slots=2, queue=9, capacity_bytes=100)
    with pytest.raises(TooLargeRequestError):
        asyncio.run(admission.enter(101))


def test_a_heavy_one_waits_for_room_and_no_lighter_one_overtakes_it() -> None:
    async def scenario() -> None:
        admission = Admission(slots=3, queue=9, capacity_bytes=100)
        order: list[str] = []

        async def enter(name: str, weight: int) -> None:
            await admission.enter(weight)
            order.append(name)

        await admission.enter(60)
        tasks = [asyncio.create_task(enter("heavy", 90)), asyncio.create_task(enter("light", 10))]
        await settle()
        assert order == []
        admission.leave(60)
        await asyncio.gather(*tasks)
        assert order == ["heavy", "light"]

    asyncio.run(scenario())


def test_whoever_leaves_the_line_frees_the_place() -> None:
    async def scenario() -> None:
        admission = Admission(slots=1, queue=1, capacity_bytes=100)
        await admission.enter(1)
        waiting = asyncio.create_task(admission.enter(1))
        await settle()
        waiting.cancel()
        await settle()
        assert admission.waiting == 0
        next_one = asyncio.create_task(admission.enter(1))
        await settle()
        admission.leave(1)
        await next_one

    asyncio.run(scenario())


def test_a_turn_that_comes_together_with_the_cancellation_is_given_back() -> None:
    async def scenario() -> None:
        admission = Admission(slots=1, queue=2, capacity_bytes=100)
        await admission.enter(1)
        waiting = asyncio.create_task(admission.enter(1))
        await settle()
        admission.leave(1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.wait_for(admission.enter(1), 1)

    asyncio.run(scenario())


def test_a_heavy_one_that_gives_up_lets_the_lighter_ones_in() -> None:
    async def scenario() -> None:
        admission = Admission(slots=3, queue=9, capacity_bytes=100)
        await admission.enter(60)
        heavy = asyncio.create_task(admission.enter(90))
        await settle()
        light = asyncio.create_task(admission.enter(10))
        await settle()
        heavy.cancel()
        await asyncio.wait_for(light, 1)

    asyncio.run(scenario())


def test_a_turn_that_comes_in_the_moment_of_leaving_is_not_lost() -> None:
    async def scenario() -> None:
        admission = Admission(slots=1, queue=9, capacity_bytes=100)
        await admission.enter(1)
        leaving = [asyncio.create_task(admission.enter(1)) for _ in range(3)]
        await settle()
        for task in leaving:
            task.cancel()
        # The tasks have not run since: they still stand in line.
        admission.leave(1)
        await asyncio.gather(*leaving, return_exceptions=True)
        assert all(task.cancelled() for task in leaving)
        await asyncio.wait_for(admission.enter(1), 1)
        assert admission.waiting == 0

    asyncio.run(scenario())
