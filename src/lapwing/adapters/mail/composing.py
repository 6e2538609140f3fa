"""A letter as a mail in the sense of RFC 5322."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final

from lapwing.kernel.refusals import Refusal
from lapwing.ports.mail import Letter

_TO: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9.-]{3,253}")
_BREAKS: Final = re.compile(r"[\r\n\x00-\x1f\x7f\u2028\u2029]+")


def compose(letter: Letter, sender: str, now: datetime) -> EmailMessage:
    """Raises `Refusal` (`mail_address_invalid`) for what is no single address."""
    if _TO.fullmatch(letter.to) is None:
        raise Refusal("mail_address_invalid", "This is no e-mail address.", field="email")
    local, _, domain = letter.to.rpartition("@")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = _BREAKS.sub(" ", letter.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">") or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
