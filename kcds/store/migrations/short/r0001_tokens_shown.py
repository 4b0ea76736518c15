"""Token ids that were used, and the advice that was shown last."""

import sqlalchemy as sa
from alembic import op

revision = "short_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "token",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("expires", instant, nullable=False),
    )
    op.create_index("token_expires", "token", ["expires"])
    op.create_table(
        "shown",
        sa.Column("view_key", sa.LargeBinary, primary_key=True),
        sa.Column("advice", sa.LargeBinary, nullable=False),
        sa.Column("at", instant, nullable=False),
    )
    op.create_index("shown_at", "shown", ["at"])
