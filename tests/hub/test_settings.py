from dataclasses import fields, replace
from pathlib import Path

import pytest

from hub.limits import Limits
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


POSTGRES = {"TEAMMARKS_DATABASE_URL": "postgresql://db/hub", "TEAMMARKS_PUBLIC_URL": "https://hub.example"}


@pytest.mark.parametrize("address", ["redis://:secret@redis:6379", "rediss://redis", "unix:///run/redis.sock"])
def test_several_hubs_are_joined_by_a_redis(address: str) -> None:
    assert Settings.read({**POSTGRES, "TEAMMARKS_REDIS_URL": address}).redis_url == address


def test_what_is_no_address_of_a_redis_is_refused() -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_REDIS_URL: expected redis://") as caught:
        Settings.read({**POSTGRES, "TEAMMARKS_REDIS_URL": "http://:hunter2@redis"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("database", ["", "sqlite+aiosqlite:///hub.sqlite3"])
def test_redis_with_sqlite_is_refused_and_the_remedy_named(database: str) -> None:
    with pytest.raises(SettingsError, match=r"TEAMMARKS_REDIS_URL: .* set TEAMMARKS_DATABASE_URL to a PostgreSQL"):
        Settings.read({**POSTGRES, "TEAMMARKS_DATABASE_URL": database, "TEAMMARKS_REDIS_URL": "redis://redis"})


def test_hubs_that_are_joined_need_the_address_they_share() -> None:
    with pytest.raises(SettingsError, match=r"TEAMMARKS_PUBLIC_URL: .* set it on each of them"):
        Settings.read({**POSTGRES, "TEAMMARKS_PUBLIC_URL": "", "TEAMMARKS_REDIS_URL": "redis://redis"})


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
    empty = {f"TEAMMARKS_{name}": "" for name in Settings.names()}
    assert Settings.read(empty) == Settings.read({})


def test_a_slip_of_the_pen_is_noticed() -> None:
    assert Settings.unknown({"TEAMMARKS_PROT": "1", "TEAMMARKS_PORT": "1", "HOME": "/"}) == ["TEAMMARKS_PROT"]


def test_the_public_address_ends_without_a_slash() -> None:
    assert Settings.read({"TEAMMARKS_PUBLIC_URL": "https://hub.example/"}).public_url == "https://hub.example"


def test_every_limit_is_a_setting() -> None:
    assert {f"LIMIT_{each.name.upper()}" for each in fields(Limits)} <= Settings.names().keys()
    read = Settings.read({"TEAMMARKS_LIMIT_NODES": "5", "TEAMMARKS_LIMIT_PRESENCE_S": "0.5"})
    assert read.limits == replace(Limits(), nodes=5, presence_s=0.5)


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, about in Settings.names().items() if not about.description] == []


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5", "inf"])
def test_a_limit_that_is_no_number_above_0_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_LIMIT_NODES: "):
        Settings.read({"TEAMMARKS_LIMIT_NODES": value})


def test_a_time_without_end_is_refused() -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_LIMIT_FAREWELL_S: "):
        Settings.read({"TEAMMARKS_LIMIT_FAREWELL_S": "inf"})


@pytest.mark.parametrize(
    ("limits", "complaint"),
    [
        ({"OUTBOX_BYTES": "5000000"}, "OUTBOX_BYTES must hold DOCUMENT_BYTES"),
        ({"FRAME_BYTES": "8000000", "BYTES_BURST": "7000000"}, "FRAME_BYTES must not be more than BYTES_BURST"),
        ({"DOCUMENTS": "600"}, "DOCUMENTS must not be more than TOKENS_BURST"),
        ({"ANSWERS_BURST": "10"}, "DOCUMENTS must not be more than ANSWERS_BURST"),
        ({"CHANGES_CHECK_S": "2"}, "CHANGES_CHECK_S must not be more than BLIND_S"),
    ],
)
def test_limits_that_do_not_go_together_are_refused(limits: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=f"TEAMMARKS_LIMIT_\\*: {complaint}"):
        Settings.read({f"TEAMMARKS_LIMIT_{name}": value for name, value in limits.items()})


def test_proxies_are_addresses_and_networks() -> None:
    settings = Settings.read({"TEAMMARKS_TRUSTED_PROXIES": "10.0.0.1, 172.31.0.0/24,::1"})
    assert [str(proxy) for proxy in settings.trusted_proxies] == ["10.0.0.1/32", "172.31.0.0/24", "::1/128"]


@pytest.mark.parametrize("proxies", ["*", "proxy", "10.0.0.1/24", "10.0.0.1,", "10.0.0.1;10.0.0.2"])
def test_a_proxy_that_is_no_address_is_refused(proxies: str) -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_TRUSTED_PROXIES: expected addresses or networks"):
        Settings.read({"TEAMMARKS_TRUSTED_PROXIES": proxies})


@pytest.mark.parametrize(
    "url",
    [
        "smtp://hub:p%40ss@mail.example.org:587",
        "smtp://mail.example.org",
        "smtps://hub:x@mail.example.org",
        "smtp+plain://127.0.0.1:1025",
    ],
)
def test_a_mail_server_is_given_as_an_address(url: str) -> None:
    read = Settings.read({"TEAMMARKS_SMTP_URL": url, "TEAMMARKS_MAIL_FROM": "Teammarks <hub@example.org>"})
    assert (read.smtp_url, read.mail_from) == (url, "Teammarks <hub@example.org>")


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://hub@mail.example.org",
        "smtp://mail.example.org/path",
        "smtp://mail.example.org:no-port",
        "smtp+plain://hub:canary@mail.example.org",
    ],
)
def test_what_is_no_address_of_a_mail_server_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_SMTP_URL: expected smtp://") as refusal:
        Settings.read({"TEAMMARKS_SMTP_URL": url, "TEAMMARKS_MAIL_FROM": "hub@example.org"})
    assert "canary" not in str(refusal.value)


def test_letters_to_a_mail_server_are_from_somebody() -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_MAIL_FROM: a mail server takes no letter that is from nobody"):
        Settings.read({"TEAMMARKS_SMTP_URL": "smtp://mail.example.org"})


@pytest.mark.parametrize(
    "sender", ["Teammarks", "a@example.org, b@example.org", "a@example.org\nBcc: c@example.org", "<@example.org>"]
)
def test_a_sender_that_is_no_address_is_refused(sender: str) -> None:
    with pytest.raises(SettingsError, match="TEAMMARKS_MAIL_FROM: expected an e-mail address"):
        Settings.read({"TEAMMARKS_MAIL_FROM": sender})
