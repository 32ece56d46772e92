"""The cluster of compose.yaml on this machine: each service's own command, environment, health check and order.

In place of its image, each service runs what is installed here: the hub, Debian's HAProxy, the PostgreSQL and Valkey of
the tests. In place of its name on a network, each has a free port on loopback; in place of volumes, a folder.
"""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from composing import read

from loadtest import backends

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30
PORTS = {"postgres": 5432, "redis": 6379, "hub-1": 8000, "hub-2": 8000, "proxy": 8000}
"""Of each service, on its network."""
PATH = f"{Path(sys.executable).parent}:{backends.POSTGRES}:{backends.VALKEY.parent}:/usr/sbin:/usr/bin:/bin"


def image_says(instruction: str) -> list[str]:
    """The command of an instruction in the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    found = re.search(rf"^{instruction}\b.*?(\[.*\])$", text, re.MULTILINE)
    assert found is not None, f"expected {instruction} in the Dockerfile"
    command: list[str] = json.loads(found[1])
    return command


class Cluster:
    def __init__(self, folder: Path, **settings: str) -> None:
        """`settings` of the hubs, without their prefix, over those in compose.yaml."""
        self._folder = folder
        self._services: dict[str, dict[str, Any]] = read(ROOT / "compose.yaml")["services"]
        self._ports = {name: backends.free_port() for name in PORTS}
        self._settings = {f"TEAMMARKS_{name}": value for name, value in settings.items()}
        self._servers: dict[str, backends.Backend] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        # As the manual says it, but not in the repository.
        (folder / ".compose").mkdir(parents=True)
        shutil.copy(ROOT / ".compose" / "secrets", folder / ".compose")
        subprocess.run(["sh", str(folder / ".compose" / "secrets")], check=True)

    def address(self, name: str = "proxy") -> str:
        return f"http://127.0.0.1:{self._ports[name]}"

    def secret(self, name: str) -> str:
        return (self._folder / "secrets" / name).read_text()

    def up(self) -> None:
        for name in self._services:
            if name not in self._servers and name not in self._processes:
                self.start(name)

    def start(self, name: str) -> None:
        """Starts a service, after those that it depends on and as soon as they are as it wants them."""
        for other, wanted in self._services[name].get("depends_on", {}).items():
            if other not in self._servers and other not in self._processes:
                self.start(other)
            self._wait(other, wanted["condition"])
        folder, port = self._folder / name, self._ports.get(name, 0)
        folder.mkdir(exist_ok=True)
        if name == "postgres":
            self._servers[name] = backends.postgres(folder, port, durable=False)
        elif name == "redis":
            self._servers[name] = backends.valkey(folder, port, *self._services[name]["command"][1:])
        else:
            with (folder / "log").open("ab") as log:
                self._processes[name] = subprocess.Popen(
                    self._command(name), env=self._environment(name), stdout=log, stderr=log
                )

    def status(self, name: str) -> int:
        """The exit status of a service that ends by itself."""
        return self._processes[name].wait(PATIENCE_S)

    def stop(self, name: str) -> int:
        """Its exit status. Raises TimeoutExpired where an engine would kill it."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(float(self._services[name]["stop_grace_period"].removesuffix("s")))

    def is_healthy(self, name: str) -> bool:
        """What its health check says."""
        own = self._services[name].get("healthcheck", {}).get("test")
        program, *rest = own[1:] if own else image_says("HEALTHCHECK")
        port = {"postgres": [f"--port={self._ports[name]}"], "redis": ["-p", str(self._ports[name])]}.get(name, [])
        if name == "proxy":
            rest = [word.replace("127.0.0.1:8000", f"127.0.0.1:{self._ports[name]}") for word in rest]
        check = subprocess.run([program, *port, *rest], env=self._environment(name), capture_output=True)
        return check.returncode == 0

    def down(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()
        for server in self._servers.values():
            server.kill()

    def _wait(self, name: str, condition: str) -> None:
        if condition == "service_completed_successfully":
            assert self.status(name) == 0, self._log(name)
            return
        assert condition == "service_healthy"
        until = time.monotonic() + PATIENCE_S
        while not self.is_healthy(name):
            ended = name in self._processes and self._processes[name].poll() is not None
            assert not ended, self._log(name)
            assert time.monotonic() < until, f"{name} did not become healthy:\n{self._log(name)}"
            time.sleep(0.05)

    def _command(self, name: str) -> list[str]:
        if name != "proxy":
            return self._services[name].get("command") or image_says("CMD")
        configuration = self._folder / "haproxy.cfg"
        text = (ROOT / ".compose" / "haproxy.cfg").read_text(encoding="utf-8")
        text = text.replace("bind :8000", f"bind 127.0.0.1:{self._ports[name]}")
        configuration.write_text(self._placed(text), encoding="utf-8")
        return ["haproxy", "-db", "-f", str(configuration)]  # what its image does

    def _environment(self, name: str) -> dict[str, str]:
        environment = {"PATH": PATH, "PYTHONUNBUFFERED": "1"}
        for variable, value in self._services[name].get("environment", {}).items():
            environment[variable] = value.replace("/run/secrets", str(self._folder / "secrets"))
        if "TEAMMARKS_REDIS_URL" not in environment:
            return environment
        database = self._folder / "secrets" / "database-url-here"
        database.write_text(self._placed(self.secret("database-url")))
        here = {
            "TEAMMARKS_HOST": "127.0.0.1",
            "TEAMMARKS_PORT": str(self._ports.get(name, 0)),
            "TEAMMARKS_DATA_DIR": str(self._folder / "data"),
            "TEAMMARKS_DATABASE_URL_FILE": str(database),
            "TEAMMARKS_REDIS_URL": self._placed(environment["TEAMMARKS_REDIS_URL"]),
            "TEAMMARKS_TRUSTED_PROXIES": "127.0.0.1",
        }
        return environment | here | self._settings

    def _placed(self, text: str) -> str:
        """Names on the networks become addresses here."""
        for name, port in PORTS.items():
            text = re.sub(rf"\b{name}:{port}\b", f"127.0.0.1:{self._ports[name]}", text)
        return text

    def _log(self, name: str) -> str:
        log = self._folder / name / "log"
        return log.read_text(errors="replace") if log.exists() else ""
