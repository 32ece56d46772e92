"""Cases about where nodes hang: missing parents, former parents, and cycles, however they came to be."""

from tests.vectors.scene import (
    Case,
    Entry,
    Row,
    Scene,
    b,
    bookmark,
    case,
    deleted,
    f,
    folder,
    named,
    place,
    s,
    saw,
    separator,
)

A, B, C, D, E = (named(name) for name in "ABCDE")
K, L, M = named("k"), named("l"), named("m")
GONE, LOST = named("gone"), named("lost")


def cases() -> list[Case]:
    return [*parents(), *small_cycles(), *fallbacks(), *histories(), *long_chains()]


def parents() -> list[Case]:
    return [
        case("its own parent", Scene(folder(A, f"a1 {A}"), bookmark(K, f"a1 {A}")), [f(0, A), b(1, K)]),
        case(
            "its own parent, with a former one",
            Scene(folder(B, "a1 root"), folder(A, f"a1 {A} {B}"), bookmark(K, f"a1 {A}")),
            [f(0, B), f(1, A), b(2, K)],
        ),
        case(
            "moved into itself",
            Scene(folder(B, "a1 root"), folder(A, f"a1 {B}"), place(A, f"a2 {A}")),
            [f(0, B), f(1, A)],
        ),
        case("a missing parent", Scene(bookmark(K, f"a1 {GONE}"), bookmark(L, "a0V root")), [b(0, L), b(0, K)]),
        case(
            "a missing parent, and an earlier one that is there",
            Scene(folder(A, "a1 root"), bookmark(K, f"a1 {GONE} {LOST} {A}")),
            [f(0, A), b(1, K)],
        ),
        case(
            "a bookmark or a separator as parent",
            Scene(
                bookmark(K, "a1 root"),
                separator(M, "a2 root"),
                bookmark(L, f"a3 {K}"),
                folder(A, f"a4 {M}"),
                folder(B, f"a5 {K} {M} {A}"),
            ),
            [b(0, K), s(0, M), b(0, L), f(0, A), f(1, B)],
        ),
        case(
            "back to the parent it was born in when the new one is gone",
            Scene(folder(A, "a1 root"), bookmark(K, f"a1 {A}"), place(K, f"a2 {GONE}")),
            [f(0, A), b(1, K)],
        ),
        case(
            "first to the previous parent",
            Scene(folder(A, "a1 root"), folder(B, "a2 root"), bookmark(K, f"a1 {A}"), place(K, f"a2 {GONE} {B}")),
            [f(0, A), f(0, B), b(1, K)],
        ),
        case(
            "the birth parent takes the place of a third one that an override names",
            Scene(
                folder(A, "a1 root"),
                folder(B, "a2 root"),
                bookmark(K, f"a1 {A}"),
                place(K, f"a2 {GONE} {LOST} {B}"),
            ),
            [f(0, A), b(1, K), f(0, B)],
        ),
        case(
            "a third parent counts where the birth parent is named before it",
            Scene(
                folder(B, "a2 root"),
                bookmark(K, f"a1 {GONE}"),
                place(K, f"a2 {LOST} {GONE} {B}"),
            ),
            [f(0, B), b(1, K)],
        ),
        case(
            "only the first parent of a birth place is the birth parent",
            Scene(
                folder(A, "a1 root"),
                folder(B, "a2 root"),
                bookmark(K, f"a1 {A} {B}"),
                place(K, f"a2 {GONE}"),
            ),
            [f(0, A), b(1, K), f(0, B)],
        ),
        case(
            "the root named first",
            Scene(folder(A, "a1 root"), bookmark(K, f"a2 root {A} {A}")),
            [f(0, A), b(0, K)],
        ),
        case(
            "the root named before a folder",
            Scene(folder(A, "a1 root"), bookmark(K, f"a2 {GONE} root {A}")),
            [f(0, A), b(0, K)],
        ),
        case(
            "a parent that turns up later",
            Scene(bookmark(K, f"a1 {A} {B}"), folder(B, "a1 root"), folder(A, "a2 root")),
            [f(0, B), f(0, A), b(1, K)],
        ),
    ]


