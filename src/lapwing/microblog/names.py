"""What names people may have here."""

from __future__ import annotations

from collections.abc import Iterable

from lapwing.microblog.text.display_names import check_display_name
from lapwing.microblog.text.lookalikes import ReservedNames
from lapwing.microblog.text.usernames import check_username


class Names:
    """`accounts.desk.Names`: the square's rules; names of services and look-alikes are kept."""

    def __init__(self, services: Iterable[str]) -> None:
        self._reserved = ReservedNames(services)

    def check_username(self, name: str) -> str:
        return check_username(name)

    def check_display_name(self, name: str) -> str:
        return check_display_name(name)

    def find_reserved(self, username: str) -> str | None:
        return self._reserved.find(username)
