"""A small square with people, posts, media and an outage, behind the real pages."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request
from PIL import Image, ImageDraw
from tests import sample_views
from tests.account_desk import SampleNames
from tests.site.edge import SampleCatalogue, SampleQueries, sample_parts

from lapwing.accounts.changing import edit_profile
from lapwing.accounts.desk import AccountDesk
from lapwing.accounts.entries import ProfileChanges
from lapwing.accounts.model import Account, ProfileField, Viewer
from lapwing.accounts.opening import create_account
from lapwing.accounts.passwords import PasswordHasher
from lapwing.accounts.scopes import EVERYTHING
from lapwing.adapters.mail.memory_mailer import MemoryMailer
from lapwing.adapters.media.memory_media_files import MemoryMediaFiles
from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.kernel.ids import IdSequence
from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions import posting, relating
from lapwing.microblog.actions.composing import Draft, PollDraft
from lapwing.microblog.actions.context import Context
from lapwing.microblog.entries import CardFound, MediaAdded
from lapwing.microblog.media.geometry import Focus
from lapwing.microblog.media.limits import MediaLimits
from lapwing.microblog.media.meta import image_meta
from lapwing.microblog.media.processing import ProcessedMedia, Purpose
from lapwing.microblog.model import Attachment, Card, Mark, MediaKind, Post, Visibility
from lapwing.microblog.paging import Page
from lapwing.microblog.personal.desk import PersonalDesk
from lapwing.microblog.search.queries import parse_query
from lapwing.microblog.search.recent import RecentPostSearch
from lapwing.microblog.search.searchable import searchable
from lapwing.microblog.state import SquareState
from lapwing.microblog.timelines import Timelines
from lapwing.outages.queries.records import link_to
from lapwing.web.media_serving import media_handlers
from lapwing.web.pages.rendering import Pages
from lapwing.web.parts import SiteParts
from lapwing.web.site import Site, create_site
from lapwing.web.square.parts import CaughtUp, HomeSlice, SquareParts, Trend
from lapwing.web.square.routes import square_handlers, square_search

HOST = "lapwing.test"
MINUTE_MS = 60_000
START_MS = to_ms(sample_views.AS_OF) - 600 * MINUTE_MS
COOKIE = "who"
"""Names who is signed in: these tests are not about how one signs in."""


def picture(colour: str = "#0d6b62", width: int = 640, height: int = 400) -> bytes:
    """A PNG of some hills."""
    image = Image.new("RGB", (width, height), colour)
    draw = ImageDraw.Draw(image)
    for number in range(5):
        top = height * (0.3 + 0.12 * number)
        shade = 40 + 30 * number
        draw.ellipse(
            (-width * 0.3 + number * 60, top, width * 1.1 + number * 40, height * 2),
            fill=(shade, 90 + shade // 2, 110),
        )
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _read(path: str) -> bytes:
    return Path(path).read_bytes()


class AsItIs:
    """Takes pictures as they are: these tests are not about decoding."""

    limits = MediaLimits()

    def __init__(self, files: MemoryMediaFiles) -> None:
        self._files = files

    async def process(
        self,
        upload: str | bytes,
        *,
        purpose: Purpose = Purpose.ATTACHMENT,
        focus: Focus | None = None,
    ) -> ProcessedMedia:
        content = upload if isinstance(upload, bytes) else _read(upload)
        if not content.startswith(b"\x89PNG"):
            raise Refusal("media_type_unsupported", "Files of this type are not taken.")
        kept = await self._files.put(content, "png")
        size = Image.open(io.BytesIO(content)).size
        return ProcessedMedia(MediaKind.IMAGE, kept, kept, image_meta(size, size), None)

    async def close(self) -> None:
        """Nothing to end."""


@dataclass
class Cast:
    """The square and its people; `now_ms` is moved by the tests."""

    now_ms: int = START_MS
    state: SquareState = field(default_factory=SquareState)
    files: MemoryMediaFiles = field(default_factory=MemoryMediaFiles)
    journal: MemoryJournal[Any] = field(default_factory=MemoryJournal)
    stale: bool = False
    """Whether home can only be had from an earlier time."""

    def __post_init__(self) -> None:
        self.journal.follow(lambda _, entry: self.state.apply(entry))
        ids = IdSequence()
        self.context = Context(
            square=self.state.square,
            journal=self.journal,
            ids=ids,
            now_ms=lambda: self.now_ms,
            host=HOST,
            service_of=lambda name: {"x": "x", "twitter": "x"}.get(name.casefold()),
        )
        self.timelines = Timelines(self.state.square, lambda: self.now_ms)
        tables = self.state.personal
        self.timelines.followed_tags_of = tables.tags.followed_keys
        self.timelines.hidden_from_home_of = tables.lists.hidden_from_home
        self.desk = PersonalDesk(self.context, tables)
        self.account_desk = AccountDesk(
            accounts=self.state.accounts,
            journal=self.journal,
            ids=ids,
            now_ms=lambda: self.now_ms,
            passwords=PasswordHasher(memory_kib=8, passes=1),
            mailer=MemoryMailer(delivers=False),
            names=SampleNames(),
            site_name="Lapwing",
            public_url=f"http://{HOST}",
            block_key=b"k" * 32,
        )

    # Doing

    def pass_minutes(self, minutes: float = 1) -> None:
        self.now_ms += int(minutes * MINUTE_MS)

    async def person(self, name: str, display: str = "", **more: Any) -> Account:
        note = more.pop("note", "")
        account = await create_account(
            self.account_desk, name, display_name=display, note=note, **more
        )
        self.pass_minutes()
        return account

    def viewer(self, name: str) -> Viewer:
        account = self.state.accounts.find_named(name)
        assert account is not None
        return Viewer(account, EVERYTHING, session_id=account.id)

    async def post(self, name: str, text: str, **more: Any) -> Post:
        written = await posting.write_post(
            self.context, self.viewer(name), Draft(text=text, **more)
        )
        self.pass_minutes()
        return written

    async def upload(self, name: str, description: str, colour: str, **size: int) -> Attachment:
        kept = await self.files.put(picture(colour, **size), "png")
        width, height = size.get("width", 640), size.get("height", 400)
        media = Attachment(
            self.context.take_id(),
            self.viewer(name).account_id,
            MediaKind.IMAGE,
            kept.key,
            kept.key,
            description,
            meta=msgspec.json.encode(image_meta((width, height), (width, height))).decode(),
        )
        await self.journal.append(MediaAdded(self.now_ms, media))
        return media

    async def follow(self, name: str, *others: str) -> None:
        for other in others:
            target = self.viewer(other).account_id
            await relating.follow(self.context, self.viewer(name), target)

    async def like(self, post: Post, *names: str) -> None:
        for name in names:
            await posting.mark_post(self.context, self.viewer(name), post.id, Mark.LIKE, on=True)

    # Reading

    def viewer_of(self, request: Request[Any, Any, Any]) -> Viewer | None:
        name = request.cookies.get(COOKIE)
        return self.viewer(name) if name else None

    async def read_home(self, viewer: Viewer, page: Page) -> HomeSlice:
        ids = tuple(self.timelines.home(viewer.account_id, page))
        return HomeSlice(ids, sample_views.ONSET if self.stale else None)

    def catch_up(self, viewer_id: int) -> CaughtUp:
        ids = tuple(self.timelines.home(viewer_id, Page(limit=3)))
        return CaughtUp(
            ids,
            dict.fromkeys(ids, "Liked by two people you follow"),
            "3 of 12 posts since this morning.",
            ("Posts that people you follow liked.", "Answers to you."),
        )

    async def find_posts(self, viewer_id: int, text: str, page: Page) -> Sequence[int]:
        square = self.state.square
        index = RecentPostSearch()
        for one in square.posts.public:
            post = square.posts.get(one)
            author = square.accounts.get(post.account_id)
            await index.index([searchable(post, author.username)])
        found = await index.search(parse_query(text), page.limit, page.max_id)
        return [
            one for one in found if square.permissions.may_see(viewer_id, square.posts.get(one))
        ]

    def trends(self, viewer_id: int) -> Sequence[Trend]:
        posts = self.state.square.posts
        return [Trend(tag, len(posts.tagged(tag)), 2) for tag in posts.tags()]

    def suggested(self, viewer_id: int) -> Sequence[int]:
        relations = self.state.square.relations
        return [
            account.id
            for account in self.state.accounts.all()
            if account.id != viewer_id and not relations.follows(viewer_id, account.id)
        ][:4]

    def square_parts(self, pages: Pages) -> SquareParts:
        link = link_to(SampleCatalogue().search("x")[0])
        return SquareParts(
            context=self.context,
            timelines=self.timelines,
            pages=pages,
            viewer_of=self.viewer_of,
            media_files=self.files,
            media=AsItIs(self.files),
            read_home=self.read_home,
            catch_up=self.catch_up,
            find_posts=self.find_posts,
            board=sample_views.board,
            service_link=lambda slug: link if slug == "x" else None,
            trends=self.trends,
            trending_posts=lambda viewer_id: self.timelines.public(viewer_id, Page(limit=5)),
            suggested=self.suggested,
            desk=self.desk,
            account_desk=self.account_desk,
            push_key="BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
            account_links=(("Security", "/settings/security"),),
        )

    @cached_property
    def site(self) -> Site:
        parts: SiteParts = sample_parts(queries=SampleQueries())
        square = self.square_parts(parts.pages)  # type: ignore[arg-type]  # they are the real ones
        parts = replace(parts, search_page=square_search(square))
        return create_site(parts, [*media_handlers(self.files), *square_handlers(square)])


async def seeded() -> Cast:
    """People of a city and a service's account in the hour of an outage."""
    cast = Cast()
    await cast.person(
        "asha", "Asha Rao", note="Runs a bakery in Pune. Bread first.\nhttps://asha.example/bread"
    )
    await cast.person("ben", "Ben", note="Network engineer. Opinions are packets.")
    await cast.person("chidi", "Chidi Okafor 🦉")
    await cast.person("dee", "Dee", note="Locked, mostly about birds.")
    await cast.person(
        "x_outages",
        "Outages of X",
        bot=True,
        service="x",
        note="Outages of X, by this server, not by X.",
    )
    await cast.person("eve", '<script>alert("x")</script>', note="<b>bold</b> & \u202erude")
    asha, dee = cast.viewer("asha").account_id, cast.viewer("dee").account_id
    await edit_profile(
        cast.account_desk,
        asha,
        ProfileChanges(
            fields=(
                ProfileField("Bakery", "https://asha.example"),
                ProfileField("Languages", "मराठी, English"),
            ),
            avatar=(await cast.files.put(picture("#b5651d", 200, 200), "png")).key,
            header=(await cast.files.put(picture("#d9a066", 900, 300), "png")).key,
        ),
    )
    await edit_profile(cast.account_desk, dee, ProfileChanges(locked=True))
    await cast.follow("asha", "ben", "chidi", "x_outages", "eve")
    await cast.follow("ben", "asha", "chidi")
    await cast.follow("chidi", "asha", "dee")
    await _talk(cast)
    cast.now_ms = to_ms(sample_views.AS_OF)
    return cast


