"""The databases of the storage tests, for services that share them."""

from tests.storage.conftest import postgresql_stage, sqlite_stage, stage, stubborn

__all__ = ["postgresql_stage", "sqlite_stage", "stage", "stubborn"]
