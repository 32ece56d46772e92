"""Random edits on a few replicas, as the updates that a hub would receive."""

from random import Random

from pycrdt import Array, Doc, Map

from hub.document import EMPTY_UPDATE


def updates(random: Random, *, replicas: int = 3, edits: int = 12) -> list[bytes]:
    """Updates in an order in which each finds what it builds on. Never empty ones."""
    docs = [Doc[Map[object]](client_id=random.getrandbits(32)) for _ in range(replicas)]
    made: list[bytes] = []
    for _ in range(edits):
        doc = random.choice(docs)
        mine: list[bytes] = []
        subscription = doc.observe(lambda event, mine=mine: mine.append(event.update))  # type: ignore[misc]
        _edit(doc, random)
        doc.unobserve(subscription)
        made += [update for update in mine if update != EMPTY_UPDATE]
        if random.random() < 0.5:
            other = random.choice(docs)
            if other is not doc:
                other.apply_update(doc.get_update(other.get_state()))
    return made


def _edit(doc: Doc, random: Random) -> None:
    nodes, order = doc.get("n", type=Map), doc.get("o", type=Array)
    with doc.transaction():
        match random.randrange(5):
            case 0 | 1:
                nodes[f"k{random.randrange(4)}"] = random.choice(["x", "y", Map({"q": "z"})])
            case 2:
                order.insert(random.randint(0, len(order)), random.randrange(10))
            case 3 if len(order):
                del order[random.randrange(len(order))]
            case _:
                if keys := list(nodes.keys()):
                    del nodes[random.choice(keys)]


def view(doc: Doc) -> object:
    """What a person sees."""
    return doc.get("n", type=Map).to_py(), doc.get("o", type=Array).to_py()


def one(key: str, value: str, client: int = 1) -> bytes:
    """One update that sets a key, by a client that has done nothing before."""
    doc = Doc[Map[object]](client_id=client)
    doc.get("n", type=Map)[key] = value
    return doc.get_update()
