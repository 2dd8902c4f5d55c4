"""
Keep failed attempts and what operators do; indexes of the operators' lists.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER deed_no_update BEFORE UPDATE ON deed BEGIN SELECT RAISE(ABORT, 'deed is append-only'); END",
        "CREATE TRIGGER deed_no_delete BEFORE DELETE ON deed BEGIN SELECT RAISE(ABORT, 'deed is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION deed_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'deed is append-only'; END $$",
        "CREATE TRIGGER deed_append_only BEFORE UPDATE OR DELETE ON deed "
        "FOR EACH ROW EXECUTE FUNCTION deed_append_only()",
    ),
}
#: name -> table, columns, condition
_INDEXES = {
    "ix_job_kind_run_at_id": ("job", ["kind", "run_at", "id"], "state = 'ready'"),
    "ix_job_resting_id": ("job", ["id"], "state IN ('suspended', 'held')"),
    "ix_finished_job_finished_at_id": ("finished_job", ["finished_at", "id", "lane"], None),
    "ix_incident_job_id": ("incident", ["job_id"], None),
    "ix_incident_open_id": ("incident", ["id"], "resolved_at IS NULL"),
    "ix_incident_open_code_id": ("incident", ["code", "id"], "resolved_at IS NULL"),
    "ix_task_element_case_id": ("task", ["element", "case_id"], "state = 'open'"),
    "ix_case_file_open_opened_at_id": ("case_file", ["opened_at", "id"], "closed_at IS NULL"),
}


def upgrade() -> None:
    """
    Make the change.
    """
    moment = engine.tables.Moment(timezone=True)
    op.create_table(
        "failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_failure_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure")),
    )
    op.create_table(
        "deed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("deed", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("incident_id", sa.Integer(), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_deed_person_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_deed_case_id")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_deed_incident_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deed")),
    )
    op.create_index("ix_deed_case_id_id", "deed", ["case_id", "id"])
    for column in ("job_id", "incident_id"):
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_failure_{column}", "failure", [column], sqlite_where=given, postgresql_where=given)
    op.add_column("incident", sa.Column("kind", sa.Text(), nullable=True))
    op.add_column("incident", sa.Column("params", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("incident", sa.Column("note", sa.Text(), nullable=True))
    op.add_column("batch", sa.Column("paused_at", moment, nullable=True))
    for name, (table, columns, condition) in _INDEXES.items():
        where = sa.text(condition) if condition else None
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """
    Undo the change.
    """
    for name, (table, _, _) in reversed(_INDEXES.items()):
        op.drop_index(name, table)
    op.drop_column("batch", "paused_at")
    for column in ("note", "params", "kind"):
        op.drop_column("incident", column)
    op.drop_table("deed")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION deed_append_only()")
    op.drop_table("failure")
