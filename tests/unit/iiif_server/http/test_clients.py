"""Who waits for work, and what becomes of it when they leave."""

import asyncio
from typing import Any

import pytest

from iiif_server.http import clients
from iiif_server.http.clients import ClientGoneError, while_connected


@pytest.fixture(autouse=True)
def watched_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "WATCH_AFTER_S", 0)


class Client:
    """Sends its request, and leaves when it is told to."""

    def __init__(self) -> None:
        self.left = asyncio.Event()
        self.messages: list[dict[str, Any]] = [{"type": "http.request"}]

    async def receive(self) -> Any:
        if self.messages:
            return self.messages.pop()
        await self.left.wait()
        return {"type": "http.disconnect"}


async def never(ended: asyncio.Event) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.set()


def test_the_result_comes_back_and_nothing_is_left_behind() -> None:
    async def work() -> int:
        await asyncio.sleep(0.01)
        return 42

    async def scenario() -> None:
        assert await while_connected(Client().receive, work()) == 42
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_work_for_a_client_that_has_left_is_not_begun() -> None:
    async def scenario() -> None:
        client, ended = Client(), asyncio.Event()
        client.left.set()
        with pytest.raises(ClientGoneError):
            await while_connected(client.receive, never(ended))
        assert not ended.is_set()

    asyncio.run(scenario())


def test_work_ends_when_the_client_leaves() -> None:
    async def scenario() -> None:
        client, ended = Client(), asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, client.left.set)
        with pytest.raises(ClientGoneError):
            await while_connected(client.receive, never(ended))
        assert ended.is_set()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_being_cancelled_is_not_the_client_leaving() -> None:
    async def scenario() -> None:
        ended = asyncio.Event()
        task = asyncio.create_task(while_connected(Client().receive, never(ended)))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended.is_set()

    asyncio.run(scenario())


def test_the_works_own_error_comes_through() -> None:
    async def fail() -> None:
        await asyncio.sleep(0.01)
        raise ValueError("no")

    async def scenario() -> None:
        with pytest.raises(ValueError, match="no"):
            await while_connected(Client().receive, fail())

    asyncio.run(scenario())
