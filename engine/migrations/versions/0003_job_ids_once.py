"""
Give every job an id of its own on SQLite, which else gives the id of a finished job to the next one.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    if op.get_bind().dialect.name != "sqlite":
        return
    with op.batch_alter_table("job", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
        pass
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'job'")
    op.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'job', max("
        "coalesce((SELECT max(id) FROM job), 0), coalesce((SELECT max(id) FROM finished_job), 0))"
    )


def downgrade() -> None:
    """
    Undo the change.
    """
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("job", recreate="always", table_kwargs={"sqlite_autoincrement": False}):
            pass
