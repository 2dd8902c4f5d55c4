"""
Keep every try to log in as a row.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.create_table(
        "log_in_attempt",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("onward", sa.Text(), nullable=False),
        sa.Column("expires_at", engine.tables.Moment(timezone=True), nullable=False),
        sa.Column("held_until", engine.tables.Moment(timezone=True), nullable=True),
        sa.Column("consumed_at", engine.tables.Moment(timezone=True), nullable=True),
        sa.Column("identity", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_log_in_attempt")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_log_in_attempt_secret_hash")),
    )
    op.create_index("ix_log_in_attempt_expires_at", "log_in_attempt", ["expires_at"])


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_table("log_in_attempt")
