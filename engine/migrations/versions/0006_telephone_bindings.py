"""
Remember whose a telephone is that logs in by a mobile signature.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.create_table(
        "telephone_binding",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fin", sa.Text(), nullable=False),
        sa.Column("seen_at", engine.tables.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_telephone_binding")),
    )
    op.create_index("ix_telephone_binding_seen_at", "telephone_binding", ["seen_at"])


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_table("telephone_binding")
