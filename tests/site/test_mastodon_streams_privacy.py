"""What streams tell of posts for few, and to tokens that may not read all."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from tests.site.mastodon_cast import MastodonCast, Person

from lapwing.web.mastodon.params import Params
from lapwing.web.mastodon.streaming.channels import find_stream
from lapwing.web.mastodon.streaming.events import Event
from lapwing.web.mastodon.streaming.receivers import Receiver


class Listener(Receiver):
    """A connection that keeps what it is sent."""

    def __init__(self, api: MastodonCast, viewer_id: int, *names: str) -> None:
        super().__init__(cast(Any, None), viewer_id, "")
        self.heard: list[tuple[str, str]] = []
        hub = api.site.streaming.hub
        hub.join(self)
        for name in names:
            hub.subscribe(self, find_stream(name, viewer_id, "ducks", 0))

    def put(self, event: Event, label: tuple[str, ...]) -> None:
        del label
        self.heard.append((event.name, event.payload.decode()))

    async def deletes(self) -> list[str]:
        for _ in range(5):
            await asyncio.sleep(0)  # the hub writes after the change was answered
        return [payload for name, payload in self.heard if name == "delete"]


@pytest.fixture
async def api() -> MastodonCast:
    return MastodonCast()


async def _delete(person: Person, post: dict[str, Any]) -> str:
    await person.ask("DELETE", f"/statuses/{post['id']}")
    return str(post["id"])


async def test_only_those_learn_of_a_deletion_who_could_read(api: MastodonCast) -> None:
    asha, ben, eve = await api.join("asha"), await api.join("ben"), await api.join("eve")
    await ben.post(f"/accounts/{asha.id}/follow")
    follower = Listener(api, ben.id, "user")
    stranger = Listener(api, eve.id, "user", "public", "hashtag")
    public = await _delete(asha, await asha.write("#ducks for all"))
    followers = await _delete(asha, await asha.write("#ducks for few", visibility="private"))
    for one in ("@eve", "nobody"):
        await _delete(asha, await asha.write(f"#ducks {one}", visibility="direct"))
    repost = await asha.post(f"/statuses/{(await asha.write('mine'))['id']}/reblog")
    await asha.ask("DELETE", f"/statuses/{repost['id']}")
    assert await follower.deletes() == [public, followers, repost["id"]]
    assert set(await stranger.deletes()) == {public}


async def test_a_token_without_notifications_is_sent_none(api: MastodonCast) -> None:
    asha = await api.join("asha")
    streaming = api.site.streaming
    channels = []
    for scopes in (("read",), ("read:statuses",)):
        viewer = api.parts.accounts.viewer_of_token(await api.issue(asha.id, scopes))
        assert viewer is not None
        stream = streaming._get_stream(viewer, "user", Params())
        channels.append([kind for kind, _ in stream.channels])
    assert channels == [["home", "told"], ["home"]]
