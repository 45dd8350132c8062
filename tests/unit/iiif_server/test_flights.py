import asyncio

import pytest

from iiif_server.flights import Flights, Leads


@pytest.mark.parametrize("kind", [Flights, Leads])
def test_all_who_ask_meanwhile_share_one_piece_of_work(kind: type[Flights[str, int] | Leads[str, int]]) -> None:
    async def scenario() -> None:
        flights = kind()
        started = 0

        async def work() -> int:
            nonlocal started
            started += 1
            await asyncio.sleep(0)
            return 42

        assert await asyncio.gather(*(flights.join("k", work) for _ in range(5))) == [42] * 5
        assert started == 1
        assert len(flights) == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", [Flights, Leads])
def test_everyone_gets_the_exception_and_the_next_one_starts_anew(
    kind: type[Flights[str, int] | Leads[str, int]],
) -> None:
    async def scenario() -> None:
        flights = kind()

        async def fail() -> int:
            await asyncio.sleep(0)
            raise ValueError("no")

        async def work() -> int:
            return 1

        results = await asyncio.gather(flights.join("k", fail), flights.join("k", fail), return_exceptions=True)
        assert [type(result) for result in results] == [ValueError, ValueError]
        assert await flights.join("k", work) == 1

    asyncio.run(scenario())


def test_work_goes_on_until_the_last_one_leaves_and_is_cancelled_then() -> None:
    async def scenario() -> None:
        flights: Flights[str, int] = Flights()
        ended = asyncio.Event()

        async def work() -> int:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return 0

        passengers = [asyncio.create_task(flights.join("k", work)) for _ in range(2)]
        await asyncio.sleep(0)
        passengers[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await passengers[0]
        assert not ended.is_set()
        passengers[1].cancel()
        await ended.wait()
        assert len(flights) == 0

    asyncio.run(scenario())


def test_where_the_first_one_is_cancelled_another_begins_anew() -> None:
    async def scenario() -> None:
        leads: Leads[str, int] = Leads()

        async def work() -> int:
            await asyncio.sleep(0.01)
            return 42

        first, *others = [asyncio.create_task(leads.join("k", work)) for _ in range(3)]
        await asyncio.sleep(0)
        assert leads.is_shared("k")
        first.cancel()
        assert await asyncio.gather(*others) == [42] * 2
        assert first.cancelled()
        assert len(leads) == 0
        assert not leads.is_shared("k")

    asyncio.run(scenario())
