from pathlib import Path

import pytest

from hub.settings import Settings, SettingsError


def test_without_any_variable_the_defaults_hold() -> None:
    settings = Settings.read({})
    assert (settings.host, settings.port, settings.registration) == ("127.0.0.1", 8000, "open")
    assert settings.database == "sqlite+aiosqlite:///data/teammarks.sqlite3"


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read(
            {"TEAMMARKS_PORT": "eighty", "TEAMMARKS_PUBLIC_URL": "ftp://hub", "TEAMMARKS_REGISTRATION": "maybe"}
        )
    lines = str(caught.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "TEAMMARKS_PORT",
        "TEAMMARKS_PUBLIC_URL",
        "TEAMMARKS_REGISTRATION",
    ]


def test_a_wrong_value_is_never_repeated_for_it_may_be_a_secret() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read({"TEAMMARKS_DATABASE_URL": "mysql://hub:hunter2@db/hub"})
    assert "hunter2" not in str(caught.value)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "database-url"
    secret.write_text("sqlite+aiosqlite:///elsewhere.sqlite3\n", encoding="utf-8")
    settings = Settings.read({"TEAMMARKS_DATABASE_URL_FILE": str(secret)})
    assert settings.database == "sqlite+aiosqlite:///elsewhere.sqlite3"


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "database-url"
    secret.write_text("sqlite+aiosqlite:///a", encoding="utf-8")
    with pytest.raises(SettingsError, match="keep one of them"):
        Settings.read({"TEAMMARKS_DATABASE_URL": "sqlite+aiosqlite:///b", "TEAMMARKS_DATABASE_URL_FILE": str(secret)})


def test_a_secret_file_that_is_not_there_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_REDIS_URL_FILE: cannot read the file"):
        Settings.read({"TEAMMARKS_REDIS_URL_FILE": str(tmp_path / "absent")})


def test_a_setting_we_could_only_ignore_is_refused() -> None:
    with pytest.raises(SettingsError, match="uses no Redis"):
        Settings.read({"TEAMMARKS_REDIS_URL": "redis://127.0.0.1"})


@pytest.mark.parametrize(
    "address",
    [
        "hub.example",
        "ftp://hub",
        "https://",
        "https://hub:port",
        "https://hub:0",
        "https://ann:secret@hub",
        "https://ann:secret",
        "https://h?q",
    ],
)
def test_a_public_address_that_makes_no_good_links_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_PUBLIC_URL") as caught:
        Settings.read({"TEAMMARKS_PUBLIC_URL": address})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("path", ["", ":memory:", "hub.sqlite3?mode=ro"])
def test_a_database_that_is_no_file_is_refused(path: str) -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_DATABASE_URL"):
        Settings.read({"TEAMMARKS_DATABASE_URL": f"sqlite+aiosqlite:///{path}"})


def test_an_empty_variable_is_as_good_as_none() -> None:
    empty = {f"TEAMMARKS_{name.upper()}": "" for name in Settings.model_fields}
    assert Settings.read(empty) == Settings.read({})


def test_a_slip_of_the_pen_is_noticed() -> None:
    assert Settings.unknown({"TEAMMARKS_PROT": "1", "TEAMMARKS_PORT": "1", "HOME": "/"}) == ["TEAMMARKS_PROT"]


def test_the_public_address_ends_without_a_slash() -> None:
    assert Settings.read({"TEAMMARKS_PUBLIC_URL": "https://hub.example/"}).public_url == "https://hub.example"
