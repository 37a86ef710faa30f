"""Fixtures of the storage tests: a store on SQLite and on PostgreSQL."""

from tests.storage.conftest import postgresql_stage, sqlite_stage, stage

__all__ = ["postgresql_stage", "sqlite_stage", "stage"]
