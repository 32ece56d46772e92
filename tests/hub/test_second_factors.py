"""Second factors: set up, asked for at log-in, each code used once, lost and helped."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asking_hub import Hub, Person, hub_in
from authenticator import Authenticator, begins_second_factor, has_second_factor, log_in
from posted import posted_to
from sqlalchemy import select

from hub import console
from hub.accounts import SAFE_FILE, totp
from hub.accounts.audit import Event
from hub.accounts.safe import Safe
from hub.accounts.second_factors import RECOVERY_CODES
from hub.errors import TeammarksError
from hub.ids import AccountId, new_id
from hub.limits import Limits
from hub.schema import audit_events, recovery_codes, second_factors

NEW = "another horse battery"


@pytest.fixture
async def limited(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Hub]:
    async with hub_in(tmp_path / "data", sqlite_url, limits=Limits()) as hub:
        yield hub


async def events(hub: Hub, person: Person) -> list[str]:
    async with hub.database.read() as connection:
        of_them = select(audit_events.c.event).where(audit_events.c.account_id == person.id)
        return list(await connection.scalars(of_them.order_by(audit_events.c.id)))


# Codes


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    """Of its appendix B, whose codes have two digits more in front."""
    secret, now = b"12345678901234567890", datetime.fromtimestamp(seconds, UTC)
    assert totp.used(secret, code, now, None) == seconds // 30
    assert Authenticator(base64.b32encode(secret).decode(), lambda: seconds).code() == code


@pytest.mark.parametrize("given", ["", "12345", "1234567", "28708x", "２８７０８２", "287082\n", "-87082", "287 82"])
def test_what_is_not_six_digits_is_no_code(given: str) -> None:
    assert totp.used(b"12345678901234567890", given, datetime.fromtimestamp(59, UTC), None) is None


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_clock_may_be_half_a_minute_off(hub: Hub, steps: int, good: bool) -> None:
    ann = await hub.register("ann")
    authenticator = await has_second_factor(ann)
    hub.clock.pass_s(300)
    answer = await log_in(ann, authenticator.code(steps_off=steps))
    assert answer.status == (201 if good else 401)


async def test_a_code_is_used_once(hub: Hub) -> None:
    ann = await hub.register("ann")
    authenticator = await has_second_factor(ann)
    assert (await log_in(ann, authenticator.code())).status == 201
    again = await log_in(ann, authenticator.code())
    assert (again.status, again.code) == (401, "second-factor-wrong")


async def test_after_a_code_no_older_one_is_good(hub: Hub) -> None:
    ann = await hub.register("ann")
    authenticator = await has_second_factor(ann)
    hub.clock.pass_s(60)
    assert (await log_in(ann, authenticator.code())).status == 201
    assert (await log_in(ann, authenticator.code(steps_off=-1))).status == 401
    assert (await log_in(ann, authenticator.code(steps_off=1))).status == 201


async def test_the_code_that_turned_it_on_is_used(hub: Hub) -> None:
    ann = await hub.register("ann")
    authenticator = await begins_second_factor(ann)
    code = authenticator.code()
    assert (await ann.put("/me/second-factor", {"otp": code})).status == 200
    assert (await log_in(ann, code)).status == 401


async def test_people_may_write_a_code_in_two_groups(hub: Hub) -> None:
    ann = await hub.register("ann")
    code = (await has_second_factor(ann)).code()
    assert (await log_in(ann, f"{code[:3]} {code[3:]}")).status == 201


# Setting up


async def test_without_one_nothing_is_asked(hub: Hub) -> None:
    ann = await hub.register("ann")
    assert (await ann.get("/me/second-factor")).json == {"enabled": False, "recovery_codes_left": 0}
    assert (await log_in(ann)).status == 201
    assert (await log_in(ann, "123456")).status == 201


async def test_one_that_is_not_confirmed_is_not_asked_for(hub: Hub) -> None:
    ann = await hub.register("ann")
    await begins_second_factor(ann)
    assert (await ann.get("/me/second-factor")).json["enabled"] is False
    assert (await log_in(ann)).status == 201


async def test_what_an_authenticator_scans_holds_what_people_type(hub: Hub) -> None:
    ann = await hub.register("ann")
    begun = (await ann.post("/me/second-factor", None)).json
    assert begun["uri"].startswith("otpauth://totp/Teammarks:ann%40example.org?")
    assert f"secret={begun['secret']}&" in begun["uri"]
    assert len(base64.b32decode(begun["secret"])) == totp.SECRET_BYTES


async def test_it_is_confirmed_by_a_code_and_shows_recovery_codes_once(hub: Hub) -> None:
    ann = await hub.register("ann")
    authenticator = await has_second_factor(ann)
    assert len(set(authenticator.recovery_codes)) == RECOVERY_CODES
    assert (await ann.get("/me/second-factor")).json == {"enabled": True, "recovery_codes_left": RECOVERY_CODES}


async def test_a_wrong_code_confirms_nothing(hub: Hub) -> None:
    ann = await hub.register("ann")
    authenticator = await begins_second_factor(ann)
    refused = await ann.put("/me/second-factor", {"otp": authenticator.wrong_code()})
    assert (refused.status, refused.code) == (401, "second-factor-wrong")
    assert (await ann.get("/me/second-factor")).json["enabled"] is False


async def test_whoever_begins_again_confirms_the_new_secret_alone(hub: Hub) -> None:
    ann = await hub.register("ann")
    first, second = await begins_second_factor(ann), await begins_second_factor(ann)
    assert (await ann.put("/me/second-factor", {"otp": first.code()})).status == 401
    assert (await ann.put("/me/second-factor", {"otp": second.code()})).status == 200


async def test_one_that_is_asked_for_cannot_be_replaced_or_confirmed_again(hub: Hub) -> None:
    ann = await hub.register("ann")
    authenticator = await has_second_factor(ann)
    assert (await ann.post("/me/second-factor", None)).code == "conflict"
    assert (await ann.put("/me/second-factor", {"otp": authenticator.code()})).code == "conflict"


async def test_what_is_not_there_is_neither_confirmed_nor_removed(hub: Hub) -> None:
    ann = await hub.register("ann")
    for method, path, body in (
        ("PUT", "", {"otp": "123456"}),
        ("DELETE", "", None),
        ("POST", "/recovery-codes", None),
    ):
        assert (await ann.ask(method, f"/me/second-factor{path}", body)).code == "conflict"


async def test_removed_it_is_asked_for_no_more_and_another_can_come(hub: Hub) -> None:
    ann = await hub.register("ann")
    await has_second_factor(ann)
    assert (await ann.delete("/me/second-factor")).status == 204
    assert (await ann.get("/me/second-factor")).json == {"enabled": False, "recovery_codes_left": 0}
    assert (await log_in(ann)).status == 201
    assert (await log_in(ann, (await has_second_factor(ann)).code())).status == 201


async def test_other_sessions_go_on(hub: Hub) -> None:
    ann, phone = await hub.register("ann"), await Person(hub, "ann").log_in()
    await has_second_factor(ann)
    assert (await phone.get("/me")).status == 200
    await ann.delete("/me/second-factor")
    assert (await phone.get("/me")).status == 200


# Log-in


async def test_log_in_asks_for_it_after_the_right_password_alone(hub: Hub) -> None:
    ann = await hub.register("ann")
    authenticator = await has_second_factor(ann)
    missing, empty = await log_in(ann), await log_in(ann, "")
    assert (missing.status, missing.code) == (empty.status, empty.code) == (401, "second-factor-required")
    wrong = await log_in(ann, authenticator.wrong_code())
    assert (wrong.status, wrong.code) == (401, "second-factor-wrong")
    assert (await log_in(ann, authenticator.code())).status == 201


@pytest.mark.parametrize("otp", [None, "123456", "right"])
async def test_whose_password_is_wrong_learns_nothing_of_it(hub: Hub, otp: str | None) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    authenticator = await has_second_factor(ann)
    given = authenticator.code() if otp == "right" else otp
    with_one, without = [await log_in(person, given, "a wrong password") for person in (ann, bob)]
    nobody = await log_in(Person(hub, "nobody"), given, "a wrong password")
    assert (with_one.status, with_one.code) == (401, "credentials-wrong")
    assert with_one.text == without.text == nobody.text
    assert (await log_in(ann, authenticator.code())).status == 201  # and the code is not used up by it


async def test_a_code_of_another_account_is_wrong(hub: Hub) -> None:
    ann, bob = await hub.register("ann"), await hub.register("bob")
    await has_second_factor(ann)
    of_bob = await has_second_factor(bob)
    assert (await log_in(ann, of_bob.code())).code == "second-factor-wrong"
    assert (await log_in(ann, of_bob.recovery_codes[0])).code == "second-factor-wrong"


async def test_who_guesses_codes_is_stopped(limited: Hub) -> None:
    ann = await limited.register("ann")
    authenticator = await has_second_factor(ann)
    codes = [(await log_in(ann, authenticator.wrong_code())).code for _ in range(6)]
    assert codes == ["second-factor-wrong"] * 5 + ["rate-limited"]
    refused = await log_in(ann, authenticator.code())  # the right one is not tried either
    assert (refused.status, refused.code) == (429, "rate-limited")
    limited.clock.pass_s(int(refused.headers["retry-after"]))
    assert (await log_in(ann, authenticator.code())).status == 201


async def test_who_does_not_know_the_password_uses_up_nobodys_attempts(limited: Hub) -> None:
    ann = await limited.register("ann")
    authenticator = await has_second_factor(ann)
    for _ in range(7):
        assert (await log_in(ann, authenticator.wrong_code(), "a wrong password")).code == "credentials-wrong"
    assert (await log_in(ann, authenticator.code())).status == 201


async def test_who_is_asked_for_a_code_has_not_failed(limited: Hub) -> None:
    """Everybody behind one network address is asked at every log-in."""
    people = [await limited.register(f"person{number}") for number in range(12)]
    for person in people:
        await has_second_factor(person)
    for _ in range(5):
        assert {(await log_in(person)).code for person in people} == {"second-factor-required"}


# Recovery codes


async def test_a_recovery_code_is_used_once_in_the_place_of_a_code(hub: Hub) -> None:
    ann = await hub.register("ann")
    first, second, *_ = (await has_second_factor(ann)).recovery_codes
    assert (await log_in(ann, first)).status == 201
    assert (await log_in(ann, first)).code == "second-factor-wrong"
    assert (await ann.get("/me/second-factor")).json["recovery_codes_left"] == RECOVERY_CODES - 1
    assert (await log_in(ann, f" {second.upper().replace('-', ' ')}")).status == 201


async def test_new_recovery_codes_void_the_old_ones(hub: Hub) -> None:
    ann = await hub.register("ann")
    old = (await has_second_factor(ann)).recovery_codes
    await log_in(ann, old[0])
    answer = await ann.post("/me/second-factor/recovery-codes", None)
    new = answer.json["recovery_codes"]
    assert (len(new), set(new) & set(old)) == (RECOVERY_CODES, set())
    assert (await log_in(ann, old[1])).status == 401
    assert (await log_in(ann, new[0])).status == 201


# Lost and forgotten


async def resets_password(person: Person) -> None:
    await person.hub.ask("POST", "/accounts/password-resets", {"email": person.email})
    token = (await posted_to(person.hub, person.email))[-1].token("reset")
    answer = await person.hub.ask("PUT", "/accounts/password-resets", {"token": token, "new_password": NEW})
    assert answer.status == 204


async def test_a_new_password_by_mail_does_not_spare_the_second_factor(hub: Hub) -> None:
    ann = await hub.register("ann")
    (letter,) = await posted_to(hub, ann.email)
    assert (await hub.ask("POST", "/accounts/verify", {"token": letter.token("verify")})).status == 204
    authenticator = await has_second_factor(ann)
    await resets_password(ann)
    assert (await log_in(ann, None, NEW)).code == "second-factor-required"
    assert (await log_in(ann, authenticator.code(), NEW)).status == 201


async def test_who_claimed_somebody_elses_address_leaves_no_second_factor_on_it(hub: Hub) -> None:
    impostor = await hub.register("ann")
    await has_second_factor(impostor)
    await resets_password(impostor)
    assert (await log_in(impostor, None, NEW)).status == 201


async def test_an_admin_of_the_hub_helps_who_lost_everything(hub: Hub) -> None:
    ann, root = await hub.register("ann"), await hub.register("root")
    await hub.accounts.administration.grant(AccountId(root.id))
    await has_second_factor(ann)
    assert (await root.delete(f"/admin/accounts/{ann.id}/second-factor")).status == 204
    assert (await log_in(ann)).status == 201
    assert (await posted_to(hub, ann.email))[-1].subject == "Your second factor was removed"
    assert (await root.delete(f"/admin/accounts/{ann.id}/second-factor")).code == "conflict"


async def test_so_does_whoever_runs_the_hub(hub: Hub) -> None:
    ann = await hub.register("ann")
    await has_second_factor(ann)
    await console.perform(hub.accounts, {"do": "reset-second-factor", "email": ann.email})
    assert (await log_in(ann)).status == 201
    with pytest.raises(TeammarksError, match="no second factor"):
        await console.perform(hub.accounts, {"do": "reset-second-factor", "email": ann.email})


# What is told


async def test_every_change_is_one_event_and_a_letter(hub: Hub) -> None:
    ann = await hub.register("ann")
    before, letters = await events(hub, ann), len(await posted_to(hub, ann.email))
    authenticator = await has_second_factor(ann)
    await log_in(ann, authenticator.recovery_codes[0])
    await ann.post("/me/second-factor/recovery-codes", None)
    await ann.delete("/me/second-factor")
    assert (await events(hub, ann))[len(before) :] == [
        Event.SECOND_FACTOR_BEGUN,
        Event.SECOND_FACTOR_ADDED,
        Event.RECOVERY_CODE_USED,
        Event.LOGGED_IN,
        Event.RECOVERY_CODES_MADE,
        Event.SECOND_FACTOR_REMOVED,
    ]
    subjects = [letter.subject for letter in (await posted_to(hub, ann.email))[letters:]]
    assert subjects == [
        "Log-in asks for a second factor now",
        "A recovery code was used",
        "You have new recovery codes",
        "Your second factor was removed",
    ]


# What is kept


async def test_a_copy_of_the_database_makes_no_codes(hub: Hub) -> None:
    ann = await hub.register("ann")
    authenticator = await has_second_factor(ann)
    async with hub.database.read() as connection:
        factor = (await connection.execute(select(second_factors))).one()
        hashes = list(await connection.scalars(select(recovery_codes.c.code_hash)))
    secret = base64.b32decode(authenticator.secret)
    assert secret not in factor.secret
    assert Safe.open(hub.folder / SAFE_FILE).unseal(factor.secret, AccountId(ann.id)) == secret
    for code in authenticator.recovery_codes:
        assert code.encode() not in hashes
        assert code.replace("-", "").encode() not in hashes


def test_what_is_sealed_opens_with_its_key_and_for_its_owner_alone(tmp_path: Path) -> None:
    ann, bob = AccountId(new_id()), AccountId(new_id())
    safe = Safe.open(tmp_path / "data" / "key")
    sealed = safe.seal(b"secret", ann)
    assert Safe.open(tmp_path / "data" / "key").unseal(sealed, ann) == b"secret"
    assert safe.unseal(sealed, bob) is None
    assert Safe.open(tmp_path / "another").unseal(sealed, ann) is None
    assert (tmp_path / "data" / "key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"c2hvcnQ=", b"\xff" * 32, b"not base64"])
def test_a_damaged_key_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(OSError, match="damaged"):
        Safe.open(tmp_path / "key")


async def test_whoever_lost_the_key_file_still_has_recovery_codes(sqlite_url: str, tmp_path: Path) -> None:
    async with hub_in(tmp_path / "data", sqlite_url) as hub:
        ann = await hub.register("ann")
        authenticator = await has_second_factor(ann)
        clock = hub.clock
    (tmp_path / "data" / SAFE_FILE).unlink()
    async with hub_in(tmp_path / "data", sqlite_url, clock=clock) as hub:
        ann.hub = hub
        assert (await log_in(ann, authenticator.code())).code == "second-factor-wrong"
        assert (await log_in(ann, authenticator.recovery_codes[0])).status == 201


async def test_a_deleted_account_leaves_nothing_of_it(hub: Hub) -> None:
    ann = await hub.register("ann")
    await has_second_factor(ann)
    assert (await ann.delete("/me")).status == 204
    async with hub.database.read() as connection:
        assert (await connection.execute(select(second_factors))).all() == []
        assert (await connection.execute(select(recovery_codes))).all() == []
