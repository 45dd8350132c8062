"""The lexicon: every lexeme in the index over words, so that a beginning becomes the words that begin so."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes it empty: a running store fills it, at 300,000 annotations a second."""
    op.execute("""
CREATE TABLE annotations.lexeme (
    word TEXT COLLATE "C" NOT NULL,
    rows BIGINT NOT NULL,
    CONSTRAINT pk_lexeme PRIMARY KEY (word)
) WITH (fillfactor = 50)""")
    op.execute("""
CREATE TABLE annotations.lexicon (
    id SMALLINT NOT NULL,
    complete_until xid8 DEFAULT '0' NOT NULL,
    purges BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_lexicon PRIMARY KEY (id),
    CONSTRAINT ck_lexicon_one CHECK (id = 1)
)""")
    op.execute("INSERT INTO annotations.lexicon (id) VALUES (1)")


def downgrade() -> None:
    """Takes it away."""
    op.execute("DROP TABLE annotations.lexicon")
    op.execute("DROP TABLE annotations.lexeme")
