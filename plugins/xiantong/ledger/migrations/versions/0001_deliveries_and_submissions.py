"""Deliveries, submissions, findings and explanations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("dataset_id", sa.String(120), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified_ns", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
    )
    op.create_index("ix_delivery_dataset_state", "delivery", ["dataset_id", "state"])
    op.create_table(
        "submission",
        sa.Column("id", sa.String(64), sa.ForeignKey("delivery.id"), primary_key=True),
        sa.Column("dataset_id", sa.String(120), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer()),
        sa.Column("period", sa.String(10)),
        sa.Column("reporter_code", sa.Text()),
        sa.Column("reporter_area_code", sa.Text()),
        sa.Column("reporter_name", sa.Text()),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("settled_at", sa.DateTime(), nullable=False),
        sa.Column("accepted_at", sa.DateTime()),
        sa.Column("due_at", sa.Date()),
        sa.Column("row_cnt", sa.BigInteger(), nullable=False),
        sa.Column("accepted_row_cnt", sa.BigInteger(), nullable=False),
        sa.Column("bad_row_cnt", sa.BigInteger(), nullable=False),
        sa.Column("error_cnt", sa.BigInteger(), nullable=False),
        sa.Column("warning_cnt", sa.BigInteger(), nullable=False),
        sa.Column("explained_cnt", sa.BigInteger(), nullable=False),
        sa.Column("content_digest", sa.String(128), nullable=False),
        sa.Column("duplicate_of", sa.String(64), sa.ForeignKey("submission.id")),
        sa.Column("lake_key", sa.Text()),
        sa.Column("loaded_at", sa.DateTime()),
        sa.Column("wants_return", sa.Boolean(), nullable=False),
        sa.Column("return_key", sa.Text()),
        sa.Column("filler_name", sa.Text()),
        sa.Column("reviewer_name", sa.Text()),
        sa.Column("unit_head_name", sa.Text()),
        sa.Column("rule_counts", sa.JSON(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
    )
    op.create_index("ix_submission_dataset_period", "submission", ["dataset_id", "period"])
    has_revision = sa.text("revision is not null")
    op.create_index(
        "uq_submission_revision",
        "submission",
        ["dataset_id", "period", "reporter_code", "revision"],
        unique=True,
        sqlite_where=has_revision,
        postgresql_where=has_revision,
    )
    op.create_table(
        "finding",
        sa.Column("submission_id", sa.String(64), sa.ForeignKey("submission.id"), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
        sa.Column("fix_zh", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text()),
        sa.Column("src_row", sa.BigInteger()),
        sa.Column("column_name", sa.Text()),
        sa.Column("header_zh", sa.Text()),
        sa.Column("cell", sa.Text()),
        sa.Column("value", sa.Text()),
    )
    op.create_table(
        "explanation",
        sa.Column("submission_id", sa.String(64), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id", "seq"], ["finding.submission_id", "finding.seq"]),
    )


def downgrade() -> None:
    for table in ("explanation", "finding", "submission", "delivery"):
        op.drop_table(table)
