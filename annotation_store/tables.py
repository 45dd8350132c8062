"""The store's tables, in a schema of their own. Alembic's migrations make them; a test holds the two together.

`annotation.document` is the truth. Every other column of `annotation` from `words` on, and all of `target`, can be
rebuilt from it. Times are UTC. Hot tables have no foreign keys: each check would lock and write the row that is
pointed at, and all writes of a container would meet on it. Rows are removed by a purge alone, which takes all away.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, NUMRANGE, TSVECTOR, UUID
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field, SQLModel

SCHEMA = "annotations"

# Names of constraints that do not depend on PostgreSQL's own choice, so that migrations can name them.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "pk": "pk_%(table_name)s",
}

LIVE = text("deleted IS NULL")


class StoreTable(SQLModel):
    """Base of the store's tables, with a MetaData of their own."""

    metadata = MetaData(schema=SCHEMA, naming_convention=NAMING)


class TransactionNumber(UserDefinedType[Any]):
    """PostgreSQL's `xid8`."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Its name in SQL."""
        return "xid8"


class Box(UserDefinedType[Any]):
    """PostgreSQL's `box`."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Its name in SQL."""
        return "box"


def _timestamp(*, nullable: bool = False, default_now: bool = True) -> Any:
    default = text("now()") if default_now else None
    return Column(DateTime(timezone=True), nullable=nullable, server_default=default)


def _texts() -> Any:
    return Column(ARRAY(Text), nullable=True)


class Container(StoreTable, table=True):
    """What annotations are kept in; viewers call it a layer. A name is never used again.

    `owner` is the name of the token that made it. `version` grows with each change of the container's own
    description; what it contains is counted in `tally`.
    """

    __tablename__ = "container"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("visibility IN ('public', 'restricted', 'private')", name="visibility"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    label: dict[str, list[str]] = Field(sa_column=Column(JSONB, nullable=False))
    visibility: str = Field(sa_column=Column(Text, nullable=False))
    owner: str | None = Field(default=None, sa_column=Column(Text))
    settings: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    version: int = Field(default=1, sa_column=Column(Integer, nullable=False, server_default=text("1")))
    created: datetime | None = Field(default=None, sa_column=_timestamp())
    modified: datetime | None = Field(default=None, sa_column=_timestamp())
    deleted: datetime | None = Field(default=None, sa_column=_timestamp(nullable=True, default_now=False))


class Tally(StoreTable, table=True):
    """How many annotations a container has (`total`), how often its content changed and when last, in parts.

    A writer takes the part of its own connection, so that writers do not wait for each other's commits.
    """

    __tablename__ = "tally"
    # Room on each page: these rows are written again and again.
    __table_args__ = ({"postgresql_with": {"fillfactor": 30}},)

    container: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    part: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    total: int = Field(sa_column=Column(BigInteger, nullable=False))
    changes: int = Field(sa_column=Column(BigInteger, nullable=False))
    modified: datetime | None = Field(default=None, sa_column=_timestamp(default_now=False))


class Annotation(StoreTable, table=True):
    """An annotation as it is now, or the tombstone of one.

    `document` is the JSON text that is given back, with `@context` first and without `id`. `creator` and `editor` are
    names of tokens: who made it, and who made this version by doing `action`. `changed` is the transaction that did:
    the order in which changes are told. `reply_to` is the interned IRI that a reply answers; a tombstone keeps it.
    """

    __tablename__ = "annotation"
    __table_args__ = (
        UniqueConstraint("container", "name"),
        CheckConstraint("state IN ('draft', 'in_review', 'accepted', 'rejected')", name="state"),
        CheckConstraint("action IN ('create', 'update', 'delete', 'undelete', 'review', 'purge')", name="action"),
        Index("ix_annotation_changed", "container", "changed", "id"),
        Index("ix_annotation_reply_to", "reply_to", "id", postgresql_where=text("reply_to IS NOT NULL")),
        Index("ix_annotation_listed", "container", "id", postgresql_where=LIVE),
        Index("ix_annotation_created", "created", "id", postgresql_where=LIVE),
        Index("ix_annotation_modified", "modified", "id", postgresql_where=LIVE),
        Index(
            "ix_annotation_reviewed",
            "container",
            "state",
            "id",
            postgresql_where=text("state <> 'accepted' AND deleted IS NULL"),
        ),
        # One index over all of them: it finds what several of them say together, in some of the numbers.
        Index(
            "ix_annotation_said",
            "words",
            "tags",
            "motivations",
            "body_types",
            "creators",
            "within",
            text("(ARRAY[id >> 12])"),  # search_windows.KEY_BITS
            postgresql_using="gin",
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    container: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    version: int = Field(default=1, sa_column=Column(Integer, nullable=False, server_default=text("1")))
    state: str = Field(sa_column=Column(Text, nullable=False))
    creator: str = Field(sa_column=Column(Text, nullable=False))
    editor: str = Field(sa_column=Column(Text, nullable=False))
    action: str = Field(sa_column=Column(Text, nullable=False))
    created: datetime | None = Field(default=None, sa_column=_timestamp())
    modified: datetime | None = Field(default=None, sa_column=_timestamp())
    deleted: datetime | None = Field(default=None, sa_column=_timestamp(nullable=True, default_now=False))
    document: str = Field(sa_column=Column(Text, nullable=False))
    words: str | None = Field(default=None, sa_column=Column(TSVECTOR, nullable=True))
    tags: list[str] | None = Field(default=None, sa_column=_texts())
    motivations: list[str] | None = Field(default=None, sa_column=_texts())
    body_types: list[str] | None = Field(default=None, sa_column=_texts())
    creators: list[str] | None = Field(default=None, sa_column=_texts())
    # Interned IRIs of the manifests that the targets say they are part of.
    within: list[int] | None = Field(default=None, sa_column=Column(ARRAY(BigInteger), nullable=True))
    changed: Any = Field(
        default=None, sa_column=Column(TransactionNumber, nullable=False, server_default=text("pg_current_xact_id()"))
    )
    reply_to: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class Lexeme(StoreTable, table=True):
    """A word of the index over words, and in about how many annotations it is. Words of annotations that are gone
    stay until a purge.
    """

    __tablename__ = "lexeme"
    # Half of each page is left for the rows that count on.
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)

    word: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    rows: int = Field(sa_column=Column(BigInteger, nullable=False))


class Lexicon(StoreTable, table=True):
    """Its one row says how far `lexeme` is complete: it has the words of what was `changed` by any transaction before
    `complete_until`; of nothing where that is 0. `purges` have emptied it.
    """

    __tablename__ = "lexicon"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    complete_until: Any = Field(
        default=None, sa_column=Column(TransactionNumber, nullable=False, server_default=text("'0'"))
    )
    purges: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))


