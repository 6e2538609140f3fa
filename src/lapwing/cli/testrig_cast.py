"""The people of `lapwing testrig` and what they have posted: one of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import resvg_py

from lapwing.accounts.changing import edit_profile
from lapwing.accounts.entries import ProfileChanges
from lapwing.accounts.model import Account, ProfileField, Role, Viewer
from lapwing.accounts.oauth import issue_to_person, register_app
from lapwing.accounts.opening import create_account
from lapwing.app_square import SquareApplication
from lapwing.microblog.actions.composing import Draft, PollDraft
from lapwing.microblog.actions.posting import Edit, edit_post, mark_post, repost, write_post
from lapwing.microblog.actions.relating import block, follow, mute
from lapwing.microblog.entries import MediaAdded
from lapwing.microblog.model import Mark, Post, Visibility

PASSWORD: Final = "testrig password"  # noqa: S105 - said to everybody
_SCOPES = "read write follow push"
_FILLERS = 60
"""Further posts, so that timelines have several pages."""


@dataclass(frozen=True)
class Member:
    username: str
    name: str
    who: str
    role: Role = Role.USER
    locked: bool = False
    bot: bool = False


CAST: Final = (
    Member("ann", "Ann Fields", "follows everybody but the silent"),
    Member("bob", "Bob 🌧", "posts most: media, polls, quotes"),
    Member("chitra", "चित्रा", "writes in Hindi and English"),
    Member("dora", "Dora", "locked: asks for approval", locked=True),
    Member("emil", "Emil", "blocked by Bob, muted by Ann"),
    Member("weather_bot", "Weather", "automated", bot=True),
    Member("mona", "Mona", "moderator", role=Role.MODERATOR),
    Member("olga", "Olga", "owner", role=Role.OWNER),
)


class Cast:
    """Enters the stage once, on a fresh server."""

    def __init__(self, square: SquareApplication) -> None:
        self._square = square
        self._people: dict[str, Account] = {}

    async def enter(self, service: Account | None) -> dict[str, str]:
        """Everything is there afterwards; an access token by username."""
        for member in CAST:
            self._people[member.username] = await self._open(member)
        await self._relate(service)
        await self._post()
        return await self._issue_tokens()

    def _viewer(self, username: str) -> Viewer:
        account = self._square.state.accounts.get(self._people[username].id)
        return Viewer(account, frozenset(_SCOPES.split()))

    async def _open(self, member: Member) -> Account:
        desk = self._square.account_desk
        account = await create_account(
            desk,
            member.username,
            display_name=member.name,
            note=f"{member.who}. Made up, for trying apps: https://example.org/",
            email=f"{member.username}@example.org",
            password_hash=await desk.passwords.hash(PASSWORD),
            role=member.role,
            bot=member.bot,
        )
        changes = ProfileChanges(
            locked=member.locked,
            fields=(ProfileField("Site", "https://example.org/"), ProfileField("Pronouns", "any")),
        )
        return await edit_profile(desk, account.id, changes)

    async def _relate(self, service: Account | None) -> None:
        context, people = self._square.context, self._people
        for one in ("ann", "bob", "chitra", "mona"):
            for other in ("ann", "bob", "chitra", "weather_bot"):
                if one != other:
                    await follow(context, self._viewer(one), people[other].id)
        await follow(context, self._viewer("dora"), people["bob"].id)
        await follow(context, self._viewer("bob"), people["dora"].id)
        await block(context, self._viewer("bob"), people["emil"].id)
        await mute(context, self._viewer("ann"), people["emil"].id)
        if service is not None:
            for one in ("ann", "bob"):
                await follow(context, self._viewer(one), service.id)

    async def _post(self) -> None:
        write = self._write
        for number in range(_FILLERS):
            author = ("bob", "chitra", "weather_bot")[number % 3]
            await write(author, Draft(f"Post number {number + 1} of {_FILLERS}. #testrig"))
        first = await write("bob", Draft("Hello from Bob. See https://example.org/page #hello"))
        answer = await write("ann", Draft("@bob hello! #hello", reply_to_id=first.id))
        await write("bob", Draft("@ann welcome back", reply_to_id=answer.id))
        await write("chitra", Draft("नमस्ते! आज मौसम अच्छा है। #नमस्ते", language="hi"))
        await write("bob", Draft("The end is a surprise.", warning="The film", sensitive=True))
        await write("bob", Draft("For followers only.", visibility=Visibility.FOLLOWERS))
        await write("bob", Draft("Quietly public.", visibility=Visibility.QUIET))
        await write("bob", Draft("@ann only for you", visibility=Visibility.MENTIONED))
        await write("emil", Draft("Emil speaks, and Bob does not hear it."))
        options = ("Tea", "Coffee", "Water")
        await write("bob", Draft("What do you drink?", poll=PollDraft(options, 7 * 86_400)))
        await write("ann", Draft("As Bob says.", quote_of_id=first.id))
        pictures = [await self._upload("bob", colour) for colour in ("teal", "orange")]
        drawn = await write("bob", Draft("Two pictures.", media_ids=tuple(pictures)))
        await write("chitra", Draft("Is $x down for anybody else?"))
        edited = await write("bob", Draft("A post with a mistaek."))
        viewer = self._viewer("bob")
        await edit_post(self._square.context, viewer, edited.id, Edit(text="A post, mended."))
        await self._react(first, drawn)

    async def _react(self, first: Post, drawn: Post) -> None:
        context = self._square.context
        for one in ("ann", "chitra", "mona"):
            await mark_post(context, self._viewer(one), first.id, Mark.LIKE, on=True)
        await repost(context, self._viewer("chitra"), drawn.id)
        await mark_post(context, self._viewer("ann"), drawn.id, Mark.BOOKMARK, on=True)
        await mark_post(context, self._viewer("bob"), first.id, Mark.PIN, on=True)

    async def _write(self, username: str, draft: Draft) -> Post:
        return await write_post(self._square.context, self._viewer(username), draft)

    async def _upload(self, username: str, colour: str) -> int:
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="500">'
            f'<rect width="800" height="500" fill="{colour}"/>'
            '<circle cx="400" cy="250" r="140" fill="white"/></svg>'
        )
        made = await self._square.media_processor.process(bytes(resvg_py.svg_to_bytes(svg)))
        context = self._square.context
        media_id = context.take_id()
        owner = self._people[username].id
        media = made.as_attachment(media_id, owner, f"A white disc on {colour}.")
        await context.journal.append(MediaAdded(context.now_ms(), media))
        return media_id

    async def _issue_tokens(self) -> dict[str, str]:
        desk = self._square.account_desk
        uris = ["urn:ietf:wg:oauth:2.0:oob"]
        registration = await register_app(desk, "testrig", uris, _SCOPES, "", None)
        scopes = frozenset(_SCOPES.split())
        return {
            name: (await issue_to_person(desk, registration.app, account, scopes)).secret
            for name, account in self._people.items()
        }
