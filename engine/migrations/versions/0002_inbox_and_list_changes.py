"""
Index open cases by their term and words by their beginning; note who changes the editable lists.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    """
    Make the change.
    """
    for name, columns in (
        ("ix_case_file_unit_due_at_id", ["unit", "due_at", "id"]),
        ("ix_case_file_due_at_id", ["due_at", "id"]),
    ):
        op.create_index(name, "case_file", columns, sqlite_where=_OPEN, postgresql_where=_OPEN)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_search_term_beginning", "search_term", [sa.text('term COLLATE "C"'), "case_id"])
    op.create_table(
        "list_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", engine.tables.Moment(timezone=True), nullable=False),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_list_change_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_change")),
    )
    op.create_index("ix_list_change_list_code_id", "list_change", ["list", "code", "id"])


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_table("list_change")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_search_term_beginning", "search_term")
    op.drop_index("ix_case_file_due_at_id", "case_file")
    op.drop_index("ix_case_file_unit_due_at_id", "case_file")
