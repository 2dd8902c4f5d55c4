"""
Keep which workers live.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    moment = engine.tables.Moment(timezone=True)
    op.create_table(
        "heartbeat",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("with_pages", sa.Boolean(), nullable=False),
        sa.Column("lanes", sa.JSON(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("heard_at", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heartbeat")),
    )


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_table("heartbeat")
