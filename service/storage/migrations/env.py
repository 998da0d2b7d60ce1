"""What Alembic runs: migrations inside the transaction that `service.storage.migrate` opened."""

from alembic import context

from service.storage import tables  # noqa: F401 - all tables join the metadata
from service.storage.metadata import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite too: the transaction was begun explicitly
)
with context.begin_transaction():
    context.run_migrations()
