"""A container from an image that `.ci/images` built, run by buildah as an engine would run it.

Not as an engine would: it shares the machine's network, so the hub in it is told a free port.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from loadtest.backends import free_port

ROOT = Path(__file__).parents[2]
STORAGE = ROOT / ".setup" / "images"
BUILDAH = ["buildah", "--root", f"{STORAGE}/root", "--runroot", f"{STORAGE}/run"]
STARTS_WITHIN_S = 60


def buildah(*words: str) -> str:
    done = subprocess.run([*BUILDAH, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Container:
    """Use it as a context. `volumes`: what of the machine it sees, as `HERE:THERE` or `HERE:THERE:ro`."""

    def __init__(self, target: str, *volumes: str) -> None:
        image = f"localhost/teammarks:{target}"
        self.configuration: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", image))["Docker"][
            "config"
        ]
        self.port = free_port()
        self._name = buildah("from", "--pull-never", image)
        self._options = ["--isolation", "chroot", "--env", f"TEAMMARKS_PORT={self.port}"]
        for volume in volumes:
            self._options += ["--volume", volume]
            # Where the image wants a volume, buildah might put one of its own over ours.
            buildah("config", "--volume", f"{volume.split(':')[1]}-", self._name)

    def __enter__(self) -> "Container":
        return self

    def __exit__(self, *_: object) -> None:
        buildah("rm", self._name)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def root(self) -> Path:
        """Its files, as they are on this machine."""
        return Path(buildah("mount", self._name))

    def run(self, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(self._running(command, settings), capture_output=True, text=True)

    @contextmanager
    def serving(self, **settings: str) -> "Iterator[Serving]":
        """The image's own command, once it answers."""
        command = self._running(self.configuration["Cmd"], settings)
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        hub = Serving(process)
        try:
            until = time.monotonic() + STARTS_WITHIN_S
            while not _answers(f"{self.address}/readyz"):
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < until, "it does not answer"
                time.sleep(0.1)
            yield hub
        finally:
            if process.poll() is None:
                os.kill(hub.pid, signal.SIGKILL)
            process.communicate()

    def _running(self, command: Sequence[str], settings: dict[str, str]) -> list[str]:
        told = [word for name, value in settings.items() for word in ("--env", f"TEAMMARKS_{name}={value}")]
        return [*BUILDAH, "run", *self._options, *told, self._name, "--", *command]


class Serving:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Of the innermost process, which is the container's own: buildah has some around it."""
        pid = self._process.pid
        while children := [child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in _words(task)]:
            pid = int(children[0])
        return pid

    def stop(self) -> int:
        os.kill(self.pid, signal.SIGTERM)
        return self._process.wait(30)


def _words(file: Path) -> list[str]:
    return file.read_text().split()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False
