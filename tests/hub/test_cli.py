"""The command as an operator meets it: a real process, its words and its exit status."""

import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from command import address_of, start

pytestmark = pytest.mark.slow


def refused(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Exit status and what was said, for a hub that must not start."""
    _, said = process.communicate(timeout=30)
    assert "Traceback" not in said
    return process.returncode, said


@pytest.fixture
def hub(tmp_path: Path) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    process = start(tmp_path / "data")
    yield process, address_of(process)
    process.kill()
    process.communicate()


def test_it_says_where_it_is_and_answers_there(hub: "tuple[subprocess.Popen[str], str]") -> None:
    _, address = hub
    with urlopen(f"{address}/readyz", timeout=10) as answer:
        assert answer.status == 200


def test_sigterm_ends_it_quietly(hub: "tuple[subprocess.Popen[str], str]") -> None:
    process, _ = hub
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in said


def test_a_second_hub_on_the_same_data_is_told_of_the_first(
    hub: "tuple[subprocess.Popen[str], str]", tmp_path: Path
) -> None:
    process, _ = hub
    status, said = refused(start(tmp_path / "data"))
    assert status == 1
    assert f"another hub (process {process.pid})" in said


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, said = refused(start(tmp_path / "data", PORT=port))
    assert status == 1
    assert f"port {port} is taken" in said
    assert not (tmp_path / "data").exists()


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="ascii")
    status, said = refused(start(tmp_path / "file" / "data"))
    assert status == 1
    assert "cannot use the data folder" in said


def test_a_host_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    status, said = refused(start(tmp_path / "data", HOST="x" * 80))
    assert status == 1
    assert "TEAMMARKS_HOST" in said


def test_a_database_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "teammarks.sqlite3").write_text("something else " * 100, encoding="ascii")
    status, said = refused(start(tmp_path))
    assert status == 1
    assert "teammarks.sqlite3: file is not a database" in said


def test_every_wrong_setting_is_said(tmp_path: Path) -> None:
    status, said = refused(start(tmp_path / "data", REGISTRATION="maybe", PUBLIC_URL="nowhere"))
    assert status == 2
    assert "TEAMMARKS_REGISTRATION" in said
    assert "TEAMMARKS_PUBLIC_URL" in said


def test_a_setting_that_does_not_exist_is_warned_of(tmp_path: Path) -> None:
    process = start(tmp_path / "data", PROT="9000")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert "TEAMMARKS_PROT" in said
