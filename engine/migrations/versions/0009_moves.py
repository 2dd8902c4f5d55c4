"""
Let a release say who proposed and approved it; keep what is moved from one release to another.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.tables import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    with op.batch_alter_table("release", schema=None) as batch_op:
        for name in ("proposed_by", "approved_by"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=True))
            batch_op.create_foreign_key(op.f(f"fk_release_{name}"), "person", [name], ["id"])
    op.create_table(
        "move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("to_release", sa.Text(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_move_by_id")),
        sa.ForeignKeyConstraint(["to_release"], ["release.id"], name=op.f("fk_move_to_release")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move")),
    )
    op.create_table(
        "case_move",
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("from_release", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("audit_hash", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_move_case_id")),
        sa.ForeignKeyConstraint(["from_release"], ["release.id"], name=op.f("fk_case_move_from_release")),
        sa.ForeignKeyConstraint(["move_id"], ["move.id"], name=op.f("fk_case_move_move_id")),
        sa.PrimaryKeyConstraint("move_id", "case_id", name=op.f("pk_case_move")),
    )
    op.create_index("ix_case_move_move_id_state_case_id", "case_move", ["move_id", "state", "case_id"])


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_table("case_move")
    op.drop_table("move")
    with op.batch_alter_table("release", schema=None) as batch_op:
        for name in ("approved_by", "proposed_by"):
            batch_op.drop_constraint(op.f(f"fk_release_{name}"), type_="foreignkey")
            batch_op.drop_column(name)
