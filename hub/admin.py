"""The command `teammarks admin`: what is asked of the hub on this machine, and how its answer reads.

The rule: a password is read from the terminal or from the input, never from the arguments, which everybody on the
machine can see.
"""

import argparse
import getpass
import sys
import time
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hub import console
from hub.accounts import Accounts
from hub.accounts.addresses import address
from hub.database import Database
from hub.ids import is_id
from hub.settings import Settings
from hub.web.rest.asking import Name
from hub.web.rest.people import Password


class Misused(Exception):
    """What is wrong with the arguments or the input, as a sentence."""


def declare(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="do")
    for name, what in (("accounts", "list accounts"), ("organizations", "list organizations")):
        command = commands.add_parser(name, help=what)
        command.add_argument("search", nargs="?", default="", metavar="TEXT", help="only those with this in their name")
    for name, what in (
        ("grant", "make an account an admin of the hub"),
        ("revoke", "make an admin an account like others"),
        ("disable", "end an account's sessions, and keep it from logging in"),
        ("enable", "let a disabled account log in again"),
        ("reset-second-factor", "turn an account's second factor off, for somebody who lost it and the recovery codes"),
    ):
        commands.add_parser(name, help=what).add_argument("email", metavar="EMAIL")
    create = commands.add_parser("create", help="create an admin; the password is asked for, or read from the input")
    create.add_argument("email", metavar="EMAIL")
    create.add_argument("--name", help="what the admin is called; without it: Admin", default="Admin")
    for name, what in (
        ("suspend", "close the folders of an organization; nothing is deleted"),
        ("resume", "open a suspended organization again"),
        ("rescue", "give an owner to an organization that has none who can log in"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("organization", metavar="ORG", help="its id, as `teammarks admin organizations` lists it")
        if name == "rescue":
            command.add_argument("email", metavar="EMAIL")
    commands.add_parser("stats", help="how many there are of everything")


def read(arguments: argparse.Namespace) -> console.Request:
    """What to ask of the hub. Raises Misused."""
    request = {name: value for name, value in vars(arguments).items() if isinstance(value, str)}
    try:
        if "email" in request:
            address(request["email"])
    except ValueError as error:
        raise Misused(f"EMAIL {error}.") from None
    if "organization" in request and not is_id(request["organization"]):
        raise Misused("ORG is no id; `teammarks admin organizations` lists them.")
    if request["do"] == "create":
        request["password"] = _valid("the password", Password, _password())
        request["name"] = _valid("the name", Name, request["name"])
    return request


async def ask(settings: Settings, request: console.Request) -> Any:
    """Of the hub that runs with these settings; where none does, done here. Raises as `Database.open` does, Refused."""
    try:
        return await console.ask(settings.data_dir, request)
    except OSError:
        pass  # no hub is here; one elsewhere, joined by Redis, reads what changed from the database
    database = await Database.open(settings.database, shared=bool(settings.redis_url))
    try:
        # No link is made here, so the address does not matter.
        accounts = Accounts(
            database, settings, public_url=settings.public_url, announce=lambda change: None, clock=time.time
        )
        return await console.perform(accounts, request)
    finally:
        await database.close()


def told(answer: Any) -> str:
    """For the operator."""
    if answer is None:
        return "Done."
    if isinstance(answer, dict):
        return "\n".join(f"{name.replace('_', ' '):<24}{value:>10}" for name, value in answer.items())
    return "\n".join(_line(item) for item in answer) or "There are none."


def _line(item: dict[str, Any]) -> str:
    marks = [name.removeprefix("is_") for name in ("is_admin", "disabled", "suspended", "orphaned") if item.get(name)]
    name = f"{item['email']}  {item['display_name']}" if "email" in item else item["name"]
    return f"{item['id']}  {item['created_at'][:10]}  {name}{'  [' + ', '.join(marks) + ']' if marks else ''}"


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise Misused("The two are not the same.")
    return password


def _valid(what: str, kind: Any, value: str) -> str:
    try:
        return str(TypeAdapter(kind).validate_python(value))
    except ValidationError as error:
        wrong = error.errors(include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise Misused(f"{what} cannot be used: {wrong}.") from None
