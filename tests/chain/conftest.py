"""The databases of the storage tests, sealed and tampered with here."""

from tests.storage.conftest import postgresql_stage, sqlite_stage, stage

__all__ = ["postgresql_stage", "sqlite_stage", "stage"]
