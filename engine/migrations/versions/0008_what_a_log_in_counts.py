"""
Remember what a try to log in was counted against.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.add_column("log_in_attempt", sa.Column("limited", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_column("log_in_attempt", "limited")
