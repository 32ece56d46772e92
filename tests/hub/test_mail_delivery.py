"""Letters on their way: a real mail server, its refusals, and files where there is none."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import certificates
import pytest
from asking_hub import PUBLIC_URL, Clock
from eventually import eventually
from mail_server import USER, MailServer, mail_server

from hub.database import Database
from hub.mail import files, outbox
from hub.mail.delivery import Delivery, Trouble, Undelivered, compose
from hub.mail.files import Files
from hub.mail.letters import Invited, Letter, ResetPassword, VerifyAddress, Writer, Written
from hub.mail.outbox import CLAIM, Claimed, Outbox
from hub.mail.sender import FIRST_PAUSE, KEPT, LONGEST_PAUSE, Sender, pause
from hub.mail.smtp import Smtp
from hub.metrics import Metrics
from loadtest.backends import free_port

FROM = "Teammarks <teammarks@example.org>"
AS_USER = f"{USER}:p%40ss%2Fw%3Ard@"


def a_letter(to: str = "ann@example.org", letter: Letter | None = None) -> Claimed:
    written = Writer(PUBLIC_URL).write(letter or ResetPassword("TOKEN"))
    return Claimed("01a209d8-3836-71d6-85c4-2a1bbb1b3b84", to, written, datetime.now(UTC), 1)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates.certificate(tmp_path_factory.mktemp("mail"))


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


async def deliver(delivery: Delivery, to: str = "ann@example.org", letter: Letter | None = None) -> None:
    try:
        await delivery.deliver(compose(a_letter(to, letter), to, FROM))
    finally:
        await delivery.hang_up()


# To a mail server


@pytest.mark.parametrize(("scheme", "tls_first"), [("smtp", False), ("smtps", True)])
async def test_a_letter_goes_over_tls_to_a_server_that_knows_the_hub_s_password(
    certificate: Path, scheme: str, tls_first: bool
) -> None:
    async with mail_server(certificate, tls_first=tls_first, with_password=True) as server:
        await deliver(Smtp(server.url(scheme, AS_USER), trusting(certificate)))
    (letter,) = server.letters
    assert (letter["To"], letter["From"], server.recipients) == ("ann@example.org", FROM, ["ann@example.org"])
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert f"{PUBLIC_URL}/reset#TOKEN" in text.get_content()
    assert f'href="{PUBLIC_URL}/reset#TOKEN"' in html.get_content()


async def test_a_letter_goes_unencrypted_only_where_the_operator_says_so() -> None:
    async with mail_server() as server:
        with pytest.raises(Undelivered) as refusal:
            await deliver(Smtp(server.url("smtp")))
        assert refusal.value.trouble is Trouble.SERVER
        assert server.letters == []
        await deliver(Smtp(server.url("smtp+plain")))
        assert server.encrypted == [False]


async def test_a_server_whose_certificate_nobody_vouches_for_is_given_nothing(certificate: Path) -> None:
    async with mail_server(certificate) as server:
        with pytest.raises(Undelivered) as refusal:
            await deliver(Smtp(server.url("smtp")))
        assert refusal.value.trouble is Trouble.SERVER
        assert server.letters == []


async def test_a_wrong_password_is_the_server_s_trouble_and_not_the_letter_s(certificate: Path) -> None:
    async with mail_server(certificate, with_password=True) as server:
        with pytest.raises(Undelivered) as refusal:
            await deliver(Smtp(server.url("smtp", f"{USER}:wrong@"), trusting(certificate)))
        assert refusal.value.trouble is Trouble.SERVER


async def test_a_server_that_is_not_there_is_the_server_s_trouble() -> None:
    with pytest.raises(Undelivered) as refusal:
        await deliver(Smtp(f"smtp+plain://127.0.0.1:{free_port()}"))
    assert refusal.value.trouble is Trouble.SERVER


@pytest.mark.parametrize(
    ("recipient", "letter", "trouble"),
    [
        ("550 ann@example.org is unknown", "250 OK", Trouble.REFUSED),
        ("450 come again, ann@example.org", "250 OK", Trouble.DEFERRED),
        ("250 OK", "554 no such letters for ann@example.org", Trouble.REFUSED),
        ("250 OK", "451 later, ann@example.org", Trouble.DEFERRED),
    ],
)
async def test_a_refusal_says_whether_to_try_again_and_names_nobody(
    recipient: str, letter: str, trouble: Trouble
) -> None:
    async with mail_server() as server:
        server.answer_to_recipient, server.answer_to_letter = recipient, letter
        with pytest.raises(Undelivered) as refusal:
            await deliver(Smtp(server.url("smtp+plain")))
    assert refusal.value.trouble is trouble
    assert "ann" not in str(refusal.value)


@pytest.mark.parametrize(
    ("to", "arrives_at"),
    [
        ("zoë@exämple.org", "zoë@xn--exmple-cua.org"),
        ("bob@straße.de", "bob@xn--strae-oqa.de"),
        ("a.b+c@intranet", "a.b+c@intranet"),
    ],
)
async def test_addresses_of_other_scripts_are_written_to(to: str, arrives_at: str) -> None:
    async with mail_server() as server:
        await deliver(Smtp(server.url("smtp+plain")), to)
    assert server.recipients == [arrives_at]


async def test_no_name_becomes_a_header_a_recipient_or_markup() -> None:
    evil = "Eve\r\nBcc: everyone@example.org\r\n\r\n{{7*7}} {% include 'x' %} <img src=//evil.example>"
    async with mail_server() as server:
        await deliver(Smtp(server.url("smtp+plain")), letter=Invited(evil, evil, "TOKEN"))
    (letter,) = server.letters
    assert server.recipients == ["ann@example.org"]
    assert letter["Bcc"] is None
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert not any(line.startswith("Bcc:") for line in text.get_content().splitlines())
    assert "{{7*7}}" in text.get_content()
    assert "{{7*7}}" in html.get_content()
    assert "<img" not in html.get_content()


# Into files


async def test_without_a_mail_server_a_letter_is_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    await deliver(Files(tmp_path / "mail"), "zoë@exämple.org")
    (file,) = (tmp_path / "mail").iterdir()
    assert f"{PUBLIC_URL}/reset#TOKEN\n" in file.read_text(encoding="utf-8").replace("\r\n", "\n")
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["Subject"] == "Choose a new password"
    assert [path.stat().st_mode & 0o777 for path in (file, file.parent)] == [0o600, 0o700]


async def test_of_the_letters_in_files_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "KEPT", 2)
    for number in range(4):
        letter = Claimed(str(number), "ann@example.org", Written("S", "T\n", "H"), datetime.now(UTC), 1)
        await Files(tmp_path).deliver(compose(letter, "ann@example.org", FROM))
    assert sorted(os.listdir(tmp_path)) == ["2.eml", "3.eml"]


async def test_a_folder_that_cannot_be_written_is_trouble_for_every_letter(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file in its place", encoding="utf-8")
    with pytest.raises(Undelivered) as refusal:
        await deliver(Files(tmp_path / "mail"))
    assert refusal.value.trouble is Trouble.SERVER


# The outbox and its senders


class Post:
    """An outbox on a real database, a mail server, and a clock that a test moves."""

    def __init__(self, database: Database, server: MailServer) -> None:
        self.database = database
        self.server = server
        self.clock = Clock()
        self.outbox = Outbox(PUBLIC_URL)
        self.metrics = Metrics()
        self.sender = self.another()

    def another(self, delivery: Delivery | None = None) -> Sender:
        delivery = delivery or Smtp(self.server.url("smtp+plain"))
        return Sender(self.database, self.outbox, delivery, self.metrics, self.clock, sender=FROM)

    async def put(self, to: str | None = "ann@example.org") -> None:
        async with self.database.write() as connection:
            await self.outbox.add(connection, to, VerifyAddress("TOKEN"), self.now())

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    async def waits(self) -> bool:
        async with self.database.read() as connection:
            return (await outbox.waiting(connection)).oldest is not None

    def value(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"teammarks_{name}", labels) or 0.0


@pytest.fixture
async def post(database: Database) -> AsyncIterator[Post]:
    async with mail_server() as server:
        yield Post(database, server)


async def test_a_letter_is_sent_once_and_leaves_the_outbox(post: Post) -> None:
    await post.put()
    await post.sender.send_due()
    await post.sender.send_due()
    assert len(post.server.letters) == 1
    assert not await post.waits()
    assert post.value("mail_sent_total") == 1


async def test_letters_that_are_due_together_go_over_one_connection(post: Post) -> None:
    for _ in range(3):
        await post.put()
    await post.sender.send_due()
    assert (len(post.server.letters), post.server.connections) == (3, 1)


async def test_a_letter_to_nobody_goes_nowhere(post: Post) -> None:
    await post.put(to=None)
    await post.sender.send_due()
    assert not await post.waits()
    assert post.server.connections == 0


async def test_of_several_hubs_one_sends_each_letter(post: Post) -> None:
    people = [f"p{number}@example.org" for number in range(12)]
    for person in people:
        await post.put(person)
    await asyncio.gather(*(post.another().send_due() for _ in range(3)))
    assert sorted(post.server.recipients) == sorted(people)


async def test_a_letter_of_a_hub_that_was_killed_while_it_sent_it_is_sent_again_with_the_same_id(post: Post) -> None:
    await post.put()
    async with post.database.write() as connection:
        claimed = await outbox.claim(connection, post.now())
    assert claimed
    await Smtp(post.server.url("smtp+plain")).deliver(compose(claimed, "ann@example.org", FROM))
    await post.sender.send_due()
    assert len(post.server.letters) == 1, "the other hub may still be at it"
    post.clock.pass_s(CLAIM.total_seconds())
    await post.sender.send_due()
    first, second = post.server.letters
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_refused_letter_is_given_up_and_the_next_one_sent(post: Post) -> None:
    post.server.answer_to_recipient = "550 unknown"
    await post.put()
    await post.sender.send_due()
    post.server.answer_to_recipient = "250 OK"
    await post.put("bob@example.org")
    await post.sender.send_due()
    assert post.server.recipients == ["bob@example.org"]
    assert not await post.waits()
    assert post.value("mail_troubles_total", trouble="refused") == 1


async def test_a_letter_that_is_put_off_does_not_keep_others_waiting(post: Post) -> None:
    post.server.answer_to_recipient = "450 later"
    await post.put()
    await post.put("bob@example.org")
    await post.sender.send_due()
    assert post.value("mail_troubles_total", trouble="deferred") == 2
    post.server.answer_to_recipient = "250 OK"
    await post.sender.send_due()
    assert post.server.letters == [], "each has its pause"
    post.clock.pass_s(FIRST_PAUSE.total_seconds())
    await post.sender.send_due()
    assert len(post.server.letters) == 2


async def test_while_the_server_is_gone_letters_wait_and_age_and_then_go(post: Post) -> None:
    gone = post.another(Smtp(f"smtp+plain://127.0.0.1:{free_port()}"))
    await post.put()
    await gone.send_due()
    await post.put("bob@example.org")
    post.clock.pass_s(FIRST_PAUSE.total_seconds())
    await gone.send_due()
    assert post.value("mail_age_seconds") == FIRST_PAUSE.total_seconds()
    assert post.value("mail_troubles_total", trouble="server") == 2, "one letter each time tells that it is gone"
    post.clock.pass_s(2 * FIRST_PAUSE.total_seconds())
    back = post.another()
    await back.send_due()
    assert sorted(post.server.recipients) == ["ann@example.org", "bob@example.org"]
    assert post.value("mail_age_seconds") == 0


async def test_a_letter_is_given_up_after_days(post: Post) -> None:
    gone = post.another(Smtp(f"smtp+plain://127.0.0.1:{free_port()}"))
    await post.put()
    post.clock.pass_s(KEPT.total_seconds())
    await gone.send_due()
    assert not await post.waits()


async def test_what_nobody_foresaw_about_one_letter_stops_no_other(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    await post.put("no address at all")
    await post.put("bob@example.org")
    await post.sender.send_due()
    assert post.server.recipients == ["bob@example.org"]
    assert "ann" not in caplog.text


def test_pauses_grow_and_end() -> None:
    pauses = [pause(attempt) for attempt in range(1, 500)]
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE < CLAIM * 3
    assert timedelta(hours=1) > LONGEST_PAUSE, "an hour is what a link to a new password is good for"


@asynccontextmanager
async def running(sender: Sender) -> AsyncIterator[None]:
    sender.start()
    try:
        yield
    finally:
        await sender.close()


async def test_a_running_sender_sends_what_is_put_in(post: Post) -> None:
    async with running(post.sender):
        await post.put()
        post.outbox.filled.set()
        await eventually("the letter", lambda: len(post.server.letters) == 1)


async def test_a_sender_that_is_closed_finishes_its_letter_and_begins_no_other(post: Post) -> None:
    began, finish = asyncio.Event(), asyncio.Event()

    class Slow(Smtp):
        async def deliver(self, message: object) -> None:
            began.set()
            await finish.wait()

    slow = post.another(Slow(post.server.url("smtp+plain")))
    await post.put()
    await post.put()
    slow.start()
    await began.wait()
    closing = asyncio.create_task(slow.close())
    await asyncio.sleep(0)
    finish.set()
    await closing
    assert post.value("mail_sent_total") == 1
    assert await post.waits()
