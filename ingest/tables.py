"""The catalog's tables. Alembic's migrations make them; a test holds the two together.

PostgreSQL is the truth about images, revisions, originals, jobs and tokens. Times are UTC, given by the database.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

# Names of constraints that do not depend on PostgreSQL's own choice, so that migrations can name them.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class CatalogTable(SQLModel):
    """Base of the catalog's tables, with a MetaData of their own."""

    metadata = MetaData(naming_convention=NAMING)


def _timestamp(*, nullable: bool = False, default_now: bool = False) -> Any:
    default = text("now()") if default_now else None
    return Column(DateTime(timezone=True), nullable=nullable, server_default=default)


class Image(CatalogTable, table=True):
    """An identifier and what it stands for now.

    `new`: nothing has been published yet; `live`: `revision` is shown; `deleted`: never to be used again.
    `generation` is the number of the last record that was published.
    """

    __tablename__ = "image"
    __table_args__ = (
        CheckConstraint("state IN ('new', 'live', 'deleted')", name="state"),
        CheckConstraint("access IN ('public', 'restricted')", name="access"),
        CheckConstraint("(state = 'live') = (revision IS NOT NULL)", name="revision"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    identifier: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    state: str = Field(default="new", sa_column=Column(Text, nullable=False))
    label: dict[str, list[str]] = Field(sa_column=Column(JSONB, nullable=False))
    rights: str | None = Field(default=None, sa_column=Column(Text))
    access: str = Field(sa_column=Column(Text, nullable=False))
    generation: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    # No foreign key: revision.image_id points here already, and purging takes both away in one transaction.
    revision: str | None = Field(default=None, sa_column=Column(Text))
    created: datetime | None = Field(default=None, sa_column=_timestamp(default_now=True))
    updated: datetime | None = Field(default=None, sa_column=_timestamp(default_now=True))


class Master(CatalogTable, table=True):
    """An original as it came in. The same bytes are kept once.

    `incoming`: the row is there, the bytes may not be yet; `stored`: waiting for its verdict; `published`: a revision
    was made of it; `quarantined`: it could not be used.

    With `location`, one that was adopted: a file of somebody else's under that URL, never touched, in the version of
    that `etag`, when it was asked for. Nobody knows its SHA-256. `checksums`: whether its tiles are read for theirs.
    """

    __tablename__ = "master"
    __table_args__ = (
        CheckConstraint("state IN ('incoming', 'stored', 'published', 'quarantined')", name="state"),
        CheckConstraint("(sha256 IS NULL) = (location IS NOT NULL)", name="location"),
        # The sweeper asks at every round whether there are any.
        Index("ix_master_location", "location", postgresql_where=text("location IS NOT NULL")),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    sha256: str | None = Field(sa_column=Column(Text, unique=True))
    location: str | None = Field(default=None, sa_column=Column(Text))
    etag: str | None = Field(default=None, sa_column=Column(Text))
    checksums: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=text("true")))
    size_bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    file_name: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(default="incoming", sa_column=Column(Text, nullable=False))
    created: datetime | None = Field(default=None, sa_column=_timestamp(default_now=True))


class PublishedRevision(CatalogTable, table=True):
    """A revision that was published; `document` is its revision.json, from which the record can be rebuilt."""

    __tablename__ = "revision"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    image_id: int = Field(sa_column=Column(BigInteger, ForeignKey("image.id"), nullable=False, index=True))
    master_id: str = Field(sa_column=Column(Text, ForeignKey("master.id"), nullable=False, index=True))
    file_name: str = Field(sa_column=Column(Text, nullable=False))
    width: int = Field(sa_column=Column(Integer, nullable=False))
    height: int = Field(sa_column=Column(Integer, nullable=False))
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    published: datetime | None = Field(default=None, sa_column=_timestamp(default_now=True))


class PublishedPart(CatalogTable, table=True):
    """A picture beside the first of a revision; `document` is its revision.json, `name` that of its URLs."""

    __tablename__ = "part"

    revision: str = Field(sa_column=Column(Text, ForeignKey("revision.name", ondelete="CASCADE"), primary_key=True))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    label: str = Field(sa_column=Column(Text, nullable=False))
    width: int = Field(sa_column=Column(Integer, nullable=False))
    height: int = Field(sa_column=Column(Integer, nullable=False))
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class Job(CatalogTable, table=True):
    """One file that is to become a revision of an image.

    `label`, `rights` and `access` take effect on publication; empty means: as the image has them. `revisions` are the
    names of all attempts; the last is that of the running attempt, and also the token of its lease.
    `enqueued` is empty while no message is known to lie in the queue.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        CheckConstraint("(state = 'running') = (lease_expires IS NOT NULL)", name="lease"),
        # One conversion per image at a time, also when two submits race.
        Index(
            "uq_job_active_image", "image_id", unique=True, postgresql_where=text("state IN ('queued', 'running')")
        ),
        Index("ix_job_active", "state", "created", postgresql_where=text("state IN ('queued', 'running')")),
    )

    id: str = Field(sa_column=Column(Text, primary_key=True))
    image_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("image.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    # Empty once the original has been removed.
    master_id: str | None = Field(sa_column=Column(Text, ForeignKey("master.id"), index=True))
    file_name: str = Field(sa_column=Column(Text, nullable=False))
    label: dict[str, list[str]] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    rights: str | None = Field(default=None, sa_column=Column(Text))
    access: str | None = Field(default=None, sa_column=Column(Text))
    state: str = Field(default="queued", sa_column=Column(Text, nullable=False))
    progress: float = Field(default=0.0, sa_column=Column(Float, nullable=False))
    error: str | None = Field(default=None, sa_column=Column(Text))
    attempts: int = Field(default=0, sa_column=Column(Integer, nullable=False))
    revisions: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'"))
    )
    lease_expires: datetime | None = Field(default=None, sa_column=_timestamp(nullable=True))
    owner: str | None = Field(default=None, sa_column=Column(Text))
    not_before: datetime | None = Field(default=None, sa_column=_timestamp(default_now=True))
    enqueued: datetime | None = Field(default=None, sa_column=_timestamp(nullable=True))
    created: datetime | None = Field(default=None, sa_column=_timestamp(default_now=True))
    updated: datetime | None = Field(default=None, sa_column=_timestamp(default_now=True))


class Token(CatalogTable, table=True):
    """An API token, by its hash. A browser's session is one too: `parent` is the token that it was opened with."""

    __tablename__ = "token"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    sha256: str = Field(sa_column=Column(Text, nullable=False, unique=True))
    roles: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    parent: str | None = Field(
        default=None, sa_column=Column(Text, ForeignKey("token.name", ondelete="CASCADE"), index=True)
    )
    expires: datetime | None = Field(default=None, sa_column=_timestamp(nullable=True))
    created: datetime | None = Field(default=None, sa_column=_timestamp(default_now=True))


class SessionCode(CatalogTable, table=True):
    """A one-time code, by its hash, that opens a browser's session with the roles of `token`."""

    __tablename__ = "session_code"

    sha256: str = Field(sa_column=Column(Text, primary_key=True))
    token: str = Field(
        sa_column=Column(Text, ForeignKey("token.name", ondelete="CASCADE"), nullable=False, index=True)
    )
    expires: datetime = Field(sa_column=_timestamp())


class Discarded(CatalogTable, table=True):
    """Objects that nothing refers to any more: every key that begins with `prefix` is removed once `due` has come."""

    __tablename__ = "discarded"

    prefix: str = Field(sa_column=Column(Text, primary_key=True))
    due: datetime | None = Field(default=None, sa_column=_timestamp(default_now=True))
