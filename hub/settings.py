"""What the operator chose: every setting, read from the environment once and validated together.

Each setting is `TEAMMARKS_<NAME>`; one that may hold a secret can be given as a file instead, by
`TEAMMARKS_<NAME>_FILE`. A hub starts with all settings right or says everything that is wrong in one message.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from email.policy import SMTP
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from hub.limits import Limits, described

PREFIX = "TEAMMARKS_"
FROM_FILES = ("DATABASE_URL", "REDIS_URL", "METRICS_TOKEN", "SMTP_URL")
"""Settings that may carry a secret, and so may also be given as `TEAMMARKS_<NAME>_FILE`."""
LIMIT = "LIMIT_"
"""What the names of the limits begin with, each a field of `Limits`."""

Registration = Literal["open", "invitation", "closed"]


class SettingsError(Exception):
    """All that is wrong with the settings, one line each, fit to be shown to the operator."""


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: Annotated[int, Field(ge=0, le=65535, description="Port to listen on; 0 takes a free one")] = 8000
    data_dir: Path = Field(
        Path("data"), description="Folder for the SQLite database, keys and, without SMTP_URL, letters"
    )
    database_url: str = Field("", description="postgresql://USER:PASSWORD@HOST:PORT/NAME; empty: SQLite in DATA_DIR")
    redis_url: str = Field(
        "", description="redis://, rediss:// or unix:// address of what joins several hubs; empty: this hub is alone"
    )
    public_url: str = Field(
        "", validate_default=True, description="The hub's address as people reach it; empty: http://HOST:PORT"
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="Addresses and networks of proxies whose X-Forwarded-For is believed, comma-separated"
    )
    registration: Registration = Field(
        "open", description="Who may create an account; the very first may be created in any case"
    )
    smtp_url: str = Field(
        "",
        description="Mail server: smtp://USER:PASSWORD@HOST:587 for STARTTLS, smtps://… for TLS from the start, "
        "smtp+plain://HOST:25 for neither; empty: letters become files in DATA_DIR, and log-in asks for no verified "
        "address",
    )
    mail_from: str = Field(
        "", validate_default=True, description="Whom letters are from, like Teammarks <teammarks@example.org>"
    )
    drain_s: Annotated[
        float, Field(ge=0, le=600, description="Seconds that a stopping hub takes to send its clients away, at most")
    ] = 5.0
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged")
    log_format: Literal["text", "json"] = Field("text", description="Lines for people, or one JSON object a line")
    metrics_token: str = Field(
        "", description="Bearer token that GET /metrics asks for, 16 characters or more; empty: no metrics"
    )
    limits: Limits = Limits()

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_address(cls, value: str, others: ValidationInfo) -> str:
        if not value:
            if others.data.get("redis_url"):
                raise ValueError("several hubs have one address, and their tokens name it: set it on each of them")
            return value
        with suppress(ValueError):  # its words would repeat the value
            parts = urlsplit(value)
            more = parts.username is not None or parts.query or parts.fragment
            if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not more:
                return parts.geturl().rstrip("/")
        raise ValueError("expected an http or https address without user, query or fragment")

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _proxies_are_networks(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        with suppress(ValueError):
            return tuple(ip_network(item.strip()) for item in value.split(","))
        raise ValueError("expected addresses or networks like 10.0.0.1 or 172.31.0.0/24, separated by commas")

    @field_validator("metrics_token")
    @classmethod
    def _metrics_token_is_hard_to_guess(cls, value: str) -> str:
        if value and not re.fullmatch(r"[\x21-\x7e]{16,}", value):
            raise ValueError("expected 16 characters or more, plain ones without spaces")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_one_we_know(cls, value: str) -> str:
        # SQLite: one file that two connections share; `?` would begin options, of which none is known.
        if value and not re.fullmatch(
            r"sqlite\+aiosqlite:///(?!:memory:)[^?]+|postgres(ql)?(\+asyncpg)?://.+/.+", value
        ):
            raise ValueError("expected postgresql://USER:PASSWORD@HOST:PORT/NAME or sqlite+aiosqlite:///PATH")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_joins_hubs_on_one_database(cls, value: str, others: ValidationInfo) -> str:
        if value and not re.fullmatch(r"(rediss?|unix)://.+", value):
            raise ValueError("expected redis://, rediss:// or unix://")
        # Where the database is wrong too, that is said and no more.
        if value and not others.data.get("database_url", "postgres").startswith("postgres"):
            raise ValueError(
                "SQLite is for one hub, which needs no Redis: set TEAMMARKS_DATABASE_URL to a PostgreSQL, or leave "
                "this empty"
            )
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server_is_an_address(cls, value: str) -> str:
        if not value:
            return value
        with suppress(ValueError):
            parts = urlsplit(value)
            more = parts.path.strip("/") or parts.query or parts.fragment
            if parts.scheme in ("smtp", "smtps", "smtp+plain") and parts.hostname and parts.port != 0 and not more:
                with_password = bool(parts.password)
                # A password goes to nobody unencrypted.
                if bool(parts.username) == with_password and not (with_password and parts.scheme == "smtp+plain"):
                    return value
        raise ValueError(
            "expected smtp:// or smtps://, with USER:PASSWORD@ or neither, or smtp+plain:// without, and HOST:PORT"
        )

    @field_validator("mail_from")
    @classmethod
    def _letters_are_from_somebody(cls, value: str, others: ValidationInfo) -> str:
        if not value:
            if others.data.get("smtp_url"):
                raise ValueError("a mail server takes no letter that is from nobody: set it")
            return "Teammarks <teammarks@localhost>"
        if value.isprintable():
            header = SMTP.header_factory("From", value)
            if not header.defects and [bool(one.username and one.domain) for one in header.addresses] == [True]:
                return value
        raise ValueError("expected an e-mail address, or a name and <an address>")

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'teammarks.sqlite3'}"

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of this process; an empty variable is as good as none.

        Raises SettingsError that lists every wrong one.
        """
        wrong: list[str] = []
        values: dict[str, str] = {}
        known = cls.names()
        for variable, value in environment.items():
            if not variable.startswith(PREFIX) or not value:
                continue
            name = variable.removeprefix(PREFIX)
            if name in known:
                values[name] = value
            elif name.endswith("_FILE") and name.removesuffix("_FILE") in FROM_FILES:
                plain = name.removesuffix("_FILE")
                if environment.get(PREFIX + plain):
                    wrong.append(f"{variable}: {PREFIX}{plain} is set too; keep one of them")
                    continue
                try:
                    values[plain] = Path(value).read_text(encoding="utf-8").strip()
                except (OSError, UnicodeDecodeError) as error:
                    wrong.append(f"{variable}: cannot read the file: {getattr(error, 'strerror', '') or 'not text'}")
        try:
            settings = cls.model_validate(_nested(values))
        except ValidationError as error:
            # Never the input: a database address may hold a password.
            wrong += [
                f"{PREFIX}{_named(e['loc'])}: {e['msg'].removeprefix('Value error, ')}"
                for e in error.errors(include_input=False, include_url=False)
            ]
            settings = None
        if wrong or settings is None:
            raise SettingsError("\n".join(wrong))
        return settings

    @classmethod
    def names(cls) -> dict[str, FieldInfo]:
        """Every setting, without the prefix, and what is known about it."""
        plain = {name.upper(): about for name, about in cls.model_fields.items() if name != "limits"}
        return plain | {LIMIT + name.upper(): about for name, about in described().items()}

    @classmethod
    def unknown(cls, environment: Mapping[str, str] = os.environ) -> list[str]:
        """Variables with our prefix that are no setting: most likely a slip of the pen, worth a warning."""
        names = {PREFIX + name for name in cls.names()} | {f"{PREFIX}{name}_FILE" for name in FROM_FILES}
        return sorted(v for v in environment if v.startswith(PREFIX) and v not in names)


def _nested(values: Mapping[str, str]) -> dict[str, object]:
    plain: dict[str, object] = {name.lower(): value for name, value in values.items() if not name.startswith(LIMIT)}
    limits = {name.removeprefix(LIMIT).lower(): value for name, value in values.items() if name.startswith(LIMIT)}
    return plain | {"limits": limits}


def _named(place: tuple[int | str, ...]) -> str:
    """The setting, without the prefix, that pydantic names by its place. `LIMIT_*` where several do not go together."""
    first, *rest = place
    return f"{LIMIT}{rest[0] if rest else '*'}".upper() if first == "limits" else str(first).upper()
