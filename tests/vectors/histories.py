"""Random histories for the other implementation: 3 to 5 people, 8 to 37 edits, and the tree that the hub then shows."""

import base64
from random import Random

from hub.tree.tree import canonical
from tests.vectors.people import Person, history, sync
from tests.vectors.scene import Case

COUNT = 250


def cases() -> list[Case]:
    return [_case(number) for number in range(COUNT)]


def _case(number: int) -> Case:
    random = Random(number)
    people = [Person(client_id) for client_id in random.sample(range(1, 2**32), random.randint(3, 5))]
    history(people, random, edits=random.randint(8, 37))
    sync(people)
    return {
        "name": f"history {number} by hub/tree",
        "updates": [base64.b64encode(update).decode() for person in people for update in person.made],
        "tree": canonical(people[0].tree),
    }
