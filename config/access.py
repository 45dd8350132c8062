"""Who may do what: roles, the one table of actions, and API tokens. Pure but for the random source.

A token is 256 bits of randomness, so its SHA-256 is enough to keep (RFC 6750 bearer tokens). `Grants` is the
published projection of the token table: the image server checks tokens with it and without a database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

TOKEN_PREFIX = "pigture_"  # noqa: S105  a prefix that secret scanners can look for, no secret
COOKIE_NAME = "pigture_session"


class Role(StrEnum):
    """What a token may do. The roles are independent of each other; ADMINISTER includes all."""

    READ = "read"
    ANNOTATE = "annotate"
    CURATE = "curate"
    IMPORT = "import"
    ADMINISTER = "administer"


class Action(StrEnum):
    """Everything that access is decided about."""

    READ_PUBLIC = "read public images"
    READ_RESTRICTED = "read restricted images"
    READ_JOBS = "read jobs"
    WRITE_IMAGES = "write images"
    DELETE_IMAGES = "delete images"
    PURGE_IMAGES = "purge images"
    DOWNLOAD_PYRAMIDS = "download pyramids"
    DOWNLOAD_ORIGINALS = "download originals"
    MANAGE_TOKENS = "manage tokens"
    READ_METRICS = "read metrics"
    READ_RESTRICTED_ANNOTATIONS = "read restricted annotations"
    ANNOTATE = "write annotations"
    CURATE_ANNOTATIONS = "curate annotations"
    IMPORT_ANNOTATIONS = "import annotations of others"
    ADMINISTER_ANNOTATIONS = "administer annotations"


ALLOWED: Mapping[Action, frozenset[Role]] = {
    Action.READ_RESTRICTED: frozenset({Role.READ, Role.ANNOTATE, Role.CURATE, Role.ADMINISTER}),
    Action.READ_JOBS: frozenset({Role.CURATE, Role.ADMINISTER}),
    Action.WRITE_IMAGES: frozenset({Role.CURATE, Role.ADMINISTER}),
    Action.DELETE_IMAGES: frozenset({Role.CURATE, Role.ADMINISTER}),
    Action.PURGE_IMAGES: frozenset({Role.ADMINISTER}),
    Action.DOWNLOAD_PYRAMIDS: frozenset({Role.READ, Role.ANNOTATE, Role.CURATE, Role.ADMINISTER}),
    # They may hold more than is shown: what a camera noted, a patient's name on a slide's label.
    Action.DOWNLOAD_ORIGINALS: frozenset({Role.CURATE, Role.ADMINISTER}),
    Action.MANAGE_TOKENS: frozenset({Role.ADMINISTER}),
    Action.READ_METRICS: frozenset({Role.ADMINISTER}),
    Action.READ_RESTRICTED_ANNOTATIONS: frozenset({Role.READ, Role.ANNOTATE, Role.CURATE, Role.ADMINISTER}),
    Action.ANNOTATE: frozenset({Role.ANNOTATE, Role.CURATE, Role.IMPORT, Role.ADMINISTER}),
    Action.CURATE_ANNOTATIONS: frozenset({Role.CURATE, Role.ADMINISTER}),
    Action.IMPORT_ANNOTATIONS: frozenset({Role.IMPORT, Role.ADMINISTER}),
    Action.ADMINISTER_ANNOTATIONS: frozenset({Role.ADMINISTER}),
}
"""Which roles allow an action; READ_PUBLIC needs none and stands outside the table."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks: a token's name and roles, or nobody."""

    name: str | None = None
    roles: frozenset[Role] = frozenset()

    def may(self, action: Action) -> bool:
        """Whether the action is allowed."""
        return action is Action.READ_PUBLIC or bool(self.roles & ALLOWED[action])


NOBODY = Principal()


@dataclass(frozen=True, slots=True)
class Grant:
    """What is kept of a token: never the token itself."""

    name: str
    sha256: str
    roles: frozenset[Role]
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grants:
    """All tokens in force, by hash."""

    by_hash: Mapping[str, Grant]

    def principal(self, token: str | None, now: datetime) -> Principal | None:
        """NOBODY without a token; None where a token was given and is unknown or has expired."""
        if not token:
            return NOBODY
        grant = self.by_hash.get(hash_token(token))
        if grant is None or (grant.expires is not None and grant.expires <= now):
            return None
        return Principal(grant.name, grant.roles)


NO_GRANTS = Grants({})


def new_token() -> str:
    """A fresh random token, to be shown once."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Hexadecimal SHA-256 of the token."""
    return hashlib.sha256(token.encode()).hexdigest()


def same_secret(left: str, right: str) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


def parse_bearer(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer …` header (RFC 6750 §2.1), or None."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def format_grants(grants: Iterable[Grant]) -> bytes:
    """The projection as UTF-8 JSON."""
    rows = [
        {
            "name": grant.name,
            "sha256": grant.sha256,
            "roles": sorted(grant.roles),
            "expires": grant.expires.astimezone(UTC).isoformat() if grant.expires else None,
        }
        for grant in grants
    ]
    return json.dumps({"schema_version": 1, "tokens": rows}).encode()


def parse_grants(data: bytes) -> Grants:
    """Inverse of format_grants. Roles that this version does not know are left out. Raises ValueError."""
    try:
        rows = json.loads(data)["tokens"]
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    return Grants({row["sha256"]: _parse_grant(row) for row in rows})


def _parse_grant(row: Mapping[str, object]) -> Grant:
    known = {role.value for role in Role}
    roles = row["roles"]
    if not isinstance(roles, list):
        raise ValueError("roles must be a list")
    expires = row.get("expires")
    return Grant(
        name=str(row["name"]),
        sha256=str(row["sha256"]),
        roles=frozenset(Role(role) for role in roles if role in known),
        expires=_parse_moment(str(expires)) if expires else None,
    )


def _parse_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its offset from UTC")
    return moment
