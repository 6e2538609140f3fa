"""Which names people would take for one another, so that nobody poses as a service.

A skeleton in the sense of Unicode technical standard 39, for the letters that are mixed up in
Latin, Cyrillic and Greek, and the digits that stand for letters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

import regex

_SAME: Final = str.maketrans(
    {
        **dict(zip("0o", "oo", strict=True)),
        **dict.fromkeys("1i|!ıíìіїΙιӀ", "l"),
        **dict(zip("3457", "east", strict=True)),
        # Cyrillic
        **dict(zip("абвгдезкмнорстухѕјԛԝһԁ", "abbrgezkmhopctyxsjqwhd", strict=True)),
        **dict(zip("ьюяёчщш", "bloe4ww", strict=True)),
        # Greek
        **dict(zip("αβγδεηκμνορστυχω", "abydenkuvopotuxw", strict=True)),
        # Latin letters that do not come apart into a letter and its marks
        **dict(zip("øłđħŧßæœəɑɡɩʟʀƅ", "oldhtseoaagllrb", strict=True)),
    }
)
_PAIRS: Final = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_NOT_WORD = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_MARKS = regex.compile(r"[\u0300-\u036f\u0483-\u0487]+")


def skeleton(name: str) -> str:
    """One spelling for all names that look alike; for comparing, never for showing."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", folded))
    plain = _NOT_WORD.sub("", bare.translate(_SAME))
    for pair, single in _PAIRS:
        plain = plain.replace(pair, single)
    return plain


def looks_like(one: str, other: str) -> bool:
    """Whether people would take one name for the other."""
    return bool(skeleton(one)) and skeleton(one) == skeleton(other)


_ADDED: Final = frozenset(
    {
        *("official", "offical", "real", "the", "team", "hq", "app", "web", "site", "com", "inc"),
        *("support", "help", "helpdesk", "desk", "care", "customercare", "service", "services"),
        *("status", "outage", "outages", "down", "isdown", "alert", "alerts", "news", "updates"),
        *("india", "in", "us", "usa", "uk", "global", "cares", "contact", "security", "admin"),
    }
)
"""What people add to a company's name to pose as it."""
_GENERAL: Final = (
    *("admin", "administrator", "moderator", "mod", "root", "system", "support", "help"),
    *("security", "abuse", "postmaster", "webmaster", "hostmaster", "noreply", "official"),
    *("staff", "team", "owner", "lapwing", "outages", "status", "api", "me", "everyone", "here"),
)
_GIVEN_NAMES: Final = frozenset(
    {"alexa", "bob", "chase", "claude", "max", "ola", "otto", "sky", "sora", "tim"}
)
"""Of people too; with an addition ("tim_support") they are the service's."""
_OUTAGES_SUFFIXES: Final = ("_outages", "_outage")
_SHORT: Final = 3


class ReservedNames:
    """Names that nobody may sign up with: the services', the server's own, and look-alikes."""

    def __init__(self, services: Iterable[str], further: Iterable[str] = ()) -> None:
        """`services`: slugs, names and aliases; `further`: reserved exactly as they are."""
        self._services: dict[str, str] = {}
        for name in services:
            self._services.setdefault(skeleton(name), name)
        self._services.pop("", None)
        self._further = {skeleton(name): name for name in (*_GENERAL, *further)}
        self._added = frozenset(map(skeleton, _ADDED))
        self._affixes = [added for added in self._added if len(added) > _SHORT]

    def find(self, username: str) -> str | None:
        """The reserved name that this one would be taken for, or None."""
        if username.lower().endswith(_OUTAGES_SUFFIXES):
            return "_outages"
        if username.lower() in _GIVEN_NAMES:
            return None
        whole = skeleton(username)
        if found := self._services.get(whole) or self._further.get(whole):
            return found
        return self._find_with_additions(username, whole)

    def _find_with_additions(self, username: str, whole: str) -> str | None:
        words = [skeleton(word) for word in username.split("_")]
        kept = "".join(word for word in words if word not in self._added)
        if kept != whole and (found := self._services.get(kept)):
            return found
        for added in self._affixes:
            for rest in (whole.removeprefix(added), whole.removesuffix(added)):
                if _SHORT < len(rest) < len(whole) and (found := self._services.get(rest)):
                    return found
        return None
