"""What a change of the square is to whom: which events, and who may see each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, TypeAlias

from lapwing.microblog.entries import PostEdited, PostWritten
from lapwing.microblog.model import Post, Relation, Visibility
from lapwing.microblog.personal.entries import FilterDeleted, FilterPut
from lapwing.microblog.square import Change
from lapwing.microblog.text.hashtags import normalise_hashtag
from lapwing.web.mastodon.answers import encode
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.streaming import channels
from lapwing.web.mastodon.streaming.channels import Channel
from lapwing.web.mastodon.streaming.events import Event

Subscription: TypeAlias = tuple[Any, tuple[str, ...]]
"""A receiver and the label of its stream."""


class Telling:
    """One event for those who hear some channels."""

    def __init__(
        self,
        subscriptions: Callable[[], Iterable[Subscription]],
        event_for: Callable[[int], Event | None],
    ) -> None:
        self.subscriptions = subscriptions
        self.event_for = event_for
        """By viewer: what they are told, or nothing."""


class Teller:
    def __init__(
        self,
        parts: MastodonParts,
        heard_by: Callable[[Channel], Iterable[Subscription]],
        hears_any: Callable[[str], list[int | str]],
    ) -> None:
        self._parts = parts
        self._heard_by = heard_by
        self._hears_any = hears_any

    def tellings_of(self, change: Change) -> list[Telling]:
        entry = change.entry
        tellings = self._of_notifications()
        if isinstance(entry, PostWritten) and change.added is not None:
            tellings += self._of_post(change.added, "update")
            tellings += self._of_conversation(change.added)
        elif isinstance(entry, PostEdited):
            post = self._parts.square.posts.find(entry.post_id)
            if post is not None:
                tellings += self._of_post(post, "status.update")
        elif isinstance(entry, FilterPut | FilterDeleted):
            owner = entry.filter.account_id if isinstance(entry, FilterPut) else entry.account_id
            tellings.append(self._plain((channels.HOME, owner), Event("filters_changed")))
        if change.removed:
            tellings += [self._of_removal(post) for post in change.removed]
        return tellings

    def _plain(self, channel: Channel, event: Event) -> Telling:
        return Telling(lambda: list(self._heard_by(channel)), lambda viewer_id: event)

    def _of_post(self, post: Post, name: str) -> list[Telling]:
        parts = self._parts
        events: dict[bytes, Event] = {}

        def drawn(viewer_id: int, context: str) -> Event:
            payload = parts.post_entities.draw(post, viewer_id, context)
            event = events.get(payload)
            if event is None:
                event = events[payload] = Event(name, payload)
            return event

        posts, filters = parts.square.posts, parts.desk.tables.filters
        belongs_home = parts.timelines.belongs_home
        form = parts.post_entities.draw_new(post) if name == "update" else None
        new = None if form is None else Event(name, form)

        def at_home(viewer_id: int) -> Event | None:
            if posts.find(post.id) is None or not belongs_home(viewer_id, post):
                return None
            if new is None or viewer_id == post.account_id or filters.of(viewer_id):
                return drawn(viewer_id, "home")
            return new

        def in_public(viewer_id: int) -> Event | None:
            if not self._is_there(post) or not parts.timelines.belongs_in_public(viewer_id, post):
                return None
            return drawn(viewer_id, "public")

        tellings = [Telling(lambda: self._home_of(post), at_home)]
        if post.visibility is Visibility.PUBLIC and not post.is_repost:
            tellings.append(Telling(lambda: self._public_of(post), in_public))
        if not post.is_repost or post.visibility is not Visibility.MENTIONED:
            tellings.append(
                Telling(lambda: self._lists_of(post), lambda viewer_id: drawn(viewer_id, "home"))
            )
        return tellings

    def _of_removal(self, post: Post) -> Telling:
        """To all who may have been told of it. Others are not to learn that somebody wrote just
        to few, nor when: an id tells both."""
        event = Event("delete", str(post.id).encode())
        is_public = post.visibility is Visibility.PUBLIC and not post.is_repost
        known_to = {post.account_id, *post.mentions}
        if post.visibility is Visibility.FOLLOWERS:
            known_to.update(self._parts.square.relations.to(post.account_id, Relation.FOLLOW))

        def all_of_them() -> Iterator[Subscription]:
            public = self._public_of(post) if is_public else ()
            return chain(self._home_of(post), public, self._lists_of(post))

        def event_for(viewer_id: int) -> Event | None:
            return event if post.is_for_everybody or viewer_id in known_to else None

        return Telling(all_of_them, event_for)

    def _of_notifications(self) -> list[Telling]:
        parts = self._parts
        tellings = []
        for told in parts.desk.tables.notifications.made:
            channel = (channels.TOLD, told.account_id)
            if told.filtered or not self._heard_by(channel):
                continue
            if parts.desk.notifications.may_be_shown(told):
                event = Event("notification", parts.personal_entities.notification(told))
                tellings.append(self._plain(channel, event))
        return tellings

    def _of_conversation(self, post: Post) -> list[Telling]:
        if post.visibility is not Visibility.MENTIONED:
            return []
        parts = self._parts
        tellings = []
        for viewer_id in dict.fromkeys((post.account_id, *post.mentions)):
            channel = (channels.DIRECT, viewer_id)
            found = parts.desk.tables.conversations.find_with(viewer_id, post)
            if found is None or not self._heard_by(channel):
                continue
            view = parts.desk.tables.conversations.view(found)
            if view is not None:
                payload = encode(parts.personal_entities.conversation(view, viewer_id))
                tellings.append(self._plain(channel, Event("conversation", payload)))
        return tellings

    def _home_of(self, post: Post) -> Iterator[Subscription]:
        """The author's own, followers of the author, and of the hashtags. Of followers and those
        who listen, whoever are fewer are gone through."""
        square, tags = self._parts.square, self._parts.desk.tables.tags
        viewers: dict[int, None] = {post.account_id: None}
        followers = square.relations.to(post.account_id, Relation.FOLLOW)
        listening = self._hears_any(channels.HOME)
        if len(listening) < len(followers):
            viewers.update(dict.fromkeys(int(one) for one in listening if int(one) in followers))
        else:
            viewers.update(dict.fromkeys(followers))
        for tag in post.tags:
            viewers.update(dict.fromkeys(tags.followers_of(tag)))
        for viewer_id in viewers:
            yield from list(self._heard_by((channels.HOME, viewer_id)))

    def _public_of(self, post: Post) -> Iterator[Subscription]:
        kinds = [channels.PUBLIC, channels.MEDIA] if post.media else [channels.PUBLIC]
        if post.reply_to_id == 0 or post.reply_to_account_id == post.account_id:
            for kind in kinds:
                yield from list(self._heard_by((kind, 0)))
        for tag in dict.fromkeys(normalise_hashtag(tag) for tag in post.tags):
            yield from list(self._heard_by((channels.TAG, tag)))

    def _lists_of(self, post: Post) -> Iterator[Subscription]:
        lists, permissions = self._parts.desk.tables.lists, self._parts.square.permissions
        for list_id in self._hears_any(channels.LIST):
            for receiver, label in list(self._heard_by((channels.LIST, list_id))):
                own = lists.with_member(receiver.viewer_id, post.account_id)
                shown = next((one for one in own if one.id == list_id), None)
                if shown is None:
                    continue
                answers = post.reply_to_id and post.reply_to_account_id != post.account_id
                if answers and not lists.shows_reply(shown, post):
                    continue
                present = self._parts.square.posts.find(post.id)
                now_ms = self._parts.now_ms()
                if present is None or (
                    permissions.may_see(receiver.viewer_id, present)
                    and permissions.wants(receiver.viewer_id, present, now_ms)
                ):
                    yield receiver, label

    def _is_there(self, post: Post) -> bool:
        return self._parts.square.posts.find(post.id) is not None
