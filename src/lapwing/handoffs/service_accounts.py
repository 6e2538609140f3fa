"""Every watched service has an account that tells its outages, named so that nobody takes it for
the company's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.model import Account
from lapwing.accounts.opening import create_account
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.usernames import service_username
from lapwing.outages.model import Service


class ServiceAccounts:
    """The accounts by the slugs of their services."""

    def __init__(self, desk: AccountDesk, services: Iterable[Service]) -> None:
        self._desk = desk
        self._missing = {service.slug: service for service in services}
        self._ids: dict[str, int] = {}
        self._opening = asyncio.Lock()
        for account in desk.accounts.all():
            if account.service:
                self._ids[account.service] = account.id
                self._missing.pop(account.service, None)

    def find(self, slug: str) -> Account | None:
        account_id = self._ids.get(slug)
        return None if account_id is None else self._desk.accounts.find(account_id)

    def ids(self) -> list[int]:
        """Of all that there are."""
        return list(self._ids.values())

    async def open_missing(self) -> bool:
        """Opens an account for each service that has none yet; whether any was."""
        async with self._opening:
            missing = list(self._missing.values())
            opened = await asyncio.gather(*map(self._open, missing))
            for service, account in zip(missing, opened, strict=True):
                del self._missing[service.slug]
                if account is not None:
                    self._ids[service.slug] = account.id
            return bool(missing)

    async def _open(self, service: Service) -> Account | None:
        """None where somebody has the name: the service goes without rather than take it."""
        try:
            return await create_account(
                self._desk,
                service_username(service.slug),
                display_name=f"{service.name} outages"[:30],
                note=(
                    f"Outages of {service.name}, as people report them here."
                    f" By this server, not by {service.name}."
                ),
                bot=True,
                service=service.slug,
            )
        except Refusal:
            return None
