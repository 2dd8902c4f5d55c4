"""
Keep since when a move of cases rests.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.add_column("move", sa.Column("paused_at", engine.tables.Moment(timezone=True), nullable=True))


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_column("move", "paused_at")
