"""OAuth scopes as the Mastodon API has them: a hierarchy in which the wider covers the narrower.

Source: docs.joinmastodon.org/api/oauth-scopes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lapwing.kernel.refusals import Refusal

_READ: Final = (
    *("accounts", "blocks", "bookmarks", "favourites", "filters", "follows", "lists"),
    *("mutes", "notifications", "search", "statuses"),
)
_WRITE: Final = (
    *("accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows"),
    *("lists", "media", "mutes", "notifications", "reports", "statuses"),
)
_ADMIN: Final = (
    *("accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks"),
    *("email_domain_blocks", "canonical_email_blocks"),
)
_FOLLOW: Final = frozenset(
    f"{verb}:{what}" for verb in ("read", "write") for what in ("blocks", "follows", "mutes")
)
"""What the old scope `follow` covers."""

SCOPES: Final = frozenset(
    {
        *("profile", "read", "write", "follow", "push", "admin:read", "admin:write"),
        *(f"read:{what}" for what in _READ),
        *(f"write:{what}" for what in _WRITE),
        *(f"admin:{verb}:{what}" for verb in ("read", "write") for what in _ADMIN),
    }
)
EVERYTHING: Final = frozenset(
    {"profile", "read", "write", "follow", "push", "admin:read", "admin:write"}
)
"""Of a browser's session. What a moderator may do depends on the role besides."""
WHEN_NONE_IS_ASKED: Final = frozenset({"read"})
_LONGEST_LIST: Final = 2000


def allows(granted: frozenset[str], wanted: str) -> bool:
    """Whether what was granted covers `wanted`."""
    if wanted in granted:
        return True
    if wanted in _FOLLOW and "follow" in granted:
        return True
    if wanted == "profile":
        return "read" in granted or "read:accounts" in granted
    wider, colon, _ = wanted.rpartition(":")
    return bool(colon) and wider in granted


def parse_scopes(text: str) -> frozenset[str]:
    """Scopes in their usual form, separated by spaces (some clients write plus signs or commas);
    `read` where there are none. Raises `Refusal` (`invalid_scope`)."""
    if len(text) > _LONGEST_LIST:
        raise Refusal("invalid_scope", "The list of scopes is too long.", field="scope")
    named = text.replace("+", " ").replace(",", " ").split()
    unknown = [scope for scope in named if scope not in SCOPES]
    if unknown:
        raise Refusal(
            "invalid_scope",
            f"There is no scope {unknown[0][:60]!r}; there are for example read, write, follow,"
            " push and read:statuses.",
            field="scope",
        )
    return frozenset(named) or WHEN_NONE_IS_ASKED


def check_within(asked: frozenset[str], granted: frozenset[str]) -> None:
    """Raises `Refusal` (`invalid_scope`) if `asked` is more than was granted."""
    beyond = sorted(scope for scope in asked if not allows(granted, scope))
    if beyond:
        raise Refusal(
            "invalid_scope",
            f"The app has not asked for {', '.join(beyond)} when it was registered.",
            field="scope",
        )


def in_order(scopes: Iterable[str]) -> str:
    """Scopes as they are written in answers."""
    return " ".join(sorted(scopes))
