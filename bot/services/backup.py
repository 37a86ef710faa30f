"""Copy the database beside a running bot."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.domain.chain import Audit
from bot.errors import OperatorError
from bot.storage.audit import Watch, audit
from bot.storage.urls import reading


def back_up(url: str, out: Path, watch: Watch) -> Audit:
    """Write the copy to `out`, readable by its owner alone: a file of SQLite, or SQL of `pg_dump`.
    Blocks.

    Returns an audit made right before the copy. The copy holds all rows up to the audit's last
    links. Raises OperatorError when the ledger is not readable or `out` not writable.
    """
    with reading(url) as connection:
        audited = audit(connection, None, None, watch)
        try:
            os.close(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            if isinstance(connection.driver, sqlite3.Connection):
                with closing(sqlite3.connect(out)) as copy:
                    connection.driver.backup(copy)
            else:
                _dump(connection.driver.info, out)
        except OSError as error:
            raise OperatorError(f"{out} cannot be written: {error.strerror}") from None
    return audited


def _dump(server: Any, out: Path) -> None:
    """Run `pg_dump`.

    The password goes by the environment: everybody on the machine can see arguments.
    """
    environment = {**os.environ, "PGPASSWORD": server.password}
    source = f"--dbname={server.dsn}"  # without the password
    command = ["pg_dump", "--no-owner", "--no-privileges", f"--file={out}", source]
    try:
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        out.unlink()
        why = getattr(error, "stderr", "it is missing; install the client programs of PostgreSQL")
        raise OperatorError(
            f"pg_dump failed: {' '.join(why.split())}. It must be as new as the server."
        ) from None
