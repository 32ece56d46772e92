import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from asking_hub import Clock, Hub

from hub.accounts.keys import SigningKeys, State
from hub.accounts.tokens import AccessTokens, Audience
from hub.errors import Code, TeammarksError
from hub.ids import AccountId, SessionId, new_id

ANN, LAPTOP = AccountId(new_id()), SessionId(new_id())


def tokens(file: Path) -> AccessTokens:
    return AccessTokens(SigningKeys.open(file), "https://hub.example.org", Clock())


def set_states(file: Path, *states: State) -> None:
    members = json.loads(file.read_text())["keys"]
    for member, state in zip(members, states, strict=True):
        member["state"] = state
    file.write_text(json.dumps({"keys": members}))


def test_nobody_but_their_owner_may_read_the_keys(tmp_path: Path) -> None:
    SigningKeys.open(tmp_path / "data" / "keys.json")
    assert (tmp_path / "data" / "keys.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["keys.json"]


def test_a_hub_that_starts_again_takes_the_tokens_it_gave_before(tmp_path: Path) -> None:
    token = tokens(tmp_path / "keys.json").issue(ANN, LAPTOP)
    assert tokens(tmp_path / "keys.json").verify(token, Audience.REST).account == ANN


def test_hubs_that_start_at_the_same_moment_on_one_folder_share_their_keys(tmp_path: Path) -> None:
    hubs = 8
    start = Barrier(hubs)

    def opened(_: int) -> str:
        start.wait()
        return SigningKeys.open(tmp_path / "data" / "keys.json").active

    with ThreadPoolExecutor(hubs) as threads:
        active = set(threads.map(opened, range(hubs)))
    assert len(active) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["keys.json"]


def test_the_next_key_verifies_before_it_signs_and_the_retired_one_after(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    before = tokens(file)
    old = before.issue(ANN, LAPTOP)
    set_states(file, State.RETIRED, State.ACTIVE)
    after = tokens(file)
    assert after.verify(old, Audience.REST).account == ANN
    assert before.verify(after.issue(ANN, LAPTOP), Audience.REST).account == ANN


def test_a_key_that_is_gone_verifies_nothing(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    token = tokens(file).issue(ANN, LAPTOP)
    members = json.loads(file.read_text())["keys"]
    file.write_text(json.dumps({"keys": [{**members[1], "state": State.ACTIVE}]}))
    with pytest.raises(TeammarksError) as refused:
        tokens(file).verify(token, Audience.REST)
    assert refused.value.code is Code.TOKEN_INVALID


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "{}", '{"keys": []}', '{"keys": [{}]}', '{"keys": 1}', '{"keys": [{"kty": "oct", "k": "AAAA"}]}'],
)
def test_damaged_keys_are_named_with_a_way_out_and_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(OSError, match="move the file away"):
        SigningKeys.open(file)
    assert file.read_text() == text


@pytest.mark.parametrize("states", [(State.NEXT, State.RETIRED), (State.ACTIVE, State.ACTIVE)])
def test_exactly_one_key_signs(tmp_path: Path, states: tuple[State, State]) -> None:
    SigningKeys.open(tmp_path / "keys.json")
    set_states(tmp_path / "keys.json", *states)
    with pytest.raises(OSError, match="damaged"):
        SigningKeys.open(tmp_path / "keys.json")


async def test_the_public_halves_are_published_for_gateways_and_nothing_else(hub: Hub) -> None:
    answer = await hub.ask("GET", "//.well-known/jwks.json")
    assert len(answer.json["keys"]) == 2
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in answer.json["keys"])
