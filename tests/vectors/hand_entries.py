"""Cases about one entry at a time: what is a node, a place, an override, and what counts as absent."""

from pycrdt import Map

from tests.vectors.scene import URL, Case, Scene, b, bookmark, case, f, folder, named, one, place, s, separator

A, B, C = named("A"), named("B"), named("C")
K, L, M = named("k"), named("l"), named("m")


def cases() -> list[Case]:
    return [*whole(), *births(), *kinds(), *ids(), *places(), *overrides()]


def whole() -> list[Case]:
    return [
        one("nothing at all", [], []),
        one("one bookmark", [bookmark(K, "a1 root", "One", URL)], [b(0, K, "One")]),
        one(
            "folders in folders, in pre-order",
            [
                folder(A, "a2 root"),
                bookmark(K, "a1 root"),
                folder(B, f"a2 {A}"),
                bookmark(L, f"a1 {A}"),
                bookmark(M, f"a1 {B}"),
                folder(C, "a3 root"),
            ],
            [b(0, K), f(0, A), b(1, L), f(1, B), b(2, M), f(0, C)],
        ),
        one(
            "children before their folders",
            [bookmark(K, f"a1 {B}"), folder(B, f"a1 {A}"), folder(A, "a1 root")],
            [f(0, A), f(1, B), b(2, K)],
        ),
        one(
            "positions in code unit order",
            [
                bookmark(named(name), f"{pos} root")
                for name, pos in zip("abcdefg", ["z", "a", "Z", "A", "9", "1", "a1"], strict=True)
            ],
            [b(0, named(name)) for name in "fedcbga"],
        ),
        one(
            "a position before what begins with it",
            [bookmark(K, "a001 root"), bookmark(L, "a root"), bookmark(M, "a01 root")],
            [b(0, L), b(0, K), b(0, M)],
        ),
        one(
            "equal positions in the order of ids",
            [bookmark(named(name), "a1 root") for name in "z_Z-a9"],
            [b(0, named(name)) for name in "-9Z_az"],
        ),
        one(
            "ids of which one begins with the other",
            [bookmark(K + "0", "a1 root"), bookmark(K, "a1 root"), bookmark(K + "-", "a1 root")],
            [b(0, K), b(0, K + "-"), b(0, K + "0")],
        ),
        one(
            "not in the order of titles",
            [bookmark(K, "a2 root", "Alpha"), bookmark(L, "a1 root", "Zulu")],
            [b(0, L, "Zulu"), b(0, K, "Alpha")],
        ),
        one(
            "unknown maps and keys",
            [
                ("meta", "schema", "1"),
                ("meta", "name", "Service endpoints"),
                ("meta", "epoch", "1"),
                ("meta", "colour", "blue"),
                bookmark(K, "a1 root"),
                ("tags", K, "important"),
                ("note", K, ["read", "this"]),
                ("z", "z", Map({"z": "z"})),
            ],
            [b(0, K)],
        ),
        one(
            "a higher schema is still shown",
            [("meta", "schema", "2"), folder(A, "a1 root"), bookmark(K, f"a1 {A}")],
            [f(0, A), b(1, K)],
        ),
        one("a schema that is a number", [("meta", "schema", 2), bookmark(K, "a1 root")], [b(0, K)]),
        one(
            "a chain of a thousand folders",
            [folder(named(f"d{n:04}"), f"a1 {named(f'd{n - 1:04}') if n else 'root'}", "") for n in range(1000)],
            [f(n, named(f"d{n:04}"), "") for n in range(1000)],
        ),
    ]


