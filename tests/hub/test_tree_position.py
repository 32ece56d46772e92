"""Positions: room between any two, in the form that readers accept."""

import re
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.tree.position import DIGITS, between, following, spaced, whole_number

VALID = re.compile(r"[0-9A-Za-z]{0,255}[1-9A-Za-z]")
positions = st.builds(
    str.__add__, st.text(st.sampled_from("01aAzZVb"), max_size=12), st.sampled_from([d for d in DIGITS if d != "0"])
)
randoms = st.integers(0, 2**32 - 1).map(Random)


@given(positions, positions, randoms)
def test_between_two_positions_there_is_a_third(one: str, other: str, random: Random) -> None:
    left, right = sorted((one, other + "1" if one == other else other))
    made = between(left, right, random)
    assert VALID.fullmatch(made)
    assert left < made < right


@given(positions, randoms)
def test_there_is_a_position_before_and_behind_every_other(position: str, random: Random) -> None:
    before, behind = between(None, position, random), between(position, None, random)
    assert VALID.fullmatch(before)
    assert VALID.fullmatch(behind)
    assert before < position < behind


@given(positions, positions, randoms, st.lists(st.integers(1, 100_000), min_size=2, max_size=20, unique=True))
def test_a_whole_run_fits_where_its_first_does(one: str, other: str, random: Random, numbers: list[int]) -> None:
    left, right = sorted((one, other + "1" if one == other else other))
    first = between(left, right, random)
    run = [following(first, number) for number in sorted(numbers)]
    assert all(VALID.fullmatch(position) for position in run)
    assert [left, first, *run, right] == sorted({left, first, *run, right})


def test_two_runs_at_the_same_place_do_not_mix() -> None:
    runs = []
    for seed in (1, 2):
        first = between("a1", "a5", Random(seed))
        runs.append([first, *(following(first, number) for number in range(1, 100))])
    assert sorted(runs[0] + runs[1]) in (runs[0] + runs[1], runs[1] + runs[0])


def test_whole_numbers_sort_as_numbers() -> None:
    numbers = [whole_number(value) for value in range(5_000)]
    assert numbers == sorted(numbers)
    assert numbers[:3] + numbers[61:64] == ["a0", "a1", "a2", "az", "b00", "b01"]


def test_a_folder_spaced_anew_by_two_people_has_one_order() -> None:
    one, other = [[spaced(nth, Random(seed)) for nth in range(500)] for seed in (1, 2)]
    mixed = [Random(nth).choice(pair) for nth, pair in enumerate(zip(one, other, strict=True))]
    assert mixed == sorted(mixed)
    assert all(VALID.fullmatch(position) for position in mixed)


@pytest.mark.parametrize("edge", ["z" * 27, "z" * 256, "A" + "0" * 26 + "1", "A" + "0" * 250 + "1", "9z", "00001"])
def test_numbers_end_but_positions_do_not(edge: str) -> None:
    random = Random(1)
    assert between(None, edge, random) < edge < between(edge, None, random)


@pytest.mark.parametrize(
    ("insert", "longest"),
    [
        (lambda keys, random: len(keys), 7),
        (lambda keys, random: 0, 7),
        (lambda keys, random: random.randint(0, len(keys)), 20),
    ],
    ids=["always last", "always first", "anywhere"],
)
def test_positions_stay_short(insert: Callable[[list[str], Random], int], longest: int) -> None:
    random = Random(7)
    keys: list[str] = []
    for _ in range(500):
        index = insert(keys, random)
        left, right = keys[index - 1 : index], keys[index : index + 1]
        keys.insert(index, between(left[0] if index else None, right[0] if right else None, random))
    assert keys == sorted(set(keys))
    assert max(map(len, keys)) <= longest
