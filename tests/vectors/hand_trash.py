"""Cases about deletes: what a record buries, what it does not, and every way two people can disagree about it."""

from tests.vectors.scene import (
    URL,
    Case,
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

A, B, C, D = (named(name) for name in "ABCD")
K, L, M = named("k"), named("l"), named("m")
GONE = named("gone")
TRASH, OTHER = named("trash"), named("trash-2")

IN_ROOT = saw("root")
IN_A = saw(A)
K_IN_ROOT = saw("root", "k", URL)
K_IN_A = saw(A, "k", URL)
L_IN_A = saw(A, "l", URL)

FULL = [folder(A, "a1 root"), bookmark(K, f"a1 {A}"), bookmark(L, f"a2 {A}"), bookmark(M, "a2 root")]
FULL_ROWS = [f(0, A), b(1, K), b(1, L), b(0, M)]
DELETE_A = deleted(TRASH, A, (A, IN_ROOT), (K, K_IN_A), (L, L_IN_A))


def cases() -> list[Case]:
    return [*records(), *hashes(), *ghosts(), *conflicts(), *returns()]


def _record(name: str, value: str, tree: list[Row], key: str = TRASH) -> Case:
    """One record on a folder A with the bookmarks k and l, and a bookmark m beside it."""
    return case(name, Scene(*FULL, ("x", key, value)), tree)


def records() -> list[Case]:
    a, k, listed_l = f"{A} {IN_ROOT}", f"{K} {K_IN_A}", f"{L} {L_IN_A}"
    buried = [b(0, M)]
    return [
        case("a folder deleted with all that was in it", Scene(*FULL, DELETE_A), buried),
        case("a bookmark deleted", Scene(*FULL, deleted(TRASH, K, (K, K_IN_A))), [f(0, A), b(1, L), b(0, M)]),
        case(
            "a separator deleted",
            Scene(separator(K, "a1 root"), separator(L, "a2 root"), deleted(TRASH, K, (K, IN_ROOT))),
            [s(0, L)],
        ),
        _record("a record with a meta line", f"{A}\nlq2x 018f\n{a}\n{k}\n{listed_l}", buried),
        _record("a meta line of any kind", f"{A}\n{a} ✓ {k}\n{a}\n{k}\n{listed_l}", buried),
        _record("lines in any order", f"{A}\n\n{listed_l}\n{a}\n{k}", buried),
        _record("more words on a line", f"{A}\n\n{a} more\n{k} words 1 2\n{listed_l} ", buried),
        _record("a record that is not rooted", f"-\n\n{k}\n{listed_l}", [f(0, A), b(0, M)]),
        _record("not rooted, of one entry", f"-\n\n{k}", [f(0, A), b(1, L), b(0, M)]),
        _record("no entry", f"{A}\n", FULL_ROWS),
        _record("no meta line", f"{A}\n{a}", FULL_ROWS),
        _record("one line", A, FULL_ROWS),
        _record("empty", "", FULL_ROWS),
        _record("an empty entry", f"{A}\n\n", FULL_ROWS),
        _record("an empty line among the entries", f"{A}\n\n{a}\n\n{k}\n{listed_l}\n", buried),
        _record("a root that is not listed", f"{A}\n\n{k}\n{listed_l}", FULL_ROWS),
        _record("a root listed in another state", f"{A}\n\n{A} {IN_A}\n{k}\n{listed_l}", FULL_ROWS),
        _record("a root listed twice, once as it is", f"{A}\n\n{A} {IN_A}\n{a}\n{k}\n{listed_l}", buried),
        _record("a root listed twice, first as it is", f"{A}\n\n{a}\n{A} {IN_A}\n{k}\n{listed_l}", buried),
        _record("an entry listed twice, once as it is", f"-\n\n{K} 00000000\n{k}", [f(0, A), b(1, L), b(0, M)]),
        _record("a root that is no node", f"{GONE}\n\n{GONE} {IN_ROOT}\n{k}", FULL_ROWS),
        _record("a root that is no id", f"root\n\nroot {IN_ROOT}\n{k}", FULL_ROWS),
        _record("a root with a word behind it", f"{A} x\n\n{a}\n{k}\n{listed_l}", FULL_ROWS),
        _record("an empty root", f"\n\n{a}\n{k}\n{listed_l}", FULL_ROWS),
        _record("a root of two hyphens", f"--\n\n{a}\n{k}\n{listed_l}", FULL_ROWS),
        _record(
            "unknown entries beside known ones",
            f"-\n\n{GONE} {IN_ROOT}\nroot {IN_ROOT}\n- -\n{k}",
            FULL_ROWS[:1] + FULL_ROWS[2:],
        ),
        _record("a hash in capitals", f"-\n\n{K} {K_IN_A.upper()}", FULL_ROWS),
        _record("a hash cut short", f"-\n\n{K} {K_IN_A[:7]}", FULL_ROWS),
        _record("a hash with a digit too many", f"-\n\n{K} {K_IN_A}0\n{L} 0{L_IN_A}", FULL_ROWS),
        _record("a line without a hash", f"-\n\n{K}\n{L} ", FULL_ROWS),
        _record("two spaces before the hash", f"-\n\n{K}  {K_IN_A}\n {listed_l}", FULL_ROWS),
        _record("a tab before the hash", f"-\n\n{K}\t{K_IN_A}", FULL_ROWS),
        _record("lines that end as on other systems", f"-\r\n\r\n{k}\r\n{listed_l}\r\n", FULL_ROWS),
        _record("only the last line ends as it should", f"-\n\n{k}\r\n{listed_l}", [f(0, A), b(1, K), b(0, M)]),
        _record("other line separators are none", f"-\n\n{k}\u2028{listed_l}\u0085{listed_l}\x0b{listed_l}", FULL_ROWS),
        _record("a key that is no trash id", f"-\n\n{k}", FULL_ROWS, key="short"),
        _record("a key with a line end", f"-\n\n{k}", FULL_ROWS, key=TRASH + "\n"),
        _record("a key of 36 characters", f"-\n\n{k}", [f(0, A), b(1, L), b(0, M)], key="x" * 36),
        _record("a key of 37 characters", f"-\n\n{k}", FULL_ROWS, key="x" * 37),
        case(
            "two records, one of them void",
            Scene(*FULL, DELETE_A, deleted(OTHER, A, (A, IN_A), (M, saw("root", "m", URL)))),
            buried,
        ),
        case(
            "a record whose root another record buries is in force",
            Scene(*FULL, deleted(TRASH, A, (A, IN_ROOT), (K, K_IN_A)), deleted(OTHER, K, (K, K_IN_A), (L, L_IN_A))),
            buried,
        ),
        case(
            "a record rooted in what lies elsewhere",
            Scene(*FULL, deleted(TRASH, M, (M, saw("root", "m", URL)), (K, K_IN_A))),
            [f(0, A), b(1, L)],
        ),
    ]


def hashes() -> list[Case]:
    odd = "עברית 👩‍👩‍👧‍👦 \ufffd \ufeff\nand more"
    return [
        case(
            "odd titles and URLs are deleted too",
            Scene(bookmark(K, "a1 root", odd, odd), deleted(TRASH, K, (K, saw("root", odd, odd)))),
            [],
        ),
        case(
            "titles and URLs written later are what the deleter saw",
            Scene(
                bookmark(K, "a1 root", "Old", "https://old.example/"),
                bookmark(L, "a2 root", "Old", "https://old.example/"),
                ("t", K, "New"),
                ("u", K, ""),
                ("t", L, "New"),
                deleted(TRASH, "-", (K, saw("root", "New", "")), (L, saw("root", "Old", "https://old.example/"))),
            ),
            [b(0, L, "New", "https://old.example/")],
        ),
        case(
            "a title override that is no text does not count",
            Scene(bookmark(K, "a1 root"), ("t", K, 5), deleted(TRASH, K, (K, K_IN_ROOT))),
            [],
        ),
        case(
            "a bookmark without title and URL",
            Scene(("n", K, ["b", "a1 root"]), deleted(TRASH, K, (K, saw("root", "", "")))),
            [],
        ),
        case(
            "of a folder and a separator only the parent counts",
            Scene(
                ("n", B, ["f", "a1 root", "Title", "https://url.example/"]),
                ("n", L, ["s", "a1 root", "Title", "https://url.example/"]),
                ("t", B, "Other"),
                deleted(TRASH, "-", (B, IN_ROOT), (L, IN_ROOT)),
            ),
            [],
        ),
        case(
            "the written parent counts though it is missing",
            Scene(
                bookmark(K, f"a1 {GONE}"),
                bookmark(L, f"a2 {GONE}"),
                deleted(TRASH, "-", (K, saw(GONE, "k", URL)), (L, saw("root", "l", URL))),
            ),
            [b(0, L)],
        ),
        case(
            "the written parent counts though it closes a ring",
            Scene(
                folder(A, "a1 root"),
                folder(B, "a2 root"),
                place(A, f"a1 {B}"),
                place(B, f"a1 {A}"),
                deleted(TRASH, A, (A, saw(B)), (B, saw(A))),
            ),
            [],
        ),
        case(
            "a shown parent does not count",
            Scene(
                folder(A, "a1 root"),
                folder(B, "a2 root"),
                place(A, f"a1 {B}"),
                place(B, f"a1 {A}"),
                deleted(TRASH, A, (A, IN_ROOT), (B, saw(A))),
            ),
            [f(0, A), f(1, B)],
        ),
        case(
            "an override of the place that is bad does not count",
            Scene(folder(A, "a1 root"), place(A, "a0 root"), deleted(TRASH, A, (A, IN_ROOT))),
            [],
        ),
        case(
            "the position does not count",
            Scene(*FULL, DELETE_A, place(A, "a9 root"), place(K, f"zz {A} {B}")),
            [b(0, M)],
        ),
    ]


def ghosts() -> list[Case]:
    inner = [folder(B, f"a3 {A}"), bookmark(named("n"), f"a1 {B}")]
    return [
        case(
            "a deleted folder is shown while something in it lives",
            Scene(*FULL, deleted(TRASH, A, (A, IN_ROOT), (K, K_IN_A))),
            [f(0, A), b(1, L), b(0, M)],
        ),
        case(
            "and so is every deleted folder above",
            Scene(*FULL, *inner, deleted(TRASH, A, (A, IN_ROOT), (K, K_IN_A), (L, L_IN_A), (B, IN_A))),
            [f(0, A), f(1, B), b(2, named("n")), b(0, M)],
        ),
        case(
            "a living folder in a deleted one, empty itself",
            Scene(*FULL, folder(B, f"a3 {A}"), DELETE_A),
            [f(0, A), f(1, B), b(0, M)],
        ),
        case(
            "a deleted folder in a living one",
            Scene(*FULL, *inner, deleted(TRASH, B, (B, IN_A), (named("n"), saw(B, "n", URL)))),
            FULL_ROWS,
        ),
        case(
            "what is deleted in a deleted folder by a delete of its own",
            Scene(*FULL, deleted(OTHER, K, (K, K_IN_A)), deleted(TRASH, A, (A, IN_ROOT), (L, L_IN_A))),
            [b(0, M)],
        ),
        case(
            "a deleted folder that holds only things that are shown elsewhere",
            Scene(*FULL, DELETE_A, place(K, "a3 root")),
            [b(0, M), b(0, K)],
        ),
    ]


def conflicts() -> list[Case]:
    def at_once(name: str, tree: list[Row], *other: tuple[str, str, object]) -> Case:
        """Peer 2 deletes folder A with all that it sees in it, peer 3 knows nothing of that and writes `other`."""
        scene = Scene(*FULL)
        scene.write(2, DELETE_A)
        scene.write(3, *other)
        return case(f"delete a folder, while another {name}", scene, tree)

    def bookmark_at_once(name: str, tree: list[Row], *other: tuple[str, str, object]) -> Case:
        scene = Scene(*FULL)
        scene.write(2, deleted(TRASH, K, (K, K_IN_A)))
        scene.write(3, *other)
        return case(f"delete a bookmark, while another {name}", scene, tree)

    n = named("n")
    return [
        at_once("adds a bookmark in it", [f(0, A), b(1, n), b(0, M)], bookmark(n, f"a3 {A}")),
        at_once("adds a folder in it", [f(0, A), f(1, B), b(0, M)], folder(B, f"a3 {A}")),
        at_once("moves a bookmark into it", [f(0, A), b(1, M)], place(M, f"a3 {A}")),
        at_once("moves it", [f(0, B), f(1, A), b(2, K), b(2, L), b(0, M)], folder(B, "a0V root"), place(A, f"a1 {B}")),
        at_once("moves a child out of it", [b(0, M), b(0, K)], place(K, "a3 root")),
        at_once("renames a bookmark in it", [f(0, A), b(1, K, "New"), b(0, M)], ("t", K, "New")),
        at_once(
            "writes another URL in it",
            [f(0, A), b(1, K, "k", "https://new.example/"), b(0, M)],
            ("u", K, "https://new.example/"),
        ),
        at_once("renames it", [b(0, M)], ("t", A, "New")),
        at_once("moves it among its siblings", [b(0, M)], place(A, "a3 root")),
        at_once("moves a bookmark inside it", [b(0, M)], place(K, f"a3 {A}")),
        bookmark_at_once("renames it", [f(0, A), b(1, K, "New"), b(1, L), b(0, M)], ("t", K, "New")),
        bookmark_at_once(
            "writes another URL",
            [f(0, A), b(1, K, "k", "https://new.example/"), b(1, L), b(0, M)],
            ("u", K, "https://new.example/"),
        ),
        bookmark_at_once("moves it", [f(0, A), b(1, L), b(0, M), b(0, K)], place(K, "a3 root")),
        bookmark_at_once("moves it among its siblings", [f(0, A), b(1, L), b(0, M)], place(K, f"a3 {A}")),
        *_two_deletes(),
        _delete_and_restore(),
    ]


def _two_deletes() -> list[Case]:
    def scene() -> Scene:
        made = Scene(*FULL)
        made.write(2, DELETE_A)
        made.write(3, deleted(OTHER, A, (A, IN_ROOT), (K, K_IN_A), (L, L_IN_A)))
        made.sync()
        return made

    both, one_back, allisted_lback, nested = scene(), scene(), scene(), Scene(*FULL)
    one_back.write(2, ("x", TRASH, None))
    allisted_lback.write(2, ("x", TRASH, None))
    allisted_lback.write(3, ("x", OTHER, None))
    nested.write(2, DELETE_A)
    nested.write(3, deleted(OTHER, K, (K, K_IN_A)))
    nested.sync()
    nested.write(2, ("x", TRASH, None))
    return [
        case("two people delete the same folder", both, [b(0, M)]),
        case("deleted by two, restored by one", one_back, [b(0, M)]),
        case("deleted by two, restored twice", allisted_lback, FULL_ROWS),
        case("a folder and a bookmark in it deleted, the folder restored", nested, [f(0, A), b(1, L), b(0, M)]),
    ]


def _delete_and_restore() -> Case:
    scene = Scene(*FULL)
    scene.write(2, deleted(OTHER, K, (K, K_IN_A)))
    scene.sync()
    scene.write(2, DELETE_A)
    scene.write(3, ("x", OTHER, None))
    return case("restore a bookmark while another deletes its folder without it", scene, [b(0, M)])


def returns() -> list[Case]:
    moved_back = Scene(*FULL)
    moved_back.write(2, DELETE_A)
    moved_back.write(3, place(K, "a3 root"))
    moved_back.sync()
    guarded = Scene(*FULL)
    guarded.write(2, DELETE_A)
    guarded.write(3, place(K, "a3 root"))
    guarded.sync()
    # Back to where it was deleted: by hand the same words again, and from a writer also a record that lets it go.
    moved_back.write(3, place(K, f"a1 {A}"))
    guarded.write(3, place(K, f"a1 {A}"), deleted(TRASH, A, (A, IN_ROOT), (L, L_IN_A)))

    renamed_back = Scene(*FULL, deleted(TRASH, K, (K, K_IN_A)), ("t", K, "New"), ("t", K, "k"))
    dropped = Scene(*FULL, deleted(TRASH, K, (K, K_IN_A)), ("t", K, "New"))
    dropped.write(1, ("t", K, "k"), ("x", TRASH, None))

    ghost = Scene(*FULL, folder(B, "a3 root"), DELETE_A, bookmark(named("n"), f"a4 {A}"))
    ghost.write(1, deleted(TRASH, "-", (A, IN_ROOT), (K, K_IN_A), (L, L_IN_A)), place(A, f"a1 {B}"))

    in_place = Scene(*FULL, DELETE_A, place(M, "a0V root"), ("x", TRASH, None))
    single = Scene(*FULL, DELETE_A, deleted(TRASH, A, (A, IN_ROOT), (K, K_IN_A)))
    root_alone = Scene(*FULL, DELETE_A, deleted(TRASH, "-", (K, K_IN_A), (L, L_IN_A)))
    after_edit = Scene(*FULL, DELETE_A, ("t", A, "New"), ("x", TRASH, None))
    return [
        case("restored, everything is in its place", in_place, [b(0, M), f(0, A), b(1, K), b(1, L)]),
        case("one bookmark restored out of a deleted folder", single, [f(0, A), b(1, L), b(0, M)]),
        case("the folder restored without what was in it", root_alone, [f(0, A), b(0, M)]),
        case("renamed in the trash, then restored", after_edit, [f(0, A, "New"), b(1, K), b(1, L), b(0, M)]),
        case("a record speaks of a state, whenever it comes", moved_back, [b(0, M)]),
        case("moved away from a delete and back again", guarded, [f(0, A), b(1, K), b(0, M)]),
        case("renamed away from a delete and back, unguarded", renamed_back, [f(0, A), b(1, L), b(0, M)]),
        case("renamed away from a delete and back", dropped, FULL_ROWS),
        case(
            "a ghost moved: the folder comes back, not its old contents",
            ghost,
            [b(0, M), f(0, B), f(1, A), b(2, named("n"))],
        ),
    ]
