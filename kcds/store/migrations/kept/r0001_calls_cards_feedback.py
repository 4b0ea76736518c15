"""Calls, their cards, and feedback."""

import sqlalchemy as sa
from alembic import op

revision = "kept_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "call",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", instant, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("hook_instance", sa.Text, nullable=False),
        sa.Column("knowledge_version", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("disposition", sa.Text, nullable=False),
        sa.Column("milliseconds", sa.Float, nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("patient_key", sa.LargeBinary),
    )
    op.create_index("call_at", "call", ["at"])
    op.create_index("call_patient", "call", ["patient_key", "client"])
    op.create_table(
        "card",
        sa.Column("uuid", sa.Text, primary_key=True),
        sa.Column("call", sa.Text, sa.ForeignKey("call.id", ondelete="CASCADE"), nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("shown", sa.Boolean, nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
    )
    op.create_index("card_call", "card", ["call"])
    op.create_table(
        "feedback",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("card", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("outcome_at", instant, nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("accepted", sa.JSON, nullable=False),
        sa.Column("reason_code", sa.Text),
        sa.Column("reason_system", sa.Text),
        sa.Column("comment", sa.LargeBinary),
    )
    op.create_index("feedback_card", "feedback", ["card"])
    op.create_index("feedback_received_at", "feedback", ["received_at"])
