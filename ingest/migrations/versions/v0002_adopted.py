"""Originals that stay where they are: adopted files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An original has a SHA-256 or a location."""
    op.alter_column("master", "sha256", nullable=True)
    op.add_column("master", sa.Column("location", sa.Text(), nullable=True))
    op.add_column("master", sa.Column("etag", sa.Text(), nullable=True))
    op.add_column("master", sa.Column("checksums", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.create_index("ix_master_location", "master", ["location"], postgresql_where=sa.text("location IS NOT NULL"))
    op.create_check_constraint(op.f("ck_master_location"), "master", "(sha256 IS NULL) = (location IS NOT NULL)")


def downgrade() -> None:
    """Takes that back; impossible while there are adopted images, which the old schema cannot tell of."""
    op.drop_index("ix_master_location", table_name="master")
    op.drop_constraint(op.f("ck_master_location"), "master", type_="check")
    for column in ("checksums", "etag", "location"):
        op.drop_column("master", column)
    op.alter_column("master", "sha256", nullable=False)
