"""Every test that takes `database` or `store` runs on SQLite and on PostgreSQL."""

from store.databases import database, postgresql, store, team_database

__all__ = ["database", "postgresql", "store", "team_database"]
