"""
Jobs: lanes, counted failures, who works, what a carrier was told; new work is announced to whoever listens.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_READY = sa.text("state = 'ready'")
_DEAD = sa.text("state = 'dead'")
_TIMER = sa.text("task_id IS NOT NULL")

#: PostgreSQL delivers it at the commit, never after a rollback; work of a later time needs no bell
_BELL = (
    "CREATE FUNCTION job_asked() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_notify('saygac_job', ''); RETURN NULL; END $$",
    "CREATE TRIGGER job_asked AFTER INSERT OR UPDATE OF state, run_at ON job FOR EACH ROW "
    "WHEN (NEW.state = 'ready' AND NEW.run_at <= now() + interval '5 seconds') EXECUTE FUNCTION job_asked()",
)


def upgrade() -> None:
    """
    Make the change.
    """
    op.add_column("job", sa.Column("failed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("job", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("job", sa.Column("sent_at", engine.tables.Moment(timezone=True), nullable=True))
    op.create_index(
        "ix_job_lane_run_at_id", "job", ["lane", "run_at", "id"], sqlite_where=_READY, postgresql_where=_READY
    )
    op.create_index("ix_job_dead_id", "job", ["id"], sqlite_where=_DEAD, postgresql_where=_DEAD)
    op.create_index("ix_job_task_id", "job", ["task_id"], sqlite_where=_TIMER, postgresql_where=_TIMER)
    if op.get_bind().dialect.name == "postgresql":
        for statement in _BELL:
            op.execute(statement)


def downgrade() -> None:
    """
    Undo the change.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER job_asked ON job")
        op.execute("DROP FUNCTION job_asked()")
    for name in ("ix_job_task_id", "ix_job_dead_id", "ix_job_lane_run_at_id"):
        op.drop_index(name, "job")
    for name in ("sent_at", "owner", "failed"):
        op.drop_column("job", name)
