"""All that is known of accounts: a fold over the square's journal, in memory.

Pure: it reads no clock and does no I/O, so the same entries lead to the same state each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import msgspec

from lapwing.accounts import entries
from lapwing.accounts.access import Access, AccessRows, digest_of
from lapwing.accounts.model import Account, Viewer
from lapwing.accounts.moderation_state import Moderation, ModerationRows
from lapwing.accounts.people import People, PeopleRows
from lapwing.accounts.private import App, Grant, Session
from lapwing.accounts.scopes import EVERYTHING

ROWS_PER_CHUNK: Final = 4000

_encoder: Final = msgspec.msgpack.Encoder()


class _Chunk(msgspec.Struct, array_like=True):
    people: PeopleRows | None = None
    access: AccessRows | None = None
    moderation: ModerationRows | None = None


_decoder: Final = msgspec.msgpack.Decoder(_Chunk)


class Accounts:
    """Who is here, how they prove it, what lets them in, and what moderators have before them."""

    def __init__(self) -> None:
        self.people = People()
        self.access = Access()
        self.moderation = Moderation(self.people, self._delete)
        self.erased: list[int] = []
        """Accounts deleted since somebody emptied this list: what they wrote is to go as well."""
        self._steps: dict[type[Any], Callable[[Any], None]] = {
            **self.people.steps,
            **self.access.steps,
            **self.moderation.steps,
            entries.PasswordSet: self._set_password,
            entries.SignUpDecided: self._decide_sign_up,
            entries.AccountDeleted: lambda entry: self._delete(entry.account_id),
            entries.SessionBegun: self._begin_session,
            entries.TokenIssued: self._issue_token,
            entries.Tidied: self._tidy,
        }

    # Questions

    def find(self, account_id: int) -> Account | None:
        """Also deleted ones, which have nothing but their name."""
        return self.people.accounts.get(account_id)

    def get(self, account_id: int) -> Account:
        """Raises `Refusal` (`unknown_account`), also for deleted ones."""
        return self.people.get(account_id)

    def find_named(self, username: str) -> Account | None:
        """In any case of letters; also deleted ones."""
        return self.people.find_named(username)

    def all(self) -> Iterable[Account]:
        """In the order of their making; also deleted ones."""
        return self.people.accounts.values()

    @property
    def count(self) -> int:
        return len(self.people.accounts)

    def find_grant(self, secret: str) -> Grant | None:
        """The token with this secret, whose account may be away or none."""
        return self.access.grants.get(digest_of(secret))

    def find_session(self, secret: str, now_ms: int) -> Session | None:
        """Whatever the standing of its account: who is suspended may still read why."""
        session = self.access.sessions.get(digest_of(secret))
        return session if session is not None and now_ms < session.expires_ms else None

    def find_app(self, app_id: int) -> App | None:
        return self.access.apps.get(app_id)

    def viewer_of_token(self, secret: str) -> Viewer | None:
        """Who lets an app act by this token; None where it is unknown, revoked or the app's own,
        and where the account may not act."""
        grant = self.access.grants.get(digest_of(secret))
        return None if grant is None else self.viewer_of_grant(grant)

    def viewer_of_grant(self, grant: Grant) -> Viewer | None:
        account = self.people.accounts.get(grant.account_id)
        if account is None or not account.may_act:
            return None
        name = self.access.apps[grant.app_id].name
        return Viewer(account, grant.scopes, grant.app_id, name, grant.id)

    def viewer_of_session(self, secret: str, now_ms: int) -> Viewer | None:
        """Who is signed in by this session; None where it is unknown, ended or expired, and where
        the account may not act."""
        session = self.find_session(secret, now_ms)
        if session is None:
            return None
        account = self.people.accounts.get(session.account_id)
        if account is None or not account.may_act:
            return None
        return Viewer(account, EVERYTHING, session_id=session.id)

    # The fold

    def apply(self, entry: entries.AccountEntry) -> None:
        """Raises `Refusal` when the entry no longer holds after those before it; nothing has
        changed then."""
        self._steps[type(entry)](entry)
        self.moderation.note_other(entry)

    def _set_password(self, entry: entries.PasswordSet) -> None:
        self.people.set_password(entry)
        self.access.end_sessions(entry.account_id, entry.keep_session)
        if entry.forgotten:
            self.access.end_access(entry.account_id)

    def _decide_sign_up(self, entry: entries.SignUpDecided) -> None:
        self.people.decide_sign_up(entry)
        if not entry.approved:
            self._shut_out(entry.account_id)

    def _begin_session(self, entry: entries.SessionBegun) -> None:
        self.people.get(entry.account_id)
        self.access.begin_session(entry)

    def _issue_token(self, entry: entries.TokenIssued) -> None:
        if entry.account_id:
            self.people.get(entry.account_id)
        self.access.issue_token(entry)

    def _delete(self, account_id: int) -> None:
        self.people.delete(account_id)
        self.erased.append(account_id)
        self._shut_out(account_id)
        self.moderation.forget(account_id)

    def _shut_out(self, account_id: int) -> None:
        self.access.end_sessions(account_id)
        self.access.end_access(account_id)

    def _tidy(self, entry: entries.Tidied) -> None:
        for account_id in self.people.tidy(entry.at_ms):
            self._shut_out(account_id)
        self.access.tidy(entry.at_ms)
        self.moderation.tidy(entry.at_ms)

    # The checkpoint

    def capture(self) -> Iterator[bytes]:
        """The state as it is now, in chunks of a few thousand records. They may be taken later,
        also in another thread, while entries are applied."""
        people = self.people.rows(ROWS_PER_CHUNK)
        access = self.access.rows(ROWS_PER_CHUNK)
        moderation = self.moderation.rows(ROWS_PER_CHUNK)

        def chunks() -> Iterator[bytes]:
            yield from (_encoder.encode(_Chunk(people=rows)) for rows in people)
            yield from (_encoder.encode(_Chunk(access=rows)) for rows in access)
            yield from (_encoder.encode(_Chunk(moderation=rows)) for rows in moderation)

        return chunks()

    def restore(self, chunks: Iterable[bytes]) -> None:
        """Into an empty one. Raises `msgspec.MsgspecError` for what is none of ours."""
        for chunk in chunks:
            rows = _decoder.decode(chunk)
            if rows.people is not None:
                self.people.take(rows.people)
            if rows.access is not None:
                self.access.take(rows.access)
            if rows.moderation is not None:
                self.moderation.take(rows.moderation)
