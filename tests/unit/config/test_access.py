"""Tokens, roles, and the table of who may do what."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from config.access import (
    ALLOWED,
    NOBODY,
    Action,
    Grant,
    Principal,
    Role,
    format_grants,
    hash_token,
    new_token,
    parse_bearer,
    parse_grants,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def grant(token: str, *roles: Role, expires: datetime | None = None) -> Grant:
    return Grant("curator", hash_token(token), frozenset(roles), expires)


def test_every_action_stands_in_the_table_but_reading_what_is_public() -> None:
    assert set(ALLOWED) == set(Action) - {Action.READ_PUBLIC}


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_nobody_may_do_anything_but_read_what_is_public(action: Action) -> None:
    assert NOBODY.may(Action.READ_PUBLIC)
    assert not NOBODY.may(action)


@pytest.mark.parametrize("action", sorted(Action))
def test_an_administrator_may_do_everything(action: Action) -> None:
    assert Principal("a", frozenset({Role.ADMINISTER})).may(action)


def test_a_reader_may_not_write() -> None:
    reader = Principal("r", frozenset({Role.READ}))
    assert reader.may(Action.READ_RESTRICTED)
    assert not reader.may(Action.WRITE_IMAGES)


def test_tokens_are_long_random_and_recognisable() -> None:
    assert new_token() != new_token()
    assert new_token().startswith("pigture_")
    assert len(new_token()) >= 50


def test_the_published_grants_hold_hashes_and_never_tokens() -> None:
    token = new_token()
    data = format_grants([grant(token, Role.CURATE, expires=NOW)])
    assert token.encode() not in data
    assert parse_grants(data).by_hash[hash_token(token)] == grant(token, Role.CURATE, expires=NOW)


def test_an_unknown_or_expired_token_is_told_apart_from_none() -> None:
    token = new_token()
    grants = parse_grants(format_grants([grant(token, Role.READ, expires=NOW)]))
    assert grants.principal(None, NOW) is NOBODY
    assert grants.principal("pigture_wrong", NOW) is None
    assert grants.principal(token, NOW) is None
    principal = grants.principal(token, NOW - timedelta(seconds=1))
    assert principal == Principal("curator", frozenset({Role.READ}))


def test_a_role_of_a_newer_version_is_left_out() -> None:
    document = json.loads(format_grants([grant("t", Role.READ)]))
    document["tokens"][0]["roles"].append("rule the world")
    assert parse_grants(json.dumps(document).encode()).by_hash[hash_token("t")].roles == {Role.READ}


@pytest.mark.parametrize(
    ("header", "token"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", None), ("Bearer", None), ("", None), (None, None)],
)
def test_only_bearer_credentials_are_tokens(header: str | None, token: str | None) -> None:
    assert parse_bearer(header) == token
