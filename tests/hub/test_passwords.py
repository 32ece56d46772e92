import asyncio

import pytest
from asking_hub import CHEAP
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.accounts import passwords
from hub.accounts.passwords import Cost, Passwords
from hub.errors import Code, TeammarksError

COMPOSED, DECOMPOSED = "Zo\u00eb", "Zoe\u0308"


@pytest.fixture
def cheap() -> Passwords:
    return Passwords(CHEAP)


def test_the_usual_cost_is_what_owasp_recommends() -> None:
    assert Passwords(Cost())._nobodys.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_password_fits_its_hash_and_no_other_does(cheap: Passwords) -> None:
    known = await cheap.hash("correct horse")
    assert await cheap.verify("correct horse", known)
    assert not await cheap.verify("correct horse ", known)


async def test_the_same_password_is_hashed_differently_each_time(cheap: Passwords) -> None:
    assert await cheap.hash("correct horse") != await cheap.hash("correct horse")


async def test_letters_fit_however_a_keyboard_composes_them(cheap: Passwords) -> None:
    assert COMPOSED != DECOMPOSED
    assert await cheap.verify(DECOMPOSED, await cheap.hash(COMPOSED))


@settings(max_examples=30)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
async def test_every_text_can_be_a_password(text: str) -> None:
    cheap = Passwords(CHEAP)
    assert await cheap.verify(text, await cheap.hash(text))


async def test_nobody_has_no_password(cheap: Passwords) -> None:
    assert not await cheap.verify("correct horse", None)


async def test_comparing_with_nobody_hashes_like_comparing_with_somebody(
    cheap: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    class Watched:
        hash = cheap._hasher.hash

        def verify(self, known: str, password: str) -> bool:
            verified.append(known.rpartition("$")[0].rpartition("$")[0])
            return hasher.verify(known, password)

    hasher = cheap._hasher
    monkeypatch.setattr(cheap, "_hasher", Watched())
    await cheap.verify("guess", await cheap.hash("correct horse"))
    await cheap.verify("guess", None)
    assert verified[0] == verified[1]


async def test_a_damaged_hash_fits_nothing(cheap: Passwords) -> None:
    assert not await cheap.verify("correct horse", "not a hash")


async def test_a_hash_of_other_parameters_still_fits_and_is_outdated(cheap: Passwords) -> None:
    known = await Passwords(Cost(memory_kib=16, passes=1, lanes=1)).hash("correct horse")
    assert await cheap.verify("correct horse", known)
    assert cheap.outdated(known)
    assert not cheap.outdated(await cheap.hash("correct horse"))


async def test_no_more_than_four_are_hashed_at_once_and_all_are(
    cheap: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most = 0, 0
    original = asyncio.to_thread

    async def watched(*work: object) -> object:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await original(*work)  # type: ignore[arg-type]
        finally:
            running -= 1

    monkeypatch.setattr(asyncio, "to_thread", watched)
    hashes = await asyncio.gather(*(cheap.hash("correct horse") for _ in range(30)))
    assert len(hashes) == 30
    assert most == passwords.AT_ONCE


async def test_a_flood_is_told_to_come_back_later(cheap: Passwords) -> None:
    many = passwords.AT_ONCE + passwords.WAITING
    results = await asyncio.gather(*(cheap.hash("x") for _ in range(many + 5)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, TeammarksError)]
    assert len(refused) == 5
    assert {(error.code, error.retry) for error in refused} == {(Code.UNAVAILABLE, True)}
    assert await cheap.hash("x"), "afterwards everything is as before"
