"""What Alembic runs: migrate inside the transaction that the caller opened, one group of tables."""

from alembic import context

connection = context.config.attributes["connection"]
group = context.config.attributes["group"]

context.configure(
    connection=connection,
    target_metadata=group.metadata,
    version_table=group.version_table,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
