"""A server over stored objects that are damaged, asked the same after each damage."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from pathlib import Path

import httpx

from iiif_server.http.app import create_app
from iiif_server.http.options import ServerOptions
from storage.memory import MemoryStore
from tests.fuzz.damage import Damage, broken_fields, cut_off, flipped_bits, strided, unsealed_fields

MEBIBYTE = 1024 * 1024
OPTIONS = ServerOptions(render_memory_bytes=64 * MEBIBYTE)


class MeasuringStore(MemoryStore):
    """Notes the longest range that was asked for."""

    longest = 0

    async def fetch_range(self, key: str, start: int, end: int, *, if_match: str | None = None) -> bytes:
        self.longest = max(self.longest, end - start)
        return await super().fetch_range(key, start, end, if_match=if_match)


@dataclasses.dataclass(frozen=True, slots=True)
class Scene:
    """A store with images, and what a server says about them while all is well."""

    store: MeasuringStore
    answers: dict[str, httpx.Response]

    def survive(self, key: str, damage: Damage, *, intact: bool = True) -> int:
        """Asks after each damage to the object; how often somebody was refused.

        With `intact` a success must say what it said before.
        """
        sound, refusals = self.store.read(key).data, 0
        for what, data in damage:
            self.store.put(key, data)
            for path, answer in ask(self.store, self.answers).items():
                expected = self.answers[path].content if intact else None
                refusals += check(f"{key}: {what}: {path}", answer, expected)
        self.store.put(key, sound)
        assert self.store.longest <= 5 * MEBIBYTE
        return refusals


class AttacksOnDescriptions:
    """Tests of a `scene` by the `key` of a sealed document in it, each `step`-th damage; for classes to inherit."""

    def test_a_changed_field_is_noticed(self, scene: Scene, key: str, step: int) -> None:
        damage = list(strided(unsealed_fields(scene.store.read(key).data), step))
        assert scene.survive(key, damage) >= len(damage)

    def test_a_field_that_somebody_wrote_so_does_no_harm(self, scene: Scene, key: str, step: int) -> None:
        damage = list(strided(broken_fields(scene.store.read(key).data), step))
        assert scene.survive(key, damage, intact=False) >= len(damage) // 2

    def test_changed_and_missing_bytes_are_noticed(self, scene: Scene, key: str, step: int) -> None:
        data = scene.store.read(key).data
        damage = [*flipped_bits(data, 2 * step), *cut_off(data, 3 * step)]
        assert scene.survive(key, damage) >= len(damage)


def ask(store: MemoryStore, paths: Iterable[str]) -> dict[str, httpx.Response]:
    """The answers of a server that has just started."""

    async def all_of_them() -> dict[str, httpx.Response]:
        app = create_app(store, OPTIONS)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://h") as client:
            async with asyncio.timeout(60):
                return {path: await client.get(path) for path in paths}

    return asyncio.run(all_of_them())


def check(what: str, answer: httpx.Response, expected: bytes | None) -> bool:
    """Whether it was refused."""
    if answer.status_code == 200:
        assert expected is None or answer.content == expected, f"{what}: another answer than before"
        return False
    assert answer.status_code in (400, 404, 410, 413, 500), f"{what}: {answer.status_code}"
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["type"] != "urn:pigture:problem:internal-error", what
    assert answer.headers["access-control-allow-origin"] == "*"
    return True


def resident_bytes(name: str) -> int:
    """What Linux tells of this process under that name."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) * 1024
