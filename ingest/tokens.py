"""API tokens and browser sessions. Only hashes are kept; access/tokens.json in storage is a projection of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col
from ulid import ULID

from config.access import Grant, Grants, Role, format_grants, hash_token, new_token
from iiif_server.layout import TOKENS_KEY
from ingest.errors import InvalidValueError, TokenExistsError, UnknownSessionCodeError, UnknownTokenError
from ingest.faults import translated_storage_errors
from ingest.services import HasCatalog, Services
from ingest.tables import SessionCode, Token
from storage.errors import ObjectNotFoundError
from storage.ports import Store

SESSION_CODE_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(days=30)
_SESSION_PREFIX = "session-"
_LOCK = 0x7069677475726502


@dataclass(frozen=True, slots=True)
class TokenView:
    """What is known of a token: never the token itself."""

    name: str
    roles: frozenset[Role]
    created: datetime | None
    expires: datetime | None


def create_token(services: Services, name: str, roles: Iterable[Role], expires: datetime | None = None) -> str:
    """A new token, to be shown once. Raises InvalidValueError, TokenExistsError, StorageAwayError."""
    granted = [Role(role) for role in roles]
    if not name or not name.isprintable() or name.startswith(_SESSION_PREFIX):
        raise InvalidValueError("name", f"A token's name is printable and does not begin with {_SESSION_PREFIX}.")
    if not granted:
        raise InvalidValueError("roles", "A token needs at least one role.")
    token = new_token()
    try:
        with services.catalog.begin() as session:
            _insert(session, name, token, granted, expires)
            publish_tokens(session, services.store)
    except IntegrityError as exc:
        raise TokenExistsError(f"There is a token {name} already.") from exc
    return token


def list_tokens(services: Services) -> tuple[TokenView, ...]:
    """All tokens by name; sessions of browsers are left out."""
    with services.catalog.begin() as session:
        rows = session.execute(select(Token).where(col(Token.parent).is_(None)).order_by(col(Token.name))).scalars()
        return tuple(TokenView(row.name, _roles(row), row.created, row.expires) for row in rows)


def revoke_token(services: Services, name: str) -> None:
    """Ends a token and the sessions that were opened with it. Raises UnknownTokenError, StorageAwayError."""
    with services.catalog.begin() as session:
        removed = session.execute(delete(Token).where(col(Token.name) == name).returning(col(Token.name)))
        if removed.first() is None:
            raise UnknownTokenError(f"There is no token {name}.")
        publish_tokens(session, services.store)


def create_session_code(services: Services, token: str) -> str:
    """A code for `GET /session?code=…` that works once, within 15 minutes. Raises UnknownTokenError."""
    code = secrets.token_urlsafe(24)
    with services.catalog.begin() as session:
        session.execute(delete(SessionCode).where(col(SessionCode.expires) <= func.clock_timestamp()))
        row = _find(session, token)
        if row is None:
            raise UnknownTokenError("The token is not in force.")
        session.add(
            SessionCode(sha256=hash_token(code), token=row.name, expires=datetime.now(UTC) + SESSION_CODE_LIFE)
        )
    return code


def open_session(services: Services, code: str) -> str:
    """A token of the browser's own, with the roles of the one that the code was made with, for 30 days at most.

    Raises UnknownSessionCodeError, StorageAwayError.
    """
    token = new_token()
    with services.catalog.begin() as session:
        used = session.execute(
            delete(SessionCode)
            .where(col(SessionCode.sha256) == hash_token(code), col(SessionCode.expires) > func.clock_timestamp())
            .returning(col(SessionCode.token))
        ).scalar_one_or_none()
        parent = session.get(Token, used) if used is not None else None
        if parent is None:
            raise UnknownSessionCodeError("This link has been used already or is older than 15 minutes.")
        session.execute(
            delete(Token).where(col(Token.parent).is_not(None), col(Token.expires) <= func.clock_timestamp())
        )
        ends = datetime.now(UTC) + SESSION_LIFE
        expires = min(ends, parent.expires) if parent.expires else ends
        _insert(session, f"{_SESSION_PREFIX}{ULID()}".lower(), token, _roles(parent), expires, parent.name)
        publish_tokens(session, services.store)
    return token


def close_session(services: Services, token: str) -> None:
    """Ends a browser's session; a token that is none stays in force."""
    with services.catalog.begin() as session:
        statement = delete(Token).where(col(Token.sha256) == hash_token(token), col(Token.parent).is_not(None))
        if session.execute(statement.returning(col(Token.name))).first() is not None:
            publish_tokens(session, services.store)


def read_grants(services: HasCatalog, token: str) -> Grants:
    """The grant of one token, if it is in force: what a request is checked against."""
    with services.catalog.begin() as session:
        row = _find(session, token)
        return Grants({row.sha256: _grant(row)} if row else {})


def publish_tokens(session: Session, store: Store) -> None:
    """Puts the tokens that will be in force after this transaction, one such transaction at a time.

    Conditionally, so that a process which froze here cannot bring a revoked token back. Raises StorageAwayError,
    PublishConflictError, NoRoomError.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    rows = session.execute(select(Token).where(_in_force()).order_by(col(Token.name))).scalars()
    data = format_grants([_grant(row) for row in rows])
    with translated_storage_errors():
        try:
            etag: str | None = store.read(TOKENS_KEY).etag
        except ObjectNotFoundError:
            etag = None
        store.put(TOKENS_KEY, data, content_type="application/json", if_match=etag, if_absent=etag is None)


def _insert(
    session: Session,
    name: str,
    token: str,
    roles: Iterable[Role],
    expires: datetime | None,
    parent: str | None = None,
) -> None:
    session.add(Token(name=name, sha256=hash_token(token), roles=sorted(set(roles)), expires=expires, parent=parent))
    session.flush()


def _find(session: Session, token: str) -> Token | None:
    statement = select(Token).where(col(Token.sha256) == hash_token(token), _in_force())
    row: Token | None = session.execute(statement).scalar_one_or_none()
    return row


def _in_force() -> ColumnElement[bool]:
    return or_(col(Token.expires).is_(None), col(Token.expires) > func.clock_timestamp())


def _roles(row: Token) -> frozenset[Role]:
    known = {role.value for role in Role}
    return frozenset(Role(role) for role in row.roles if role in known)


def _grant(row: Token) -> Grant:
    # Whoever has a session acts under the name of the token that it came from.
    return Grant(row.parent or row.name, row.sha256, _roles(row), row.expires)