async def _talk(cast: Cast) -> None:
    first = await cast.post("chidi", "Good morning. Owls are asleep, I am not. #birds")
    down = await cast.post(
        "x_outages",
        "X: posts do not load since 10:37 IST. 1,204 reports in 20 minutes, mostly Delhi, "
        "Mumbai and Bengaluru. $x",
    )
    ask = await cast.post("asha", "Is $x down, or is it me? #xdown @ben")
    reply = await cast.post(
        "ben", "@asha Not you. The app loads, the feed is empty. #xdown", reply_to_id=ask.id
    )
    await cast.post("asha", "@ben Thank you. Bread it is, then.", reply_to_id=reply.id)
    await cast.post("chidi", "@asha Same in Lagos.\n\nEven the owls noticed.", reply_to_id=ask.id)
    loaf = await cast.upload("asha", "A round loaf on a wooden board", "#8a4b20")
    oven = await cast.upload("asha", "The oven, open", "#4d2a12", width=400, height=640)
    await cast.post(
        "asha",
        "Today's loaf. Recipe: https://asha.example/a/very/long/path/to/the-recipe-of-the-day",
        media_ids=(loaf.id, oven.id),
    )
    poll = await cast.post(
        "ben",
        "What do you do while it is down?",
        poll=PollDraft(("Read a book", "Reload", "Talk to people"), 86_400),
    )
    await posting.vote(cast.context, cast.viewer("chidi"), poll.id, (1,))
    await cast.post("chidi", "The villain is the deployment.", warning="Spoilers for a novel")
    await cast.post("ben", "Only for those who follow me.", visibility=Visibility.FOLLOWERS)
    linked = await cast.post("ben", "Worth reading: https://news.example/outage")
    await cast.journal.append(
        CardFound(
            cast.now_ms,
            linked.id,
            Card(
                "https://news.example/outage",
                "When the feed goes silent",
                "What happened on 21 December, minute by minute.",
                provider_name="News Example",
            ),
        )
    )
    await cast.post("ben", "This says it all.", quote_of_id=down.id)
    await posting.repost(cast.context, cast.viewer("ben"), first.id)
    cast.pass_minutes()
    edited = await cast.post("chidi", "An owl is a brid.")
    await posting.edit_post(
        cast.context, cast.viewer("chidi"), edited.id, posting.Edit(text="An owl is a bird.")
    )
    await cast.post("eve", '<img src=x onerror="alert(1)"> <b>hello</b> & javascript:alert(1)')
    await cast.post("chidi", "يوم جميل في لاغوس", language="ar")
    await cast.post("ben", "@asha Flour tomorrow?", visibility=Visibility.MENTIONED)
    await cast.post("dee", "@asha psst", visibility=Visibility.MENTIONED)
    await cast.like(ask, "ben", "chidi", "eve")
    await cast.like(first, "asha")
