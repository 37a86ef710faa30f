"""The database: SQLite in one file, or PostgreSQL for several processes. Nothing else knows SQL."""

from bot.storage.export import read_days, read_export
from bot.storage.store import Store, open_store
from bot.storage.urls import check_database, migrate

__all__ = ["Store", "check_database", "migrate", "open_store", "read_days", "read_export"]
