import asyncio
import dataclasses
from datetime import UTC, datetime

import pytest

from config.access import Grant, Role, format_grants, hash_token
from iiif_server.errors import AccessDeniedError
from iiif_server.grants import GrantSource, check_access
from iiif_server.layout import TOKENS_KEY
from iiif_server.record import Record
from storage.memory import MemoryStore

PUBLIC = Record("a", 1, "deleted", "public", {}, datetime(2026, 1, 1, tzinfo=UTC))
RESTRICTED = dataclasses.replace(PUBLIC, access="restricted")


def store_with(*grants: Grant) -> MemoryStore:
    store = MemoryStore()
    store.put(TOKENS_KEY, format_grants(grants))
    return store


def check(store: MemoryStore, record: Record, token: str | None) -> None:
    asyncio.run(check_access(record, token, GrantSource(store, ttl_s=2)))


def grant(token: str, *roles: Role, expires: datetime | None = None) -> Grant:
    return Grant("name", hash_token(token), frozenset(roles), expires)


def test_public_images_need_no_token_and_no_wrong_one_harms() -> None:
    check(MemoryStore(), PUBLIC, None)
    check(MemoryStore(), PUBLIC, "wrong")


def test_restricted_images_need_a_token_with_a_role() -> None:
    check(store_with(grant("t", Role.READ)), RESTRICTED, "t")
    with pytest.raises(AccessDeniedError) as denied:
        check(store_with(grant("t")), RESTRICTED, "t")
    assert denied.value.authenticated


@pytest.mark.parametrize("token", [None, "", "unknown", "old"])
def test_nobody_and_unknown_and_expired_tokens_are_not_authenticated(token: str | None) -> None:
    store = store_with(grant("old", Role.READ, expires=datetime(2020, 1, 1, tzinfo=UTC)))
    with pytest.raises(AccessDeniedError) as denied:
        check(store, RESTRICTED, token)
    assert not denied.value.authenticated


def test_without_published_tokens_or_with_broken_ones_nobody_gets_in() -> None:
    broken = MemoryStore()
    broken.put(TOKENS_KEY, b'{"tokens": [{"name": 1}]}')
    for store in (MemoryStore(), broken):
        with pytest.raises(AccessDeniedError):
            check(store, RESTRICTED, "t")


def test_a_revoked_token_is_refused_when_the_time_is_over() -> None:
    async def scenario() -> None:
        now = 0.0
        store = store_with(grant("t", Role.READ))
        source = GrantSource(store, ttl_s=2, clock=lambda: now)
        await check_access(RESTRICTED, "t", source)
        store.put(TOKENS_KEY, format_grants([]))
        now = 1.9
        await check_access(RESTRICTED, "t", source)
        now = 2.0
        with pytest.raises(AccessDeniedError):
            await check_access(RESTRICTED, "t", source)

    asyncio.run(scenario())