def small_cycles() -> list[Case]:
    return [
        case(
            "two folders in each other: the smaller id gives way",
            Scene(folder(A, "a1 root"), folder(B, "a2 root"), place(A, f"a1 {B}"), place(B, f"a1 {A}")),
            [f(0, A), f(1, B)],
        ),
        case(
            "two folders born in each other",
            Scene(folder(A, f"a1 {B}"), folder(B, f"a1 {A}")),
            [f(0, A), f(1, B)],
        ),
        case(
            "the one with a former parent gives way, though its id is greater",
            Scene(folder(A, f"a1 {B}"), folder(B, "a2 root"), place(B, f"a1 {A}")),
            [f(0, B), f(1, A)],
        ),
        case(
            "three folders in a ring",
            Scene(
                folder(A, "a1 root"),
                folder(B, "a2 root"),
                folder(C, "a3 root"),
                place(C, f"a1 {B}"),
                place(B, f"a1 {A}"),
                place(A, f"a1 {C}"),
            ),
            [f(0, A), f(1, B), f(2, C)],
        ),
        case(
            "three in a ring, of whom only the last has a former parent",
            Scene(folder(A, f"a1 {C}"), folder(B, f"a1 {A}"), folder(C, f"a1 {B} root")),
            [f(0, C), f(1, A), f(2, B)],
        ),
        case(
            "what hangs below a ring stays where it is",
            Scene(
                folder(A, "a1 root"),
                folder(B, "a2 root"),
                place(A, f"a1 {B}"),
                place(B, f"a1 {A}"),
                folder(C, f"a2 {B}"),
                bookmark(K, f"a1 {C}"),
                bookmark(L, f"a3 {A}"),
            ),
            [f(0, A), f(1, B), f(2, C), b(3, K), b(1, L)],
        ),
        case(
            "two rings at once",
            Scene(
                folder(A, "a1 root"),
                folder(B, "a2 root"),
                folder(C, "a3 root"),
                folder(D, "a4 root"),
                place(A, f"a5 {B}"),
                place(B, f"a6 {A}"),
                place(C, f"a7 {D}"),
                place(D, f"a8 {C}"),
            ),
            [f(0, A), f(1, B), f(0, C), f(1, D)],
        ),
        case(
            "a ring with a tail that leads into it",
            Scene(
                folder(A, f"a1 {B}"),
                folder(B, f"a1 {C}"),
                folder(C, f"a1 {D}"),
                folder(D, "a1 root"),
                place(D, f"a1 {C}"),
            ),
            [f(0, D), f(1, C), f(2, B), f(3, A)],
        ),
    ]


def fallbacks() -> list[Case]:
    return [
        case(
            "out of a ring to the previous parent",
            Scene(
                folder(C, "a1 root"),
                folder(A, "a2 root"),
                folder(B, "a3 root"),
                place(A, f"a1 {B} {C}"),
                place(B, f"a1 {A}"),
            ),
            [f(0, C), f(1, A), f(2, B)],
        ),
        case(
            "out of a ring to the birth parent",
            Scene(
                folder(C, "a1 root"),
                folder(A, f"a2 {C}"),
                folder(B, f"a3 {C}"),
                place(A, f"a1 {B}"),
                place(B, f"a1 {A}"),
            ),
            [f(0, C), f(1, A), f(2, B)],
        ),
        case(
            "past a previous parent that is no folder",
            Scene(
                folder(C, "a1 root"),
                bookmark(K, "a9 root"),
                folder(A, f"a2 {C}"),
                folder(B, f"a3 {C}"),
                place(A, f"a1 {B} {K}"),
                place(B, f"a1 {A}"),
            ),
            [f(0, C), f(1, A), f(2, B), b(0, K)],
        ),
        case(
            "a parent named twice is tried once",
            Scene(folder(A, f"a1 {B} {B} {C}"), folder(B, f"a1 {A}"), folder(C, "a1 root")),
            [f(0, C), f(1, A), f(2, B)],
        ),
        case(
            "out of one ring into the next",
            Scene(
                folder(C, "a1 root"),
                folder(A, "a2 root"),
                folder(B, "a3 root"),
                place(A, f"a1 {B} {C}"),
                place(B, f"a1 {A}"),
                place(C, f"a1 {A}"),
            ),
            # A goes to C and closes A-C; there both could go to the root, and A is the smaller.
            [f(0, A), f(1, B), f(1, C)],
        ),
        case(
            "nobody in the ring has anywhere to go but the root",
            Scene(folder(C, f"a1 {B}"), folder(A, f"a1 {C}"), folder(B, f"a1 {A}"), bookmark(K, f"a1 {B}")),
            [f(0, A), f(1, B), f(2, C), b(2, K)],
        ),
        case(
            "the root as a former parent counts as one",
            Scene(folder(A, f"a1 {B}"), folder(B, f"a1 {A} root {C}"), folder(C, "a9 root")),
            [f(0, B), f(1, A), f(0, C)],
        ),
        case(
            "a dead folder takes part in a ring like any other",
            Scene(
                folder(A, "a1 root"),
                folder(B, "a2 root"),
                place(A, f"a1 {B}"),
                place(B, f"a1 {A}"),
                bookmark(K, f"a1 {B}"),
                deleted(named("trash"), "-", (A, saw(B))),
            ),
            [f(0, A), f(1, B), b(2, K)],
        ),
    ]


