"""What a revision changed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    submission = "submission.id"
    op.create_table(
        "difference",
        sa.Column("submission_id", sa.String(64), sa.ForeignKey(submission), primary_key=True),
        sa.Column("base_id", sa.String(64), sa.ForeignKey(submission), primary_key=True),
        sa.Column("basis", sa.String(20), nullable=False),
        sa.Column("added_cnt", sa.BigInteger(), nullable=False),
        sa.Column("removed_cnt", sa.BigInteger(), nullable=False),
        sa.Column("kept_cnt", sa.BigInteger(), nullable=False),
        sa.Column("changed_cnt", sa.BigInteger(), nullable=False),
        sa.Column("unchanged_cnt", sa.BigInteger(), nullable=False),
        sa.Column("cell_counts", sa.JSON(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("computed_at", sa.DateTime(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("difference")
