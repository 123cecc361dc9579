"""Alembic's entry: migrations run on the connection that `telstar_api.migrations` hands over."""

from alembic import context

from telstar_api.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
