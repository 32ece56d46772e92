"""The images of the Dockerfile do what they are for: `make image-test` builds them and runs this."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from container import ROOT, Container

from loadtest import backends
from loadtest.acceptance import Deployment, accept
from loadtest.hub_process import Person

TARGETS = ("production", "development", "test")
NOBODY_SPECIAL = 10_001
PUBLIC = "https://hub.example.org"
SOURCE = {"hub", "loadtest", "tests", "pyproject.toml", "README.md", "LICENSE"}
SOURCE |= {"requirements.txt", "requirements-dev.txt"}


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """A new one for the data, as an engine makes it."""
    folder = tmp_path / "volume"
    folder.mkdir()
    os.chown(folder, NOBODY_SPECIAL, NOBODY_SPECIAL)
    return folder


@pytest.fixture
def production() -> Iterator[Container]:
    with Container("production") as container:
        yield container


def knows(container: Container, person: Person) -> bool:
    authorization = {"Authorization": f"Bearer {person.token}"}
    return httpx.get(f"{container.address}/api/v1/me", headers=authorization).status_code == 200


async def test_the_hub_serves_people_and_ends_in_order(production: Container) -> None:
    with production.serving() as hub:
        await accept(Deployment(production.address))
        assert hub.stop() == 0


def test_a_container_made_anew_on_the_same_volume_still_knows_everybody(volume: Path) -> None:
    with Container("production", f"{volume}:/data") as first, first.serving(PUBLIC_URL=PUBLIC) as hub:
        with closing(Person(first, "ann")) as ann:
            assert knows(first, ann)
        assert hub.stop() == 0
    with Container("production", f"{volume}:/data") as second, second.serving(PUBLIC_URL=PUBLIC):
        assert knows(second, ann)


def test_the_health_check_tells_a_hub_that_answers_from_none(production: Container) -> None:
    kind, *check = production.configuration["Healthcheck"]["Test"]
    assert kind == "CMD"
    assert production.run(*check).returncode != 0
    with production.serving():
        assert production.run(*check).returncode == 0


@pytest.mark.parametrize("target", TARGETS)
def test_nobody_is_root(target: str) -> None:
    with Container(target) as container:
        assert container.configuration["User"] == f"{NOBODY_SPECIAL}:{NOBODY_SPECIAL}"
        assert container.run("id", "-u").stdout.strip() == str(NOBODY_SPECIAL)


def test_the_hub_can_write_its_data_and_nothing_else(production: Container) -> None:
    found = production.run("find", "/", "-xdev", "-writable", "-not", "-type", "l")
    places = {line for line in found.stdout.splitlines() if not line.startswith(("/proc/", "/dev/", "/sys/"))}
    assert places == {"/data", "/tmp", "/var/tmp", "/run/lock"}


def test_the_hub_s_image_holds_neither_tools_to_build_nor_what_was_lent_to_the_build(production: Container) -> None:
    root = production.root()
    assert not (root / "opt" / "pip").exists()
    assert not (root / "src").exists()
    assert (root / "etc" / "pip.conf").read_text() == ""  # a place to mount it
    assert [name.name for name in (root / "data").iterdir()] == []


@pytest.mark.parametrize("target", ["development", "test"])
def test_the_repository_s_history_data_and_secrets_stay_outside(target: str) -> None:
    with Container(target) as container:
        assert {path.name for path in (container.root() / "src").iterdir()} == SOURCE


def test_hubs_of_the_image_are_one_to_people(volume: Path, tmp_path: Path) -> None:
    secret = tmp_path / "database-url"
    with (
        backends.postgres(tmp_path, durable=False) as database,
        backends.valkey(tmp_path) as redis,
        Container("production", f"{volume}:/data", f"{secret}:/run/secrets/database-url:ro") as first,
        Container("production", f"{volume}:/data", f"{secret}:/run/secrets/database-url:ro") as second,
    ):
        secret.write_text(database.url)
        settings = {
            "DATABASE_URL_FILE": "/run/secrets/database-url",
            "REDIS_URL": redis.url,
            "PUBLIC_URL": PUBLIC,
        }
        migrated = first.run("teammarks", "migrate", **settings)
        assert migrated.returncode == 0, migrated.stderr
        with first.serving(**settings), second.serving(**settings), closing(Person(first, "ann")) as ann:
            assert knows(second, ann)


def test_what_is_edited_outside_runs_in_the_development_image(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "hub", tmp_path / "hub", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "hub" / "__init__.py").write_text('__version__ = "edited"\n')
    with Container("development", f"{tmp_path / 'hub'}:/src/hub:ro") as container:
        assert container.run("teammarks", "--version").stdout.strip() == "teammarks edited"
        with container.serving():
            assert httpx.get(f"{container.address}/openapi.json").json()["info"]["version"] == "edited"


def test_the_tests_pass_in_the_test_image() -> None:
    with Container("test") as container:
        tested = container.run(*container.configuration["Cmd"])
        assert tested.returncode == 0, tested.stdout
