"""
Let a session say by which means, in which browser and for which legal entity it was opened.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """
    Make the change.
    """
    op.add_column("person", sa.Column("voen", sa.Text(), nullable=True))
    op.create_index("ix_person_voen", "person", ["voen"], unique=True)
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("means", sa.Text(), server_default="password", nullable=False))
        batch_op.add_column(sa.Column("device", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("entity_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_web_session_entity_id"), "person", ["entity_id"], ["id"])


def downgrade() -> None:
    """
    Undo the change.
    """
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_web_session_entity_id"), type_="foreignkey")
        for name in ("entity_id", "device", "means"):
            batch_op.drop_column(name)
    op.drop_index("ix_person_voen", table_name="person")
    op.drop_column("person", "voen")
