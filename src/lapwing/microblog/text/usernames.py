"""What a username may be."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from lapwing.kernel.refusals import Refusal

LONGEST_USERNAME: Final = 30
_USERNAME = re.compile(rf"[a-z0-9_]{{1,{LONGEST_USERNAME}}}")
_OUTAGES: Final = "_outages"
_DIGEST_LENGTH: Final = 4


def is_username(name: str) -> bool:
    return _USERNAME.fullmatch(name) is not None


def check_username(name: str) -> str:
    """The name as it is kept, in lower case; refuses (`username_invalid`) anything else."""
    folded = name.strip().removeprefix("@")
    if folded.isascii() and is_username(folded.lower()):
        return folded.lower()
    raise Refusal(
        "username_invalid",
        f"A username has 1 to {LONGEST_USERNAME} of the letters a to z, digits and underscores.",
        field="username",
    )


def service_username(slug: str) -> str:
    """Name of the account that tells a service's outages: "x" has "x_outages"."""
    stem = re.sub(r"[^a-z0-9]+", "_", slug.lower()).strip("_")
    room = LONGEST_USERNAME - len(_OUTAGES)
    if len(stem) > room:
        digest = hashlib.sha256(slug.encode()).hexdigest()[:_DIGEST_LENGTH]
        stem = f"{stem[: room - _DIGEST_LENGTH - 1].rstrip('_')}_{digest}"
    return stem + _OUTAGES
