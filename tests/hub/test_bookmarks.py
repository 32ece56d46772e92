"""A team's folder, read through the REST."""

from collections.abc import AsyncIterator

import pytest
from asking_hub import Answer, Hub, Person

from hub.crdt_store import CrdtStore, Entry
from hub.ids import AccountId, DocumentId
from hub.metrics import Metrics
from hub.tree.document import edit, new_document
from hub.tree.node import ROOT, Kind
from hub.tree.writer import Editor


@pytest.fixture
async def store(hub: Hub) -> AsyncIterator[CrdtStore]:
    store = CrdtStore(hub.database, hub.clock, Metrics())
    await store.start()
    yield store
    await store.close()


@pytest.fixture
async def ann(hub: Hub) -> Person:
    return await hub.register("ann")


@pytest.fixture
async def team(ann: Person) -> str:
    return await ann.makes_team(await ann.makes_organization(), "<b>Endpoints</b>")


async def wrote(store: CrdtStore, person: Person, team: str, *titles: str) -> None:
    """One folder with these bookmarks in it, and one update in the log for each."""
    document, updates = new_document(), []

    def first(editor: Editor) -> None:
        nonlocal folder
        folder = editor.create(Kind.FOLDER, ROOT, None, "Services")

    folder = ROOT
    updates.append(edit(document, first))
    for title in titles:

        def add(editor: Editor, title: str = title) -> None:
            editor.create(Kind.BOOKMARK, folder, None, title, f"https://example.org/{title}")

        updates.append(edit(document, add))
    entries = [Entry(update, AccountId(person.id)) for update in updates if update]
    assert all(isinstance(outcome, int) for outcome in await store.append(DocumentId(team), entries))


async def get(person: Person, team: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await person.hub.ask("GET", f"/teams/{team}/bookmarks", token=person.access_token, headers=named)


async def test_a_new_team_has_no_bookmarks(ann: Person, team: str) -> None:
    answer = await get(ann, team)
    assert (answer.status, answer.json) == (200, {"version": 0, "children": []})


async def test_the_tree_is_read_from_the_log(ann: Person, team: str, store: CrdtStore) -> None:
    await wrote(store, ann, team, "CPU", "RAM")
    answer = await get(ann, team)
    (folder,) = answer.json["children"]
    assert (answer.json["version"], folder["kind"], folder["title"]) == (3, "folder", "Services")
    assert {(item["title"], item["url"]) for item in folder["children"]} == {
        ("CPU", "https://example.org/CPU"),
        ("RAM", "https://example.org/RAM"),
    }


async def test_a_folded_log_reads_the_same(ann: Person, team: str, store: CrdtStore) -> None:
    await wrote(store, ann, team, "CPU", "RAM")
    before = await get(ann, team)
    await store.compact(DocumentId(team))
    after = await get(ann, team)
    assert (after.json, after.headers["etag"]) == (before.json, before.headers["etag"])


async def test_a_bookmark_file_is_given_to_who_asks_for_one(ann: Person, team: str, store: CrdtStore) -> None:
    await wrote(store, ann, team, "CPU")
    answer = await get(ann, team, accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="bookmarks.html"'
    assert answer.text.startswith("<!DOCTYPE NETSCAPE-Bookmark-file-1>")
    assert '<DT><A HREF="https://example.org/CPU">CPU</A>' in answer.text
    assert "Endpoints" not in answer.text, "a name can change without the bookmarks changing"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html", "image/png", ""])
async def test_everybody_else_gets_json(ann: Person, team: str, accept: str) -> None:
    answer = await get(ann, team, accept=accept)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["vary"] == "Accept"


async def test_what_is_known_is_not_sent_again(ann: Person, team: str, store: CrdtStore) -> None:
    await wrote(store, ann, team, "CPU")
    tag = (await get(ann, team)).headers["etag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = await get(ann, team, if_none_match=known)
        assert (answer.status, answer.text, answer.headers["etag"]) == (304, "", tag)
    assert (await get(ann, team, if_none_match=tag, accept="text/html")).status == 200
    await wrote(store, ann, team, "RAM")
    answer = await get(ann, team, if_none_match=tag)
    assert answer.status == 200
    assert answer.headers["etag"] != tag


async def test_whoever_manages_without_reading_gets_no_bookmarks_nor_learns_whether_they_changed(
    ann: Person, team: str
) -> None:
    tag = (await get(ann, team)).headers["etag"]
    await ann.put(f"/teams/{team}/members/{ann.id}", {"can_read": False, "is_manager": True})
    answer = await get(ann, team, if_none_match=tag)
    assert (answer.status, answer.code) == (403, "forbidden")


async def test_a_deleted_team_has_none_and_brought_back_has_all_again(ann: Person, team: str, store: CrdtStore) -> None:
    await wrote(store, ann, team, "CPU")
    before = await get(ann, team)
    await ann.delete(f"/teams/{team}")
    assert (await get(ann, team)).code == "not-found"
    assert (await ann.post(f"/teams/{team}/undelete", None)).status == 200
    after = await get(ann, team)
    assert (after.json, after.headers["etag"]) == (before.json, before.headers["etag"])
    await wrote(store, ann, team, "RAM")
    assert (await get(ann, team)).json["version"] == before.json["version"] + 2
