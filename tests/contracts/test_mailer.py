"""Every mailer: letters are taken at once, go out whole, and cannot be bent."""

from __future__ import annotations

import email
import email.policy
import smtplib
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from lapwing.adapters.mail.memory_mailer import MemoryMailer
from lapwing.adapters.mail.outbox import OutboxMailer
from lapwing.adapters.mail.smtp import SmtpMailer, SmtpServer
from lapwing.kernel.refusals import Refusal
from lapwing.ports.mail import Letter, Mailer

LETTER = Letter("asha@example.org", "Grüße", "Zwölf Boxkämpfer\n\nhttps://example.org/x\n")
Sent = Callable[[], Awaitable[list[tuple[str, str, str]]]]
"""To, subject and text of what went out."""


def _parts(message: EmailMessage) -> tuple[str, str, str]:
    content = message.get_content().replace("\r\n", "\n")
    return str(message["To"]), str(message["Subject"]), content


@pytest.fixture(params=["memory", "outbox", "smtp"])
def mailer(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Mailer, Sent]:
    if request.param == "memory":
        memory = MemoryMailer()

        async def in_memory() -> list[tuple[str, str, str]]:
            return [(each.to, each.subject, each.text) for each in memory.letters]

        return memory, in_memory
    if request.param == "outbox":
        folder = tmp_path / "outbox"

        async def in_folder() -> list[tuple[str, str, str]]:
            return [
                _parts(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))  # type: ignore[arg-type]
                for path in sorted(folder.glob("*.eml"))
            ]

        return OutboxMailer(folder), in_folder
    gone: list[EmailMessage] = []
    smtp = SmtpMailer(gone.append, "Lapwing <lapwing@example.org>")

    async def by_smtp() -> list[tuple[str, str, str]]:
        assert await smtp.send_due(0.0) is None
        return [
            _parts(email.message_from_bytes(bytes(each), policy=email.policy.default))  # type: ignore[arg-type]
            for each in gone
        ]

    return smtp, by_smtp


async def test_a_letter_goes_out_whole(mailer: tuple[Mailer, Sent]) -> None:
    posts, sent = mailer
    posts.post(LETTER)
    assert await sent() == [(LETTER.to, LETTER.subject, LETTER.text)]


@pytest.mark.parametrize(
    "to",
    [
        "asha@example.org\r\nBcc: all@example.org",
        "asha@example.org, all@example.org",
        "Asha <asha@example.org>",
        "asha@example.org\n",
        "asha",
        "",
    ],
)
async def test_a_letter_goes_to_one_address(mailer: tuple[Mailer, Sent], to: str) -> None:
    posts, sent = mailer
    with pytest.raises(Refusal) as refused:
        posts.post(Letter(to, "Hello", "Hello"))
    assert refused.value.code == "mail_address_invalid"
    assert await sent() == []


async def test_a_subject_brings_no_headers(mailer: tuple[Mailer, Sent]) -> None:
    posts, sent = mailer
    posts.post(Letter("asha@example.org", "Hello\r\nBcc: all@example.org\r\n\r\nText", "Hello"))
    [(_, subject, text)] = await sent()
    assert subject == "Hello Bcc: all@example.org Text"
    assert text.strip() == "Hello"


async def test_a_letter_that_is_not_taken_is_tried_again() -> None:
    tries: list[EmailMessage] = []

    def send(message: EmailMessage) -> None:
        tries.append(message)
        if len(tries) == 1:
            raise ConnectionRefusedError
        if len(tries) == 2:
            raise smtplib.SMTPRecipientsRefused({"asha@example.org": (450, b"busy")})

    mailer = SmtpMailer(send, "lapwing@example.org")
    mailer.post(LETTER)
    assert await mailer.send_due(0.0) == 5.0
    assert await mailer.send_due(4.0) == 1.0
    assert await mailer.send_due(5.0) == 60.0
    assert await mailer.send_due(65.0) is None
    assert len(tries) == 3


async def test_an_address_that_does_not_exist_is_not_tried_again() -> None:
    def send(message: EmailMessage) -> None:
        raise smtplib.SMTPRecipientsRefused({"asha@example.org": (550, b"no such user")})

    mailer = SmtpMailer(send, "lapwing@example.org")
    mailer.post(LETTER)
    assert await mailer.send_due(0.0) is None


async def test_a_letter_is_given_up_after_a_day() -> None:
    def send(message: EmailMessage) -> None:
        raise TimeoutError

    mailer = SmtpMailer(send, "lapwing@example.org")
    mailer.post(LETTER)
    now_s = 0.0
    while (wait_s := await mailer.send_due(now_s)) is not None:
        now_s += wait_s
    assert 12 * 3600 < now_s < 36 * 3600


def test_the_server_is_read_from_its_url() -> None:
    assert SmtpServer.of("smtps://me:a%40b@mail.example.org") == SmtpServer(
        "smtps", "mail.example.org", 465, "me", "a@b"
    )
    assert SmtpServer.of("smtp://localhost:2525").port == 2525
    for wrong in ("mail.example.org", "http://mail.example.org", "smtp://"):
        with pytest.raises(ValueError, match=wrong):
            SmtpServer.of(wrong)


def test_the_outbox_is_the_owner_s_alone(tmp_path: Path) -> None:
    OutboxMailer(tmp_path / "outbox").post(LETTER)
    [path] = (tmp_path / "outbox").glob("*.eml")
    assert path.stat().st_mode & 0o077 == 0