def births() -> list[Case]:
    return [
        one(
            "a separator may stop after its place",
            [separator(K, "a1 root"), ("n", L, ["s", "a2 root", "Title", "https://two.example/"])],
            [s(0, K), s(0, L)],
        ),
        one(
            "a separator has neither title nor URL",
            [separator(K, "a1 root"), ("t", K, "Title"), ("u", K, URL)],
            [s(0, K)],
        ),
        one(
            "a folder has no URL",
            [("n", A, ["f", "a1 root", "A", URL]), ("n", B, ["f", "a2 root", "B"]), ("u", B, URL)],
            [f(0, A), f(0, B)],
        ),
        one(
            "births that stop early",
            [("n", A, ["f", "a1 root"]), ("n", K, ["b", "a2 root"]), ("n", L, ["b", "a3 root", "L"])],
            [f(0, A, ""), b(0, K, "", ""), b(0, L, "L", "")],
        ),
        one(
            "births that go on",
            [
                ("n", A, ["f", "a1 root", "A", "", "lq2x 018f", "more", ""]),
                ("n", K, ["b", "a2 root", "K", URL, "lq2x 018f", "tomorrow's field"]),
                ("n", L, ["s", "a3 root", "", "", "lq2x 018f"]),
            ],
            [f(0, A), b(0, K, "K"), s(0, L)],
        ),
        one(
            "any element that is no string spoils a birth",
            [
                ("n", named("a"), ["b", "a1 root", 1, URL]),
                ("n", named("b"), ["b", "a1 root", "b", None]),
                ("n", named("c"), ["b", "a1 root", "c", URL, "meta", 6]),
                ("n", named("d"), ["f", "a1 root", "d", ["u"]]),
                ("n", named("e"), [True, "a1 root", "e"]),
                ("n", named("f"), ["f", {"a1": "root"}, "f"]),
                ("n", named("g"), ["f", "a1 root", b"g"]),
                bookmark(K, f"a1 {named('d')}"),
            ],
            [b(0, K)],
        ),
        one(
            "births that are too short",
            [("n", K, []), ("n", L, ["b"]), ("n", M, "b"), bookmark(A, "a1 root")],
            [b(0, A)],
        ),
        one(
            "a good override does not save a birth whose place is bad",
            [("n", K, ["b", "a0 root", "K", URL]), place(K, "a1 root"), ("n", A, ["f", "", "A"]), place(A, "a1 root")],
            [],
        ),
        one(
            "children of what is no node",
            [
                ("n", A, ["f", "a1 Root", "A"]),
                bookmark(K, f"a1 {A}"),
                bookmark(L, f"a2 {A} {B}"),
                folder(B, "a0V root"),
            ],
            [f(0, B), b(1, L), b(0, K)],
        ),
    ]


def kinds() -> list[Case]:
    words = {
        "a": "b",
        "c": "b pinned",
        "d": "b ",
        "e": "f",
        "g": "s x y z",
        # None of these is a kind we know:
        "h": "",
        "i": " b",
        "j": "B",
        "k": "bookmark",
        "l": "b\tx",
        "m": "b\n",
        "n": "x",
        "o": "fb",
        "p": "b\u00a0",
    }
    return [
        one(
            "the kind is the first word",
            [("n", named(name), [kind, f"{name} root", name, URL]) for name, kind in words.items()],
            [b(0, named("a")), b(0, named("c")), b(0, named("d")), f(0, named("e")), s(0, named("g"))],
        ),
        one(
            "what is in a node of an unknown kind",
            [("n", A, ["smart-folder", "a1 root", "A"]), bookmark(K, f"a2 {A}"), folder(B, f"a1 {A} root")],
            [f(0, B), b(0, K)],
        ),
        one(
            "a known kind with words of a later version",
            [("n", A, ["f collapsed", "a1 root", "A"]), bookmark(K, f"a1 {A}")],
            [f(0, A), b(1, K)],
        ),
    ]


def ids() -> list[Case]:
    good = ["a" * 12, "b" * 36, "c-_09AZaz-_cc", "-" * 12, "_" * 36]
    bad = [
        "",
        "root",
        "a" * 11,
        "a" * 37,
        "aaaaaaaaaaa ",
        "aaaaaaaaaaaa\n",
        "\naaaaaaaaaaaa",
        "aaaaaa.aaaaa",
        "aaaaaaaaaaaä",
        "aaaaaaaaaaa٣",
        "aaaaaaaaaaaa\u0000",
    ]
    return [
        one(
            "good and bad node ids",
            [("n", id, ["b", "a1 root", "x", URL]) for id in good + bad],
            [b(0, id, "x") for id in sorted(good)],
        ),
        one(
            "an entry for the root is none",
            [
                ("n", "root", ["f", f"a1 {A}", "Root"]),
                folder(A, "a1 root"),
                ("p", "root", f"a1 {A}"),
                ("t", "root", "x"),
            ],
            [f(0, A)],
        ),
        one(
            "a parent whose id is bad spoils the place",
            [folder("a" * 11, "a1 root"), bookmark(K, f"a1 {'a' * 11}"), bookmark(L, "a1 root")],
            [b(0, L)],
        ),
    ]