class Version(StoreTable, table=True):
    """A former version of an annotation. The current one is the row in `annotation`."""

    __tablename__ = "version"
    __table_args__ = (
        CheckConstraint("action IN ('create', 'update', 'delete', 'undelete', 'review')", name="action"),
    )

    annotation: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    document: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    editor: str = Field(sa_column=Column(Text, nullable=False))
    action: str = Field(sa_column=Column(Text, nullable=False))
    made: datetime | None = Field(default=None, sa_column=_timestamp(default_now=False))


class Iri(StoreTable, table=True):
    """IRIs of targets, interned: their numbers fold regions of different canvases apart. Never removed."""

    __tablename__ = "iri"
    __table_args__ = (UniqueConstraint("digest"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    # The first half of the SHA-256: an IRI may be longer than an index entry.
    digest: Any = Field(sa_column=Column(UUID, nullable=False))
    value: str = Field(sa_column=Column(Text, nullable=False))


class Target(StoreTable, table=True):
    """One target of an annotation that is not deleted.

    `source` is the interned IRI without its fragment, `iri` the digest of the one as given where that differs. `box`
    is the region's, folded (annotation_store.folding); `shape` its exact form as WKB where it is no box; `time` is in
    seconds.
    """

    __tablename__ = "target"
    __table_args__ = (
        Index("ix_target_source", "source", "annotation"),
        Index("ix_target_iri", "iri", "annotation", postgresql_where=text("iri IS NOT NULL")),
        # With what tells whose box it is: a search looks at thousands of boxes for a page of a hundred.
        Index(
            "ix_target_box",
            "box",
            postgresql_using="gist",
            postgresql_include=["annotation", "position"],
            postgresql_where=text("box IS NOT NULL"),
        ),
        Index("ix_target_time", "time", postgresql_using="gist", postgresql_where=text("time IS NOT NULL")),
    )

    annotation: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    source: int = Field(sa_column=Column(BigInteger, nullable=False))
    iri: Any = Field(default=None, sa_column=Column(UUID, nullable=True))
    box: Any = Field(default=None, sa_column=Column(Box, nullable=True))
    shape: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    time: Any = Field(default=None, sa_column=Column(NUMRANGE, nullable=True))


class Alias(StoreTable, table=True):
    """An id that a client had made up for an annotation, in the container that it was sent to."""

    __tablename__ = "alias"

    container: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    digest: Any = Field(sa_column=Column(UUID, primary_key=True))
    annotation: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    value: str = Field(sa_column=Column(Text, nullable=False))


class Purge(StoreTable, table=True):
    """That somebody (a token's name) really removed all versions of an annotation. Rows stay for ever."""

    __tablename__ = "purge"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    container: int = Field(sa_column=Column(BigInteger, nullable=False))
    annotation: int = Field(sa_column=Column(BigInteger, nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    versions: int = Field(sa_column=Column(Integer, nullable=False))
    purger: str = Field(sa_column=Column(Text, nullable=False))
    made: datetime | None = Field(default=None, sa_column=_timestamp())
