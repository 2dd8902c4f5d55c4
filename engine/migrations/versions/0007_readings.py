"""
Keep who has read whose personal data.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: a reading is never changed and never deleted
GUARDS = {
    "sqlite": (
        "CREATE TRIGGER reading_no_update BEFORE UPDATE ON reading "
        "BEGIN SELECT RAISE(ABORT, 'reading is append-only'); END",
        "CREATE TRIGGER reading_no_delete BEFORE DELETE ON reading "
        "BEGIN SELECT RAISE(ABORT, 'reading is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION reading_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'reading is append-only'; END $$",
        "CREATE TRIGGER reading_append_only BEFORE UPDATE OR DELETE ON reading "
        "FOR EACH ROW EXECUTE FUNCTION reading_append_only()",
    ),
}


def upgrade() -> None:
    """
    Make the change.
    """
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", engine.tables.Moment(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("cases", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("until", engine.tables.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_reading_case_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reading_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index("ix_reading_case_id_id", "reading", ["case_id", "id"])
    op.create_index("ix_reading_person_id_until", "reading", ["person_id", "until"])
    for guard in GUARDS[op.get_bind().dialect.name]:
        op.execute(guard)


def downgrade() -> None:
    """
    Undo the change.
    """
    op.drop_table("reading")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION reading_append_only()")
