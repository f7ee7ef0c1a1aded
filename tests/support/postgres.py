"""A real PostgreSQL in a temporary folder: Debian's binaries, loopback only, a free port, ended by its own pid.

    with Postgres() as server:
        url = server.new_database()        # postgresql://…, empty

In a conftest: `from tests.support.postgres import postgres_server, postgres_url` (fixtures); mark the tests `live`.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import pytest

HELP = "PostgreSQL is not installed: apt-get install postgresql (scripts/test does it), binaries in /usr/lib/postgresql"


def find_binaries() -> Path | None:
    """The newest version's folder of programs."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: int(folder.parent.name), default=None)


class Postgres:
    """One server. PostgreSQL refuses to run as root: then it runs as user `postgres`. `durable`: with fsync, for
    benchmarks; a test kills processes, not the machine. `kept`: a folder that outlives it and is used again."""

    def __init__(self, *, durable: bool = False, kept: Path | None = None) -> None:
        binaries = find_binaries()
        if binaries is None:
            raise RuntimeError(HELP)
        self._binaries = binaries
        self._kept = kept is not None
        self.base = kept or Path(tempfile.mkdtemp(prefix="bs-pg-", dir="/tmp"))  # short: socket paths have 108 bytes
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._numbers = itertools.count(1)
        self._options = "" if durable else " -c fsync=off -c full_page_writes=off -c synchronous_commit=off"

    def __enter__(self) -> Self:
        self._own()
        data = self.base / "data"
        if not data.exists():
            self._run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop("fast" if self._kept else "immediate")
        if not self._kept:
            shutil.rmtree(self.base, ignore_errors=True)

    def _own(self) -> None:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.base, owner.pw_uid, owner.pw_gid)

    def _command(self, program: str, *arguments: str) -> list[str]:
        prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return [*prefix, str(self._binaries / program), *arguments]

    def _run(self, program: str, *arguments: str) -> None:
        result = subprocess.run(self._command(program, *arguments), capture_output=True, text=True, cwd=self.base,
                                check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{program}: {result.stderr}")

    def start(self) -> None:
        """Start (or start again, with the same port and data) and wait until it answers."""
        self._run("pg_ctl", "-D", str(self.base / "data"), "-w", "-s", "-l", str(self.base / "log"), "-o",
                  f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.base}{self._options}", "start")

    def stop(self, how: str = "fast") -> None:
        """End the server; `immediate` is a crash."""
        with contextlib.suppress(RuntimeError):
            self._run("pg_ctl", "-D", str(self.base / "data"), "-w", "-s", "-m", how, "stop")
        self._make_sure()

    def _make_sure(self) -> None:
        pid_file = self.base / "data" / "postmaster.pid"
        if pid_file.exists():
            pid = int(pid_file.read_text().splitlines()[0])
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGQUIT)
            time.sleep(0.2)

    def new_database(self, template: str = "template1") -> str:
        """The address of a new database: empty, or a copy of another one of this server that nobody uses now."""
        return self.database(f"test_{next(self._numbers)}", template)

    def database(self, name: str, template: str = "template1") -> str:
        """The address of the database of this name, made where it is not there yet."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.address(name)

    def address(self, name: str) -> str:
        """The URL of a database of this server."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One server for all tests of the process. Fails, with what to install, where PostgreSQL is missing."""
    if find_binaries() is None:
        pytest.fail(HELP)
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> str:
    """An empty database of its own for the test."""
    return postgres_server.new_database()
