"""Explanations that are found again, carry over, stand beside the file, and know their row's area."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("delivery", "sidecar_sha256", sa.String(64)),
    ("delivery", "sidecar_name", sa.Text()),
    ("finding", "fingerprint", sa.String(40)),
    ("finding", "area_code", sa.Text()),
    ("explanation", "carried_from", sa.String(64)),
)


def upgrade() -> None:
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind))


def downgrade() -> None:
    for table, name, _ in reversed(_COLUMNS):
        with op.batch_alter_table(table) as changed:
            changed.drop_column(name)