def histories() -> list[Case]:
    return [_each_into_the_other(), _each_into_the_other_and_apart(), _three_movers(), _born_in_a_moved_folder()]


def _each_into_the_other() -> Case:
    scene = Scene(folder(A, "a1 root"), folder(B, "a2 root"), bookmark(K, f"a1 {A}"), bookmark(L, f"a1 {B}"))
    scene.write(2, place(A, f"a2 {B}"))
    scene.write(3, place(B, f"a2 {A}"))
    return case("two people move two folders into each other", scene, [f(0, A), b(1, K), f(1, B), b(2, L)])


def _each_into_the_other_and_apart() -> Case:
    scene = Scene(folder(A, "a1 root"), folder(B, "a2 root"), folder(C, "a3 root"))
    scene.write(2, place(A, f"a2 {B}"))
    scene.write(3, place(B, f"a2 {A}"))
    scene.sync()
    scene.write(2, place(B, f"a1 {C} {A}"))
    return case("the ring opens when one of them moves on", scene, [f(0, C), f(1, B), f(2, A)])


def _three_movers() -> Case:
    scene = Scene(folder(D, "a1 root"), *(folder(id, f"{pos} {D}") for id, pos in ((A, "a1"), (B, "a2"), (C, "a3"))))
    scene.write(2, place(A, f"a1 {B}"))
    scene.write(3, place(B, f"a1 {C}"))
    scene.write(4, place(C, f"a1 {A}"))
    scene.write(5, place(D, f"a1 {C} {D}"))
    # The ring A-B-C opens at A, which goes home to D and closes A-D-C; there C goes home to D and closes C-D; and there
    # D, born in the root, goes to it, for C has no former parent left.
    rows = [f(0, D), f(1, A), f(1, C), f(2, B)]
    return case("three people move three folders round, a fourth the one above", scene, rows)


def _born_in_a_moved_folder() -> Case:
    scene = Scene(folder(A, "a1 root"), folder(B, "a2 root"))
    scene.write(2, place(A, f"a1 {B}"))
    scene.write(3, bookmark(K, f"a1 {A}"))
    return case("a bookmark made in a folder that is being moved goes with it", scene, [f(0, B), f(1, A), b(2, K)])


def _ladder(count: int, **places: str) -> list[Entry]:
    """V001 hangs in a leaf below itself, every other V in the one before it, with the one after it as former parent.

    Each round of breaking cycles closes the next, of the last to move and the one it went to. `places` are written in
    place of the regular ones.
    """
    leaf = named("Leaf")
    rungs = [leaf, *(f"V{n:03}" for n in range(1, count + 1))]
    entries = [folder(leaf, f"a1 {named(rungs[1])}")]
    for before, rung, after in zip(rungs[:-1], rungs[1:], [*rungs[2:], None], strict=True):
        regular = f"a1 {named(before)}" + (f" {named(after)}" if after else "")
        entries.append(folder(named(rung), places.get(rung, regular)))
    return entries


def _ladder_rows(top: int, count: int, depth: int = 0) -> list[Row]:
    """One rung, below it those before it, innermost V001 with its leaf, and then those after it."""
    before = [f(depth + top - n, named(f"V{n:03}")) for n in range(top, 0, -1)]
    after = [f(depth + n - top, named(f"V{n:03}")) for n in range(top + 1, count + 1)]
    return [*before, f(depth + top, named("Leaf")), *after]


def long_chains() -> list[Case]:
    v32, v33 = named("V032"), named("V033")
    other, own = named("Other"), named("Z-own")
    return [
        case("thirty-two rounds go from parent to parent", Scene(*_ladder(32)), _ladder_rows(31, 32)),
        case(
            "the thirty-third round goes straight to the last parent, here the root",
            Scene(*_ladder(40)),
            _ladder_rows(33, 40),
        ),
        case(
            "the thirty-third round goes straight to the last parent, even past the root",
            Scene(*_ladder(40, V033=f"a1 {v32} root {other}"), folder(other, "a1 root")),
            [f(0, other), *_ladder_rows(33, 40, depth=1)],
        ),
        case(
            "and to the root where the last parent closes a cycle again",
            Scene(*_ladder(40, V033=f"a1 {v32} root {own}"), folder(own, f"a0V {v33}")),
            [f(0, v33), f(1, own), *_ladder_rows(33, 40)[1:]],
        ),
    ]
