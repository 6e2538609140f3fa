"""What the Mastodon API is made of: `app.py` fills it, the handlers read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.model import Account, Viewer
from lapwing.accounts.registry import Accounts
from lapwing.microblog.actions.context import Context
from lapwing.microblog.media.processing import MediaProcessor
from lapwing.microblog.model import Post, Relation
from lapwing.microblog.never_empty.home import Home
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.personal.model import FilterContext
from lapwing.microblog.square import Square
from lapwing.microblog.timelines import Timelines
from lapwing.ports.media_files import MediaFiles
from lapwing.settings import Settings
from lapwing.web.mastodon.account_search import AccountSearch
from lapwing.web.mastodon.entities.accounts import AccountEntities
from lapwing.web.mastodon.entities.addresses import Addresses
from lapwing.web.mastodon.entities.instance import About, InstanceEntities
from lapwing.web.mastodon.entities.personal import PersonalEntities, filter_result_form
from lapwing.web.mastodon.entities.posts import PostEntities
from lapwing.web.mastodon.entities.tags import TagEntities
from lapwing.web.mastodon.public_pages import PublicPages
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.uploads import Uploads

_DAY_MS = 86_400_000
_WEEKS = 12


class FindsPosts(Protocol):
    async def __call__(
        self,
        viewer_id: int,
        text: str,
        *,
        limit: int,
        account_id: int | None,
        before_id: int | None,
    ) -> list[int]:
        """Posts that have all that is asked for and that the viewer may see, newest first.
        Raises `Refusal` for a query that cannot be understood."""
        ...


def _none_of_them(viewer_id: int) -> Sequence[Any]:
    del viewer_id
    return ()


@dataclass
class MastodonParts:
    """Everything that the handlers need from behind them."""

    settings: Settings
    context: Context
    timelines: Timelines
    home: Home
    desk: PersonalDesk
    account_desk: AccountDesk
    media: MediaProcessor
    media_files: MediaFiles
    find_posts: FindsPosts
    about: About | None = None
    """None: what the settings say of the server."""
    upload_bytes: int = 120 * 1024 * 1024
    """What the files of one request may have together."""
    vapid_key: str = ""
    """Public key for Web Push, URL-safe base64; empty: there is none."""
    trending_tags: Callable[[int], Sequence[str]] = _none_of_them
    trending_posts: Callable[[int], Sequence[int]] = _none_of_them
    suggested: Callable[[int], Sequence[int]] = _none_of_them
    """Accounts that the viewer may want to follow."""

    addresses: Addresses = field(init=False)
    account_entities: AccountEntities = field(init=False)
    post_entities: PostEntities = field(init=False)
    personal_entities: PersonalEntities = field(init=False)
    tag_entities: TagEntities = field(init=False)
    instance: InstanceEntities = field(init=False)
    public_pages: PublicPages = field(init=False)
    account_search: AccountSearch = field(init=False)
    uploads: Uploads = field(init=False)

    def __post_init__(self) -> None:
        context, square = self.context, self.context.square
        self.addresses = Addresses(self.settings.public_url)
        self.account_entities = AccountEntities(square, self.addresses)
        self.post_entities = PostEntities(
            square,
            self.account_entities,
            self.addresses,
            context.now_ms,
            host=context.host,
            service_of=context.service_of,
            filters=self._filter_results,
            has_filters=lambda viewer_id: bool(self.desk.tables.filters.of(viewer_id)),
        )
        self.personal_entities = PersonalEntities(
            square, self.account_entities, self.post_entities, self.addresses
        )
        self.tag_entities = TagEntities(square, self.addresses, context.now_ms)
        self.tag_entities.follows = self.desk.tables.tags.follows
        self.tag_entities.features = self.desk.tables.tags.features
        self.instance = InstanceEntities(
            square,
            self.settings.public_url,
            context.now_ms,
            context.rules,
            self.media.limits,
            self.about or About(sign_up=self.settings.sign_up),
            self.vapid_key,
        )
        self.public_pages = PublicPages(square)
        self.account_search = AccountSearch(square)
        self.uploads = Uploads(context, self.media, self.media_files)

    @property
    def square(self) -> Square:
        return self.context.square

    @property
    def accounts(self) -> Accounts:
        return self.context.square.accounts

    @property
    def now_ms(self) -> Callable[[], int]:
        return self.context.now_ms

    def is_there(self, account_id: int) -> bool:
        account = self.accounts.find(account_id)
        return account is not None and account.is_there

    def is_shown(self, viewer_id: int, account_id: int) -> bool:
        """Whether an account is on lists that the viewer reads."""
        return self.is_there(account_id) and not self.square.relations.is_apart(
            viewer_id, account_id
        )

    def is_public(self, account_id: int) -> bool:
        return self.square.permissions.is_public_voice(account_id)

    def find_account(self, name: str) -> Account | None:
        """By `name`, `@name` or `name@this.host`."""
        username, _, host = name.strip().removeprefix("@").partition("@")
        if host and host.lower() != self.context.host.lower():
            return None
        account = self.accounts.find_named(username)
        return account if account is not None and account.is_there else None

    def website_of(self, viewer: Viewer) -> str:
        """Of the app that acts for the viewer."""
        app = self.accounts.find_app(viewer.app_id)
        return "" if app is None else app.website

    def find_accounts(
        self, text: str, *, viewer_id: int, limit: int, offset: int, only_followed: bool
    ) -> list[int]:
        """Accounts by name, the best first, that the viewer may find."""
        found = self.account_search.find(text, viewer_id, only_followed=only_followed)
        blocks = self.square.relations.to(viewer_id, Relation.BLOCK)
        shown = [one for one in found if self.is_there(one) and one not in blocks]
        return shown[offset : offset + limit]

    def relationship(self, request: Request, account_id: int) -> dict[str, Any]:
        """How the viewer and an account stand to each other."""
        return self.account_entities.relationship(request.viewer_id, account_id, self.now_ms())

    def weekly_activity(self) -> list[dict[str, str]]:
        """Of twelve weeks, the present one first."""
        now_ms = self.now_ms()
        written, joined = [0] * _WEEKS, [0] * _WEEKS
        ids = self.square.posts.public
        for place in range(len(ids) - 1, -1, -1):
            week = (now_ms - self.square.posts.get(ids[place]).created_ms) // (7 * _DAY_MS)
            if week >= _WEEKS:
                break
            written[week] += 1
        for account in self.accounts.all():
            week = (now_ms - account.created_ms) // (7 * _DAY_MS)
            if 0 <= week < _WEEKS:
                joined[week] += 1
        return [
            {
                "week": str((now_ms - week * 7 * _DAY_MS) // 1000),
                "statuses": str(written[week]),
                "logins": str(0),
                "registrations": str(joined[week]),
            }
            for week in range(_WEEKS)
        ]

    def _filter_results(self, viewer_id: int, post: Post, context: str) -> list[dict[str, Any]]:
        found = self.desk.tables.filters.matches(
            viewer_id, post, FilterContext(context), self.now_ms()
        )
        return [filter_result_form(result) for result in found]
