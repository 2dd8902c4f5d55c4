"""
Keep since when a case is suspended, and what answers were before they were put right.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.add_column("case_file", sa.Column("suspended_at", engine.tables.Moment(timezone=True), nullable=True))
    op.create_table(
        "correction",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("after", sa.LargeBinary(), nullable=False),
        sa.Column("at", engine.tables.Moment(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_correction_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_correction_case_id")),
        sa.ForeignKeyConstraint(["task_id"], ["submission.task_id"], name=op.f("fk_correction_task_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_case_id", "correction", ["case_id"])


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_table("correction")
    op.drop_column("case_file", "suspended_at")
