"""Closed and reopened periods, extensions and exemptions."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "closing",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("dataset_id", sa.String(120)),
        sa.Column("reporter_code", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("release", sa.Text()),
    )
    op.create_index("ix_closing_period", "closing", ["period"])
    op.create_table(
        "arrangement",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("reporter_code", sa.Text(), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("dataset_id", sa.String(120)),
        sa.Column("department", sa.String(60)),
        sa.Column("due_at", sa.Date()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("withdraws", sa.Integer(), sa.ForeignKey("arrangement.seq")),
    )


def downgrade() -> None:
    op.drop_table("arrangement")
    op.drop_table("closing")
