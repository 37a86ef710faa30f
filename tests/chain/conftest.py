"""The databases of the storage tests, sealed and tampered with here."""

from tests.storage.conftest import postgres, postgresql_stage, sqlite_stage, stage

__all__ = ["postgres", "postgresql_stage", "sqlite_stage", "stage"]
