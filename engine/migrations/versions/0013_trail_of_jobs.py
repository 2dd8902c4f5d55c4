"""
Keep with a job which request asked for it, and which version of the program understands it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.add_column("job", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column("job", sa.Column("request_id", sa.Text(), nullable=True))
    op.add_column("job", sa.Column("trace", sa.Text(), nullable=True))


def downgrade() -> None:
    """
    Undo the change.
    """
    for name in ("trace", "request_id", "version"):
        op.drop_column("job", name)
