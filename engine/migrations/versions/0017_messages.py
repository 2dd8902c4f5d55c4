"""
Keep the events that wait for messages and signals, the messages that nobody waits for, and which conversation a case
belongs to.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.add_column("case_file", sa.Column("conversation", sa.Text(), nullable=True))
    op.create_table(
        "subscription",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("element", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("opened_at", engine.tables.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_subscription_case_id")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_subscription")),
    )
    op.create_index("ix_subscription_case_id", "subscription", ["case_id"])
    op.create_index("ix_subscription_kind_name_key", "subscription", ["kind", "name", "key"])
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("element", sa.Text(), nullable=True),
        sa.Column("sent_at", engine.tables.Moment(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Integer(), nullable=True),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_message_case_id")),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_message_sent_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("origin", name=op.f("uq_message_origin")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_case_id", "message", ["case_id"])
    op.create_index(
        "ix_message_name_key",
        "message",
        ["name", "key"],
        sqlite_where=sa.text("waits"),
        postgresql_where=sa.text("waits"),
    )


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_table("message")
    op.drop_table("subscription")
    op.drop_column("case_file", "conversation")
