"""An authenticator as people have one, written from RFC 6238 and RFC 4226 without the hub's code."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from asking_hub import PASSWORD, Answer, Person


@dataclass
class Authenticator:
    secret: str
    clock: Callable[[], float]
    recovery_codes: Sequence[str] = ()

    def code(self, *, steps_off: int = 0) -> str:
        """That of now, or of a clock that goes so many steps ahead."""
        step = int(self.clock()) // 30 + steps_off
        digest = hmac.digest(base64.b32decode(self.secret), step.to_bytes(8, "big"), hashlib.sha1)
        place = digest[-1] & 15
        return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"

    def wrong_code(self) -> str:
        """None that is good at this moment."""
        good = {self.code(steps_off=steps) for steps in range(-2, 3)}
        return next(code for code in (f"{number:06}" for number in range(6)) if code not in good)


async def begins_second_factor(person: Person) -> Authenticator:
    answer = await person.post("/me/second-factor", None)
    assert answer.status == 201, answer.text
    return Authenticator(answer.json["secret"], person.hub.clock)


async def has_second_factor(person: Person) -> Authenticator:
    """Sets one up, and waits until its code is another one."""
    authenticator = await begins_second_factor(person)
    answer = await person.put("/me/second-factor", {"otp": authenticator.code()})
    assert answer.status == 200, answer.text
    authenticator.recovery_codes = answer.json["recovery_codes"]
    person.hub.clock.pass_s(30)
    return authenticator


async def log_in(person: Person, otp: str | None = None, password: str = PASSWORD) -> Answer:
    body = {"email": person.email, "password": password, "device": "another"}
    return await person.hub.ask("POST", "/sessions", body if otp is None else {**body, "otp": otp})
