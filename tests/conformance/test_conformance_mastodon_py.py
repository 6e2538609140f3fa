"""Mastodon.py, the Python client, against the running server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mastodon import (
    Mastodon,
    MastodonAPIError,
    MastodonNotFoundError,
    MastodonUnauthorizedError,
    StreamListener,
)
from tests.conformance.serve_for_clients import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    TOKEN_OF_ADMIN,
    TOKEN_OF_THIRD,
)
from tests.sample_media import photo

Client = Callable[[str | None], Mastodon]


@pytest.fixture(scope="module")
def client(server_url: str) -> Client:
    def make(token: str | None = None) -> Mastodon:
        return Mastodon(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            access_token=token,
            api_base_url=server_url,
            version_check_mode="none",
        )

    return make


@pytest.fixture(scope="module")
def asha(client: Client) -> Mastodon:
    return client(TOKEN)


@pytest.fixture(scope="module")
def admin(client: Client) -> Mastodon:
    return client(TOKEN_OF_ADMIN)


@pytest.fixture(scope="module")
def third(client: Client) -> Mastodon:
    return client(TOKEN_OF_THIRD)


def test_what_the_server_is(client: Client) -> None:
    nobody = client(None)
    instance = nobody.instance()
    assert instance.version.startswith("4.")
    assert instance.api_versions.mastodon >= 7
    assert nobody.instance_nodeinfo().software.name == "lapwing"
    assert nobody.instance_health()
    assert nobody.custom_emojis() == []
    assert isinstance(nobody.instance_rules(), list)


def test_an_app_registers_and_somebody_joins(server_url: str) -> None:
    client_id, secret = Mastodon.create_app("a client", api_base_url=server_url)
    app = Mastodon(client_id, secret, api_base_url=server_url)
    name = f"joins{time.time_ns() % 10**9}"
    token = app.create_account(name, "correct horse", f"{name}@example.org", agreement=True)
    me = Mastodon(client_id, secret, token, api_base_url=server_url)
    assert me.me().username == name
    assert me.app_verify_credentials().name == "a client"
    me.revoke_access_token(allow_http=True)
    with pytest.raises(MastodonAPIError):
        me.me()


def test_a_post_from_writing_to_deleting(asha: Mastodon) -> None:
    post = asha.status_post("Is it down? #outage", spoiler_text="again", language="en")
    assert post.content.startswith("<p>Is it down?")
    assert (post.spoiler_text, post.tags[0].name, post.language) == ("again", "outage", "en")
    edited = asha.status_update(post, "It is up again.")
    assert edited.edited_at is not None
    assert [version.content for version in asha.status_history(post)] == [
        post.content,
        "<p>It is up again.</p>",
    ]
    assert asha.status_source(post).text == "It is up again."
    deleted = asha.status_delete(post)
    assert deleted.text == "It is up again."
    with pytest.raises(MastodonNotFoundError):
        asha.status(post)


def test_the_same_request_twice_is_one_post(asha: Mastodon) -> None:
    key = f"key{time.time_ns()}"
    first = asha.status_post("once", idempotency_key=key)
    assert asha.status_post("once", idempotency_key=key).id == first.id


def test_likes_reposts_bookmarks_and_pins(asha: Mastodon, third: Mastodon) -> None:
    post = asha.status_post("all that can be done with a post")
    assert third.status_favourite(post).favourites_count == 1
    assert third.status_bookmark(post).bookmarked
    assert third.status_reblog(post).reblog.id == post.id
    assert asha.status_pin(post).pinned
    assert [one.id for one in asha.status_favourited_by(post)] == [third.me().id]
    assert [one.id for one in asha.status_reblogged_by(post)] == [third.me().id]
    assert post.id in [one.id for one in third.favourites()]
    assert post.id in [one.id for one in third.bookmarks()]
    seen = third.status(post)
    assert (seen.favourited, seen.reblogged, seen.bookmarked) == (True, True, True)
    third.status_unfavourite(post)
    third.status_unbookmark(post)
    third.status_unreblog(post)
    assert not third.status(post).favourited
    assert asha.status_mute(post).muted
    assert not asha.status_unmute(post).muted


def test_a_thread(asha: Mastodon, third: Mastodon) -> None:
    root = asha.status_post("the root")
    reply = third.status_reply(root, "a reply")
    leaf = asha.status_reply(reply, "a leaf")
    context = asha.status_context(reply)
    assert [post.id for post in context.ancestors] == [root.id]
    assert [post.id for post in context.descendants] == [leaf.id]
    assert asha.status(root).replies_count == 1


def test_quotes(asha: Mastodon, third: Mastodon) -> None:
    post = asha.status_post("quote me")
    quoting = third.status_post("look at this", quoted_status_id=post)
    assert quoting.quote.quoted_status.id == post.id
    assert [one.id for one in asha.status_quotes(post)] == [quoting.id]
    asha.status_quote_revoke(post, quoting)
    assert third.status(quoting).quote.state == "revoked"
    asha.status_update_quote_approval_policy(post, "nobody")
    assert third.status(post).quote_approval.current_user == "denied"


def test_a_poll(asha: Mastodon, third: Mastodon) -> None:
    poll = asha.make_poll(["up", "down", "slow"], expires_in=600, multiple=True)
    post = asha.status_post("how is it?", poll=poll)
    voted = third.poll_vote(post.poll, [1, 2])
    assert (voted.voters_count, voted.own_votes) == (1, [1, 2])
    with pytest.raises(MastodonAPIError, match="already voted"):
        third.poll_vote(post.poll, [1])
    assert asha.poll(post.poll).options[1].votes_count == 1


def test_media(asha: Mastodon) -> None:
    picture = photo(size=(60, 40))
    media = asha.media_post(picture, "image/jpeg", description="a picture", focus=(0.5, -0.5))
    assert media.meta.original.width == 60
    changed = asha.media_update(media, description="another")
    post = asha.status_post("look", media_ids=[changed])
    assert post.media_attachments[0].description == "another"
    assert post.media_attachments[0].meta.focus.x == 0.5


def test_timelines_are_paged_by_ids(asha: Mastodon) -> None:
    ids = [asha.status_post(f"page {number}").id for number in range(5)]
    first = asha.timeline_home(limit=2)
    assert [post.id for post in first] == ids[:2:-1]
    second = asha.fetch_next(first)
    assert [post.id for post in second] == [ids[2], ids[1]]
    assert [post.id for post in asha.fetch_previous(second)] == [ids[4], ids[3]]
    assert [post.id for post in asha.timeline_public(limit=1)] == [ids[4]]
    assert asha.timeline_home(since_id=ids[4]) == []
    assert [post.id for post in asha.timeline_home(min_id=ids[0], limit=1)] == [ids[1]]


def test_hashtags(asha: Mastodon, third: Mastodon) -> None:
    name = f"tag{time.time_ns() % 10**9}"
    third.tag_follow(name)
    post = asha.status_post(f"about #{name}")
    assert [one.id for one in third.timeline_hashtag(name)] == [post.id]
    assert post.id in [one.id for one in third.timeline_home()]
    assert third.tag(name).following
    assert name in [tag.name for tag in third.followed_tags()]
    third.tag_unfollow(name)
    featured = asha.featured_tag_create(name)
    assert [tag.name for tag in asha.featured_tags()] == [name]
    asha.featured_tag_delete(featured)
    assert name in [tag.name for tag in third.search(f"#{name}").hashtags]


def test_a_follow_that_has_to_be_asked_for(asha: Mastodon, third: Mastodon) -> None:
    me, other = asha.me(), third.me()
    assert third.account_follow(me).requested
    assert [one.id for one in asha.follow_requests()] == [other.id]
    asha.follow_request_authorize(other)
    assert third.account_relationships(me)[0].following
    assert [one.id for one in asha.account_followers(me)] == [other.id]
    third.account_unfollow(me)
    assert not third.account_relationships(me)[0].following


def test_blocks_mutes_and_notes(asha: Mastodon, third: Mastodon) -> None:
    other = third.me()
    assert asha.account_block(other).blocking
    assert [one.id for one in asha.blocks()] == [other.id]
    with pytest.raises(MastodonAPIError):
        third.account_follow(asha.me())
    assert not asha.account_unblock(other).blocking
    assert asha.account_mute(other, duration=600).muting
    assert [one.id for one in asha.mutes()] == [other.id]
    assert not asha.account_unmute(other).muting
    assert asha.account_note_set(other, "a friend").note == "a friend"


def test_a_profile(asha: Mastodon) -> None:
    changed = asha.account_update_credentials(
        display_name="Asha",
        note="I watch.",
        fields=[("Site", "https://example.org")],
        avatar=photo(size=(80, 80)),
        avatar_mime_type="image/jpeg",
        locked=True,
    )
    assert (changed.display_name, changed.source.note) == ("Asha", "I watch.")
    assert changed.fields[0].name == "Site"
    assert asha.account_lookup("mastodonpy_test").display_name == "Asha"
    assert asha.me().id in [one.id for one in asha.account_search("asha")]
    assert asha.preferences()["posting:default:visibility"] == "public"


def test_lists(asha: Mastodon, admin: Mastodon) -> None:
    other = admin.me()
    asha.account_follow(other)
    made = asha.list_create("watchers", replies_policy="none", exclusive=False)
    asha.list_accounts_add(made, other)
    assert [one.id for one in asha.list_accounts(made)] == [other.id]
    post = admin.status_post("for the list")
    assert [one.id for one in asha.timeline_list(made)] == [post.id]
    assert asha.list_update(made, "others").title == "others"
    asha.list_accounts_delete(made, other)
    asha.list_delete(made)
    assert asha.lists() == []


def test_filters(asha: Mastodon, admin: Mastodon) -> None:
    made = asha.create_filter_v2(
        "spoilers", ["home"], "warn", keywords_attributes=[{"keyword": "finale"}]
    )
    asha.account_follow(admin.me())
    post = admin.status_post("the finale was good")
    found = next(one for one in asha.timeline_home() if one.id == post.id)
    assert found.filtered[0].keyword_matches == ["finale"]
    assert [one.title for one in asha.filters_v2()] == ["spoilers"]
    asha.delete_filter_v2(made)
    assert asha.filters_v2() == []


def test_notifications_one_by_one_and_in_groups(asha: Mastodon, third: Mastodon) -> None:
    asha.notifications_clear()
    post = asha.status_post("notify me")
    third.status_favourite(post)
    third.status_reply(post, "an answer")
    assert [one.type for one in asha.notifications()] == ["mention", "favourite"]
    assert asha.notifications_unread_count().count == 2
    groups = asha.grouped_notifications().notification_groups
    assert [group.type for group in groups] == ["mention", "favourite"]
    asha.dismiss_grouped_notification(groups[1].group_key)
    asha.notifications_dismiss(asha.notifications()[0])
    assert asha.notifications() == []
    asha.markers_set(["home"], [post])
    assert asha.markers_get(["home"])["home"].last_read_id == str(post.id)


def test_conversations(asha: Mastodon, third: Mastodon) -> None:
    third.status_post("@mastodonpy_test a word between us", visibility="direct")
    conversation = asha.conversations()[0]
    assert conversation.unread
    assert [one.id for one in conversation.accounts] == [third.me().id]
    assert not asha.conversations_read(conversation).unread


def test_scheduled_posts(asha: Mastodon) -> None:
    due = datetime.now(UTC) + timedelta(hours=1)
    scheduled = asha.status_post("later", scheduled_at=due)
    assert scheduled.params.text == "later"
    moved = asha.scheduled_status_update(scheduled, due + timedelta(hours=1))
    assert moved.scheduled_at > scheduled.scheduled_at
    asha.scheduled_status_delete(scheduled)
    assert asha.scheduled_statuses() == []


def test_search_and_discovery(asha: Mastodon) -> None:
    word = f"kestrel{time.time_ns() % 10**9}"
    post = asha.status_post(f"a {word} over the marsh")
    assert [one.id for one in asha.search(word).statuses] == [post.id]
    assert isinstance(asha.trending_tags(), list)
    assert isinstance(asha.trending_statuses(), list)
    assert isinstance(asha.suggestions(), list)
    assert isinstance(asha.directory(), list)


def test_a_report(asha: Mastodon, third: Mastodon) -> None:
    post = third.status_post("not nice")
    report = asha.report(third.me(), [post], comment="see this", category="spam")
    assert (report.comment, report.category, report.action_taken) == ("see this", "spam", False)


def test_push_subscriptions(asha: Mastodon) -> None:
    private, public = asha.push_subscription_generate_keys()
    assert private["privkey"]
    made = asha.push_subscription_set(
        "https://push.example.org/abc", public, follow_events=True, mention_events=True
    )
    assert made.alerts["follow"]
    assert asha.push_subscription().id == made.id
    asha.push_subscription_delete()
    with pytest.raises(MastodonNotFoundError):
        asha.push_subscription()


def test_who_is_not_signed_in_reads_what_is_public(client: Client, asha: Mastodon) -> None:
    nobody = client(None)
    post = asha.status_post("for everybody")
    hidden = asha.status_post("for followers", visibility="private")
    assert nobody.status(post).id == post.id
    with pytest.raises(MastodonNotFoundError):
        nobody.status(hidden)
    with pytest.raises((MastodonUnauthorizedError, MastodonAPIError)):
        nobody.timeline_home()


class _Heard(StreamListener):  # type: ignore[misc]  # the library has no types for it
    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []
        self.arrived = threading.Condition()

    def _note(self, name: str, content: Any) -> None:
        with self.arrived:
            self.events.append((name, content))
            self.arrived.notify_all()

    def on_update(self, status: Any) -> None:
        self._note("update", status.id)

    def on_status_update(self, status: Any) -> None:
        self._note("status_update", status.id)

    def on_delete(self, status_id: Any) -> None:
        self._note("delete", status_id)

    def on_notification(self, notification: Any) -> None:
        self._note("notification", notification.type)

    def on_conversation(self, conversation: Any) -> None:
        self._note("conversation", conversation.unread)

    def wait_for(self, name: str, content: Any) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: (name, content) in self.events, timeout=15), (
                f"no {name} of {content} among {self.events}"
            )


def test_streams(asha: Mastodon, third: Mastodon) -> None:
    assert asha.stream_healthy()
    heard, public = _Heard(), _Heard()
    streams = [
        asha.stream_user(heard, run_async=True),
        asha.stream_direct(heard, run_async=True),
        asha.stream_public(public, run_async=True),
    ]
    try:
        _wait_until_open(asha, heard)
        post = asha.status_post("over the wire")
        heard.wait_for("update", post.id)
        public.wait_for("update", post.id)
        third.status_post("@mastodonpy_test hey")
        heard.wait_for("notification", "mention")
        third.status_post("@mastodonpy_test psst", visibility="direct")
        heard.wait_for("conversation", True)
        asha.status_update(post, "over the wire, edited")
        heard.wait_for("status_update", post.id)
        asha.status_delete(post)
        heard.wait_for("delete", post.id)
    finally:
        for stream in streams:
            stream.close()


def _wait_until_open(asha: Mastodon, heard: _Heard) -> None:
    """Posts until the stream tells of one: that it is open is told nowhere else."""
    for number in range(60):
        asha.status_post(f"is anybody listening? {number}")
        with heard.arrived:
            if heard.arrived.wait_for(lambda: heard.events, timeout=0.25):
                return
    raise AssertionError("the stream did not open")
