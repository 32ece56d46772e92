"""The command `teammarks serve` in a process of its own, with settings a test chooses."""

import os
import subprocess
import sys
from pathlib import Path

ENDS_WITHIN_S = 60


def start(data: Path, **settings: str) -> "subprocess.Popen[str]":
    """On a free port. Settings are named without their prefix; none come from outside."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TEAMMARKS_")}
    environment |= {"TEAMMARKS_DATA_DIR": str(data), "TEAMMARKS_PORT": "0"}
    environment |= {f"TEAMMARKS_{name}": value for name, value in settings.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "hub", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def address_of(process: "subprocess.Popen[str]") -> str:
    """Waits until the hub takes connections."""
    assert process.stdout is not None
    address = process.stdout.readline().split(" is at ")[1].strip()
    process.stdout.readline()
    return address
