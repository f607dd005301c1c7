"""Fingerprint of the explanations of a submission; no identity numbers in names of files."""

import sqlalchemy as sa
from alembic import op

from xiantong.masking import has_identity, without_identity

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("submission") as table:
        table.add_column(sa.Column("explanation_digest", sa.String(128)))
    delivery = sa.table("delivery", sa.column("id", sa.String()), sa.column("name", sa.Text()))
    connection = op.get_bind()
    named = connection.execute(sa.select(delivery.c.id, delivery.c.name)).all()
    for delivery_id, name in ((str(row[0]), str(row[1])) for row in named):
        if has_identity(name):
            masked = delivery.update().where(delivery.c.id == delivery_id)
            connection.execute(masked.values(name=without_identity(name)))


def downgrade() -> None:
    with op.batch_alter_table("submission") as table:
        table.drop_column("explanation_digest")
