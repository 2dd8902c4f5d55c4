"""
Keep what an analyst changes before it is proposed, which mails a person does not want, and how a mail went out.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.create_table(
        "release_draft",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("saved_at", engine.tables.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_release_draft_person_id")),
        sa.ForeignKeyConstraint(["base"], ["release.id"], name=op.f("fk_release_draft_base")),
        sa.PrimaryKeyConstraint("person_id", "process", "path", name=op.f("pk_release_draft")),
    )
    op.create_table(
        "unwanted_mail",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unwanted_mail_person_id")),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_unwanted_mail")),
    )
    op.add_column("mail_log", sa.Column("attempts", sa.Integer(), server_default="1", nullable=False))
    op.add_column("mail_log", sa.Column("accepted_by", sa.Text(), server_default="", nullable=False))
    op.add_column("mail_log", sa.Column("reason", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """
    Undo the change.
    """
    for column in ("reason", "accepted_by", "attempts"):
        op.drop_column("mail_log", column)
    for table in ("unwanted_mail", "release_draft"):
        op.drop_table(table)
