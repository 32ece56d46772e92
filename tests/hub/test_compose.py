"""compose.yaml and what is laid over it, as far as they can be read."""

import json
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from composing import read

from hub.settings import FROM_FILES, PREFIX, Settings

ROOT = Path(__file__).parents[2]
BASE = ROOT / "compose.yaml"
OVERLAYS = [(), ("development",), ("test",)]


def composed(*overlays: str) -> dict[str, Any]:
    return read(BASE, *(ROOT / ".compose" / f"{name}.yaml" for name in overlays))


def hubs(*overlays: str) -> dict[str, dict[str, Any]]:
    services = composed(*overlays)["services"]
    return {name: services[name] for name in ("migrate", "hub-1", "hub-2")}


@pytest.mark.parametrize("overlays", OVERLAYS)
def test_the_files_together_follow_the_compose_specification(overlays: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "compose.json"
    file.write_text(json.dumps(composed(*overlays)))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    checked = subprocess.run(command, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("overlays", OVERLAYS)
def test_what_a_service_asks_for_is_there(overlays: tuple[str, ...]) -> None:
    whole = composed(*overlays)
    for service in whole["services"].values():
        assert set(service.get("depends_on", {})) <= set(whole["services"])
        assert set(service["networks"]) <= set(whole["networks"])
        assert set(service.get("secrets", [])) <= set(whole["secrets"])
        assert {config["source"] for config in service.get("configs", [])} <= set(whole["configs"])
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= {*whole["volumes"], "./hub"}
        assert service.get("build", {}).get("target") in (None, *targets())


def targets() -> set[str]:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    return {line.split(" AS ")[1] for line in lines if line.startswith("FROM ")}


@pytest.mark.parametrize("overlays", OVERLAYS)
def test_nothing_can_be_reached_from_another_machine_unless_the_operator_says_so(overlays: tuple[str, ...]) -> None:
    ports = [port for service in composed(*overlays)["services"].values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_operator_says_where_the_hub_is_published() -> None:
    published = read(BASE, variables={"TEAMMARKS_PUBLISH": "0.0.0.0:80"})["services"]["proxy"]["ports"]
    assert published == ["0.0.0.0:80:8000"]


@pytest.mark.parametrize("overlays", OVERLAYS)
def test_what_is_secret_comes_from_files(overlays: tuple[str, ...]) -> None:
    for service in composed(*overlays)["services"].values():
        environment = service.get("environment", {})
        assert not {PREFIX + name for name in FROM_FILES if name != "REDIS_URL"} & set(environment)
        assert not {"POSTGRES_PASSWORD"} & set(environment)
        files = [value for value in environment.values() if value.startswith("/run/secrets/")]
        assert {file.removeprefix("/run/secrets/") for file in files} == set(service.get("secrets", []))
    assert "@" not in hubs(*overlays)["hub-1"]["environment"]["TEAMMARKS_REDIS_URL"]


@pytest.mark.parametrize("overlays", OVERLAYS)
def test_a_hub_is_told_nothing_but_settings_and_the_same_as_the_other(overlays: tuple[str, ...]) -> None:
    first, second = (hubs(*overlays)[name]["environment"] for name in ("hub-1", "hub-2"))
    assert Settings.unknown(first) == []
    assert first == second


@pytest.mark.parametrize("overlays", OVERLAYS)
def test_the_hubs_believe_their_own_network_and_no_other(overlays: tuple[str, ...]) -> None:
    [subnet] = composed(*overlays)["networks"]["front"]["ipam"]["config"]
    for hub in hubs(*overlays).values():
        assert hub["environment"]["TEAMMARKS_TRUSTED_PROXIES"] == subnet["subnet"]
    ip_network(subnet["subnet"])


def test_a_cluster_under_test_shares_nothing_with_the_one_that_runs() -> None:
    running, tried = composed(), composed("test")
    assert running["name"] != tried["name"]  # and so its volumes
    assert running["networks"]["front"] != tried["networks"]["front"]
    assert not any("ports" in service and service["ports"] for service in tried["services"].values())


@pytest.mark.parametrize("name", ["redis", "migrate", "hub-1", "hub-2", "proxy"])
def test_a_container_writes_only_where_it_is_told(name: str) -> None:
    service = composed()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
