"""What was sent to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reminder",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("reporter_code", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("item_cnt", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text()),
    )
    op.create_index("ix_reminder_reporter_day", "reminder", ["reporter_code", "day"])


def downgrade() -> None:
    op.drop_table("reminder")
