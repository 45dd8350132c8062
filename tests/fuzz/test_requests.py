"""Generated requests over real sockets: whatever comes in, a proper HTTP answer goes out, and the server lives."""

from __future__ import annotations

import asyncio
import io
import json
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from PIL import Image

from tests.fuzz.hostile_requests import API_PATHS, Attacker, Case
from tests.fuzz.raw_client import Answer, Connection

MEBIBYTE = 1024 * 1024
CONNECTIONS = 8
TIMEOUT_S = 30
BROKEN_TIMEOUT_S = 0.3
STATUSES = {200, 204, 303, 304, 400, 401, 403, 404, 405, 408, 410, 413, 431, 501, 503}
CANONICAL = re.compile(r'/(?P<width>\d+),(?P<height>\d+)/!?(?P<angle>[0-9.]+)/\w+\.\w+>;rel="canonical"')


@dataclass(slots=True)
class Tally:
    """What came back, by status; `others` are the paths that were attacked beside images."""

    others: tuple[str, ...] = ()
    statuses: Counter[int] = field(default_factory=Counter)
    images: int = 0


def check(case: Case, answer: Answer, tally: Tally) -> None:
    """Everything that holds for every answer."""
    headers = answer.headers
    tally.statuses[answer.status] += 1
    if tally.others:
        check_any(case, answer)
        return
    assert answer.status in STATUSES
    assert headers.get("access-control-allow-origin") == "*"
    if answer.status == 503:
        assert int(headers["retry-after"]) > 0
    if answer.status == 405:
        assert headers["allow"] == "GET, HEAD, OPTIONS"
    if case.is_head or answer.status in (204, 304):
        return
    if answer.status >= 400:
        assert headers["content-type"] == "application/problem+json"
        document = json.loads(answer.body)
        assert document["status"] == answer.status
        assert document["type"].startswith("urn:pigture:problem:")
        assert answer.status != 400 or document["detail"]
    elif headers.get("content-type", "").startswith("image/"):
        check_image(answer)
        tally.images += 1
    elif answer.status == 200:
        assert json.loads(answer.body)
    else:
        assert headers["location"].endswith("/info.json")


def check_any(case: Case, answer: Answer) -> None:
    """What holds for answers of the API and the pages, too."""
    assert answer.status in STATUSES | {409, 422}
    if answer.status >= 400 and answer.body:
        assert answer.headers["content-type"] == "application/problem+json"
        assert json.loads(answer.body)["status"] == answer.status
    if answer.status == 503:
        assert json.loads(answer.body)["title"] != "Service unavailable", "the API did not answer"


def check_image(answer: Answer) -> None:
    """It decodes, and measures what its canonical address promises."""
    with Image.open(io.BytesIO(answer.body)) as image:
        image.load()
        promised = CANONICAL.search(answer.headers["link"])
        if promised is None:  # 2.1 says `full` and `w,`
            return
        width, height, angle = int(promised["width"]), int(promised["height"]), promised["angle"]
        if angle in ("0", "180"):
            assert image.size == (width, height)
        elif angle in ("90", "270"):
            assert image.size == (height, width)


async def attack(port: int, seed: int, count: int, tally: Tally) -> None:
    """Sends `count` requests, now and then several at once or none to its end."""
    connection = Connection("127.0.0.1", port)
    try:
        await attack_over(connection, seed, count, tally)
    finally:
        await connection.aclose()


async def attack_over(connection: Connection, seed: int, count: int, tally: Tally) -> None:
    attacker, dice = Attacker(seed, tally.others), random.Random(seed)
    sent = 0
    while sent < count:
        batch = [
            attacker.case() if dice.random() < 0.9 else attacker.tile() for _ in range(dice.choice((1, 1, 1, 4)))
        ]
        if not all(case.answered for case in batch):
            batch = [case for case in batch if not case.answered][:1]
        sent += len(batch)
        try:
            await exchange(connection, batch, tally)
        except Exception as exc:
            shown = b"\n\n".join(case.data[:2000] for case in batch)
            raise AssertionError(f"seed {seed}: {type(exc).__name__}: {exc}\n{shown!r}") from exc
        if dice.random() < 0.02:
            await connection.send(attacker.case().data)
            connection.close()


async def exchange(connection: Connection, batch: list[Case], tally: Tally) -> None:
    """Sends, and checks what comes back. A server may close after an answer; what stood behind it is lost then."""
    if not batch[0].answered:
        await provoke(connection, batch[0], tally)
        return
    try:
        await connection.send(b"".join(case.data for case in batch))
    except ConnectionError:
        connection.close()
        return
    for number, case in enumerate(batch):
        try:
            answer = await asyncio.wait_for(connection.read(is_head=case.is_head), TIMEOUT_S)
        except ConnectionError:  # closed while more was being sent
            connection.close()
            return
        if answer is None:
            assert number > 0, "closed without an answer"
            return
        check(case, answer, tally)
        if answer.headers.get("connection") == "close":
            return


async def provoke(connection: Connection, case: Case, tally: Tally) -> None:
    """Sends what is no request, or no whole one: it may be refused or left waiting."""
    connection.close()
    await connection.send(case.data)
    try:
        answer = await asyncio.wait_for(connection.read(is_head=False), BROKEN_TIMEOUT_S)
        if answer is not None:
            check(case, answer, tally)
    except (TimeoutError, ConnectionError):
        pass
    connection.close()


async def storm(port: int, seed: int, count: int, others: tuple[str, ...] = ()) -> Tally:
    """`count` requests over CONNECTIONS connections."""
    tally = Tally(others)
    async with asyncio.TaskGroup() as group:
        for number in range(CONNECTIONS):
            group.create_task(attack(port, seed * 1000 + number, count // CONNECTIONS, tally))
    return tally


def check_variety(tally: Tally, count: int) -> None:
    """The attack has to reach every kind of answer, or it attacks nothing."""
    assert {200, 204, 303, 304, 400, 401, 404, 405, 410} <= set(tally.statuses), tally
    assert tally.images > count // 20, tally


def test_three_thousand_hostile_requests_get_proper_answers(attacked_server: Any) -> None:
    tally = asyncio.run(storm(attacked_server.port, 1, 3000))
    check_variety(tally, 3000)
    assert attacked_server.is_alive()
    assert attacked_server.memory_bytes() < 500 * MEBIBYTE
    assert "Traceback" not in attacked_server.log()


@pytest.mark.integration
@pytest.mark.parametrize(
    "count", [pytest.param(1000, id="some"), pytest.param(20_000, id="many", marks=pytest.mark.slow)]
)
def test_the_whole_of_pigture_behind_its_one_port_answers_properly(pigture_server: Any, count: int) -> None:
    port = int(pigture_server.url.rpartition(":")[2])
    tally = asyncio.run(storm(port, 9, count, API_PATHS))
    assert {200, 400, 401, 404, 405} <= set(tally.statuses), tally
    assert pigture_server.is_healthy()
    assert "Traceback" not in pigture_server.log()


@pytest.mark.slow
def test_a_hundred_thousand_hostile_requests_leave_the_server_as_it_was(attacked_server: Any) -> None:
    asyncio.run(storm(attacked_server.port, 2, 20_000))
    memory, files = attacked_server.memory_bytes(), attacked_server.open_files()
    for seed in (3, 4, 5, 6):
        check_variety(asyncio.run(storm(attacked_server.port, seed, 20_000)), 20_000)
    assert attacked_server.is_alive()
    assert attacked_server.memory_bytes() < 1.1 * memory + 16 * MEBIBYTE
    assert attacked_server.open_files() <= files + 16
    assert "Traceback" not in attacked_server.log()
