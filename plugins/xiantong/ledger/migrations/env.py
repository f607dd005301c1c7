"""Alembic runs migrations through this file; ``Ledger.upgrade`` brings the connection."""

from alembic import context

from xiantong.ledger.schema import VERSION_TABLE, Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