def places() -> list[Case]:
    good_positions = ["1", "z", "A", "0001", "0" * 255 + "1", "z" * 256, "a0V"]
    bad_positions = ["", "0", "a0", "0" * 256 + "1", "a-1", "a_", "a1\n", "ä", "٣", "a1\t", "+1"]
    long_tail = "x" * (512 - len(f"a1 root {A} {B} "))
    good = {
        "a": "a1 root",
        "b": f"a1 root {A}",
        "c": f"a1 root {A} {B}",
        "d": f"a1 root {A} {B} fifth words are ignored, whatever they are",
        "e": f"a1 root {A} {B} ",
        "f": f"a1 root {A} {B}  ",
        "g": f"a1 root {A} {B} {long_tail}",
        "h": f"a1 root {A} {B} {long_tail[:-2]}🔖",
        "i": "a1 root root root",
        "j": f"a1 root {A} {B} \n",
    }
    bad = {
        "k": "a1",
        "l": "a1 ",
        "m": " a1 root",
        "n": "a1  root",
        "o": "a1 root ",
        "p": f"a1 root {A} ",
        "q": f"a1 root  {A}",
        "r": "a1\troot",
        "s": "a1 root\n",
        "t": "root a1",
        "u": "a1 Root",
        "v": f"a1 root - {A}",
        "w": f"a1 root {A} short",
        "x": f"a1 root {A} {B} {long_tail}x",
        "y": f"a1 root {A} {B} {long_tail[:-1]}🔖",
        "z": "",
        "0": "a1\u00a0root",
        "1": f"a1 root {A}\n",
    }
    return [
        one(
            "good and bad positions",
            [
                ("n", named(f"p{n:02}"), ["b", f"{pos} root", pos, URL])
                for n, pos in enumerate(good_positions + bad_positions)
            ],
            [
                (0, named(f"p{good_positions.index(pos):02}"), "b", pos, URL)
                for pos in ("0" * 255 + "1", "0001", "1", "A", "a0V", "z", "z" * 256)
            ],
        ),
        one(
            "good and bad places",
            [("n", named(name), ["b", words, name, URL]) for name, words in (good | bad).items()],
            [b(0, named(name)) for name in good],
        ),
        one(
            "a bad override of the place falls back to the birth",
            [
                folder(A, "a1 root"),
                *(bookmark(named(name), f"a1 {A}") for name in bad),
                *(place(named(name), words) for name, words in bad.items()),
            ],
            [f(0, A), *(b(1, named(name)) for name in sorted(bad))],
        ),
        one(
            "a good override of the place",
            [
                folder(A, "a1 root"),
                *(bookmark(named(name), f"a1 {A}") for name in good),
                *(place(named(name), words) for name, words in good.items()),
            ],
            [f(0, A), *(b(0, named(name)) for name in good)],
        ),
    ]


def overrides() -> list[Case]:
    return [
        one(
            "title, URL and place, each written anew",
            [
                folder(A, "a1 root"),
                bookmark(K, "a2 root", "Old", "https://old.example/"),
                ("t", K, "New"),
                ("u", K, "https://new.example/"),
                place(K, f"a1 {A}"),
                ("t", A, "Folder"),
            ],
            [f(0, A, "Folder"), b(1, K, "New", "https://new.example/")],
        ),
        one(
            "written empty is not absent",
            [bookmark(K, "a1 root", "Old"), ("t", K, ""), ("u", K, ""), folder(A, "a2 root", "Old"), ("t", A, "")],
            [b(0, K, "", ""), f(0, A, "")],
        ),
        one(
            "overrides without a birth",
            [place(K, "a1 root"), ("t", K, "Title"), ("u", K, URL), ("t", "no id", "x"), bookmark(L, f"a1 {K}")],
            [b(0, L)],
        ),
        one(
            "an override taken back",
            [
                folder(A, "a1 root"),
                bookmark(K, "a1 root", "Birth"),
                place(K, f"a1 {A}"),
                ("t", K, "New"),
                place(K, None),
                ("t", K, None),
            ],
            [f(0, A), b(0, K, "Birth")],
        ),
        _zombie(),
        _twice_born(),
        _twice_born_and_edited(),
    ]


def _zombie() -> Case:
    scene = Scene(folder(A, "a1 root"), bookmark(K, f"a1 {A}"), bookmark(L, "a2 root"))
    scene.write(2, ("n", A, None))
    scene.write(2, ("n", L, None))
    scene.write(3, ("t", A, "Renamed"))
    scene.write(3, place(L, "a5 root"))
    scene.write(3, bookmark(M, f"a2 {A}"))
    return case("edits of what is purged at the same time do not bring it back", scene, [b(0, K), b(0, M)])


def _twice_born() -> Case:
    scene = Scene(folder(A, "a1 root"))
    scene.write(2, bookmark(K, "a2 root", "Two"))
    scene.write(3, bookmark(K, f"a1 {A}", "Three"))
    return case("an id born twice is one node", scene, [f(0, A), b(1, K, "Three")])


def _twice_born_and_edited() -> Case:
    scene = Scene(folder(A, "a1 root"))
    scene.write(3, bookmark(K, "a2 root", "Three"))
    scene.write(3, ("u", K, "https://three.example/"))
    scene.write(2, bookmark(K, f"a1 {A}", "Two"))
    scene.write(2, ("t", K, "Two, renamed"))
    rows = [f(0, A), b(0, K, "Two, renamed", "https://three.example/")]
    return case("an id born twice keeps the edits of both", scene, rows)
