"""Moderating by an app: for moderators alone, with the effect that the pages have."""

from __future__ import annotations

import pytest
from tests.site.mastodon_cast import ALL, MastodonCast, Person

from lapwing.accounts.model import Role

SCOPES = (*ALL, "admin:read", "admin:write")
_ADDRESSES = (
    ("GET", "/admin/accounts"),
    ("GET", "http://lapwing.test/api/v2/admin/accounts"),
    ("GET", "/admin/accounts/{asha}"),
    ("POST", "/admin/accounts/{asha}/unsilence"),
    ("DELETE", "/admin/accounts/{asha}"),
    ("GET", "/admin/reports"),
    ("GET", "/admin/reports/{report}"),
    ("POST", "/admin/reports/{report}/resolve"),
    ("POST", "/admin/reports/{report}/assign_to_self"),
    ("POST", "/admin/reports/17/resolve"),  # there is none: that is not told either
    ("GET", "/admin/email_domain_blocks"),
    ("GET", "/admin/trends/tags"),
)


@pytest.fixture
async def api() -> MastodonCast:
    return MastodonCast()


@pytest.fixture
async def moderator(api: MastodonCast) -> Person:
    return await api.join("mo", SCOPES, role=Role.MODERATOR)


@pytest.mark.parametrize(("method", "path"), _ADDRESSES)
async def test_who_is_no_moderator_may_not(api: MastodonCast, method: str, path: str) -> None:
    asha, eve = await api.join("asha"), await api.join("eve", SCOPES)
    report = await eve.post("/reports", account_id=str(asha.id), comment="x")
    address = path.format(asha=asha.id, report=report["id"])
    await eve.ask(method, address, 403, json={"text": "because"})
    reader = await api.join("reader", ("read",), role=Role.MODERATOR)
    await reader.ask(method, address, 403, json={"text": "because"})


async def test_a_report_goes_its_way(api: MastodonCast, moderator: Person) -> None:
    asha, ben = await api.join("asha"), await api.join("ben")
    post = await asha.write("not nice")
    made = await ben.post(
        "/reports", account_id=str(asha.id), status_ids=[post["id"]], comment="look"
    )
    assert made["status_ids"] == [post["id"]]
    (seen,) = await moderator.get("/admin/reports")
    assert (seen["id"], seen["statuses"][0]["id"]) == (made["id"], post["id"])
    path = f"/admin/reports/{made['id']}"
    taken = await moderator.post(f"{path}/assign_to_self")
    assert taken["assigned_account"]["username"] == "mo"
    assert (await moderator.post(f"{path}/resolve"))["action_taken"]
    assert await moderator.get("/admin/reports") == []
    assert [one["id"] for one in await moderator.get("/admin/reports", resolved="1")] == [
        made["id"]
    ]
    assert not (await moderator.post(f"{path}/reopen"))["action_taken"]


async def test_silencing_and_undoing_it(api: MastodonCast, moderator: Person) -> None:
    asha = await api.join("asha")
    await asha.write("for everybody")
    path = f"/admin/accounts/{asha.id}"
    await moderator.post(f"{path}/action", type="silence", text="too loud")
    assert (await moderator.get(path))["silenced"]
    async with api.client() as nobody:
        assert (await nobody.get("/timelines/public")).json() == []
        assert not (await moderator.post(f"{path}/unsilence"))["silenced"]
        assert len((await nobody.get("/timelines/public")).json()) == 1
    (told,) = await asha.get("/notifications")
    assert told["moderation_warning"]["text"] == "too loud"


async def test_one_of_the_same_rank_is_let_be(api: MastodonCast, moderator: Person) -> None:
    other = await api.join("other", role=Role.MODERATOR)
    path = f"/admin/accounts/{other.id}/action"
    await moderator.post(path, 403, type="suspend", text="x")


async def test_who_is_suspended_is_told_so(api: MastodonCast, moderator: Person) -> None:
    asha = await api.join("asha")
    await moderator.post(f"/admin/accounts/{asha.id}/action", type="suspend", text="x")
    refused = await asha.ask("GET", "/timelines/home", 403)
    assert refused.json() == {"error": "Your login is currently disabled"}


async def test_email_domains(moderator: Person) -> None:
    made = await moderator.post("/admin/email_domain_blocks", domain="Spam.example")
    assert made["domain"] == "spam.example"
    (kept,) = await moderator.get("/admin/email_domain_blocks")
    await moderator.ask("DELETE", f"/admin/email_domain_blocks/{kept['id']}")
    assert await moderator.get("/admin/email_domain_blocks") == []
