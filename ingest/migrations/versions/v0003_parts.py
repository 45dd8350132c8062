"""The pictures beside the first that belong to a revision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table of parts."""
    op.create_table(
        "part",
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision"], ["revision.name"], name=op.f("fk_part_revision_revision"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("revision", "position", name=op.f("pk_part")),
    )


def downgrade() -> None:
    """Takes it away; the image server still finds the parts in storage."""
    op.drop_table("part")
