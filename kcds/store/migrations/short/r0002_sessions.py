"""Launches from EHRs, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "short_0002"
down_revision = "short_0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "session",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("session_expires", "session", ["expires"])
