"""
Keep since when the term of a case does not run.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.add_column("case_file", sa.Column("term_stopped_at", engine.tables.Moment(timezone=True), nullable=True))


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_column("case_file", "term_stopped_at")
