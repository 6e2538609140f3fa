"""What a mail address may be, and when two are the same."""

from __future__ import annotations

import re
from typing import Final

from lapwing.kernel.refusals import Refusal

_LONGEST: Final = 254
_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)
"""The form that HTML's input fields take, with at least one dot in the domain."""


def check_email(text: str) -> str:
    """The address as it is kept: in lower case, internationalised domains in ASCII.
    Raises `Refusal` (`mail_address_invalid`)."""
    local, at, domain = text.strip().rpartition("@")
    try:
        plain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        plain = ""
    address = f"{local}{at}{plain}".lower()
    if len(address) > _LONGEST or _ADDRESS.fullmatch(address) is None:
        raise Refusal(
            "mail_address_invalid",
            "This is no e-mail address; it takes one such as name@example.org.",
            field="email",
        )
    return address


def domain_of(email: str) -> str:
    return email.rpartition("@")[2]
