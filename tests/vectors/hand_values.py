"""Cases about the values of entries: odd titles and URLs, and every type that no entry should have."""

from pycrdt import Array, Map, Text, XmlFragment

from tests.vectors.scene import NULL, URL, Case, Scene, b, bookmark, case, f, folder, named, one

A = named("A")
K, L, M = named("k"), named("l"), named("m")


def cases() -> list[Case]:
    return [*texts(), *junk_everywhere()]


def junk() -> dict[str, object]:
    """A value of every type that is neither a string nor an array of strings, made anew because a shared type can be
    put into one place only."""
    return {
        "null": NULL,
        "true": True,
        "false": False,
        "a whole number": 7,
        "a fraction": 1.5,
        "a number no float holds": 9007199254740993,
        "bytes": b"\x00\xff",
        "no bytes": b"",
        "an object": {"0": "b"},
        "an empty object": {},
        "an empty array": [],
        "an array of numbers": [1, 2, 3],
        "a nested array": [["b", "a1 root", "x", URL]],
        "a shared text": Text("a1 root"),
        "an empty shared text": Text(),
        "a shared map": Map({"0": "b"}),
        "a shared array": Array(["b", "a1 root", "x", URL]),
        "a shared fragment": XmlFragment(),
    }


TITLES = [
    "",
    " ",
    "עברית ועוד",
    "\u202eright to left\u202c",
    "👩‍👩‍👧‍👦 family",
    "e\u0301 is not é",
    "🇸🇪🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "\ufeffmark in front",
    "replacement \ufffd character",
    "last of the plane \uffff\U00010000\U0010ffff",
    "quotes \" ' and \\ backslashes",
    "<b>markup</b> &amp;",
    "line\nbreak\r\nand\ttab",
    "nul \u0000 and \u001f and \u007f and \u0085",
    "line \u2028 and paragraph \u2029",
    "𝒮𝓊𝓇𝓇𝑜𝑔𝒶𝓉𝑒𝓈",
    "长标题" * 30,
    "x" * 5000,
    "null",
    "-1e3",
]


def texts() -> list[Case]:
    return [
        one(
            "odd titles, at birth",
            [bookmark(named(f"t{n:02}"), "a1 root", title) for n, title in enumerate(TITLES)],
            [b(0, named(f"t{n:02}"), title) for n, title in enumerate(TITLES)],
        ),
        one(
            "odd titles and URLs, written later",
            [
                entry
                for n, title in enumerate(TITLES)
                for entry in (
                    bookmark(named(f"t{n:02}"), "a1 root", "Before"),
                    ("t", named(f"t{n:02}"), title),
                    ("u", named(f"t{n:02}"), title[::-1]),
                )
            ],
            [b(0, named(f"t{n:02}"), title, title[::-1]) for n, title in enumerate(TITLES)],
        ),
        one(
            "URLs no browser takes are shown as they are",
            [
                bookmark(K, "a1 root", "K", "javascript:alert(1)"),
                bookmark(L, "a2 root", "L", "not a url"),
                bookmark(M, "a3 root", "M", "https://" + "x" * 66000),
            ],
            [b(0, K, "K", "javascript:alert(1)"), b(0, L, "L", "not a url"), b(0, M, "M", "https://" + "x" * 66000)],
        ),
    ]


def junk_everywhere() -> list[Case]:
    words = {"n": "a birth", "p": "a place", "t": "a title", "u": "a URL", "x": "a trash record"}
    keys = {"n": M, "p": K, "t": K, "u": K, "x": named("trash")}
    around = [folder(A, "a1 root"), bookmark(K, f"a1 {A}"), bookmark(L, f"a2 {A}"), ("t", M, "M")]
    shown = [f(0, A), b(1, K), b(1, L)]
    found = [
        one(f"{name} as {words[map_name]}", [*around, (map_name, keys[map_name], junk()[name])], shown)
        for name in junk()
        for map_name in words
    ]
    for map_name in words:
        scene = Scene(*around)
        scene.write_document(map_name, keys[map_name])
        found.append(case(f"a document as {words[map_name]}", scene, shown))
    return [
        *found,
        one(
            "a string as a birth, an array as anything else",
            [
                bookmark(K, "a1 root"),
                ("n", M, "b"),
                ("p", K, ["a1", "root"]),
                ("t", K, ["title"]),
                ("u", K, ["url"]),
                ("x", named("trash"), ["-", "", K]),
            ],
            [b(0, K)],
        ),
        one(
            "a child of a folder whose birth is a shared array",
            [("n", A, Array(["f", "a1 root", "A"])), bookmark(K, f"a1 {A}")],
            [b(0, K)],
        ),
    ]
