"""The moderators' pages."""

from __future__ import annotations

import re

import pytest
from tests.account_desk import HERE, PASSWORD, Office, open_office
from tests.site.account_site import AccountSite, account_site

from lapwing.accounts.complaints import Draft, complain
from lapwing.accounts.desk import SignUp
from lapwing.accounts.model import Role, Standing
from lapwing.accounts.moderation_model import Category
from lapwing.accounts.opening import Application, sign_up
from lapwing.accounts.sanctioning import appeal
from lapwing.web.accounts.parts import PostExcerpt

PAGES = [
    "/moderation",
    "/moderation?resolved=1",
    "/moderation/blocks",
    "/moderation/audit",
    "/moderation/accounts/asha",
]


PRIVATE, ANOTHERS, KEPT, DELETED = 7, 6, 8, 9


class SamplePosts:
    def __init__(self) -> None:
        self.gone: set[int] = set()

    def find(self, post_id: int) -> PostExcerpt | None:
        if post_id in self.gone:
            return None
        name = "carla" if post_id == ANOTHERS else "asha"
        text = "My secret" if post_id == PRIVATE else "Buy <followers>!"
        return PostExcerpt(str(post_id), f"/@{name}/{post_id}", text, name, 1)

    def find_visible(self, viewer_id: int, post_id: int) -> PostExcerpt | None:
        return None if post_id == PRIVATE else self.find(post_id)


async def moderated() -> Office:
    office = open_office()
    await office.person()
    await office.person("mod_one", role=Role.MODERATOR)
    return office


async def complaint_page(site: AccountSite) -> str:
    page = await site.get("/moderation")
    found = re.search(r"/moderation/complaints/\d+", page.text)
    assert found is not None
    return found[0]


async def test_nobody_else_sees_that_there_is_such_a_page() -> None:
    async with account_site(await moderated()) as site:
        assert (await site.get("/moderation")).headers["location"].startswith("/sign-in")
        await site.sign_in()
        for path in PAGES:
            assert (await site.get(path)).status_code == 404
        for path in ["/moderation/blocks", "/moderation/accounts/asha", "/moderation/appeals/1"]:
            assert (await site.post(path, do="act", act="warn")).status_code == 404


async def test_a_complaint_goes_from_the_form_to_its_end() -> None:
    office = await moderated()
    asha = office.accounts.find_named("asha")
    assert asha is not None
    posts = SamplePosts()
    async with account_site(
        office, find_post=posts.find, find_visible_post=posts.find_visible
    ) as site:
        await office.person("bina")
        await site.sign_in("bina")
        query = f"/complain?account={asha.id}&post=6&post=7&post=8&post=9"
        form = await site.get(query)
        assert "Buy &lt;followers&gt;!" in form.text
        assert "My secret" not in form.text
        sent = await site.browser.post(
            "/complain",
            data={
                "account": str(asha.id),
                "post": ["6", "7", "8", "9"],
                "category": "spam",
                "comment": "c",
            },
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        assert "moderators will look" in sent.text
        [made] = office.accounts.moderation.open_complaints()
        assert made.post_ids == (KEPT, DELETED)
        posts.gone.add(DELETED)
        await site.post("/sign-out")
        await site.sign_in("mod_one")
        path = await complaint_page(site)
        page = await site.get(path)
        assert "1 post is gone" in page.text
        assert "Buy &lt;followers&gt;!" in page.text
        await site.post(path, do="take")
        assert "@mod_one has it" in (await site.get(path)).text
        no_reason = await site.post(path, do="act", act="silence")
        assert no_reason.status_code == 422
        await site.post(path, do="act", act="silence", reason="Selling followers.")
        assert office.accounts.get(asha.id).standing is Standing.SILENCED
        assert "Resolved by @mod_one" in (await site.get(path)).text
        await site.post(path, do="reopen")
        await site.post(path, do="resolve", reason="Done.")
        assert "Done." in (await site.get("/moderation?resolved=1")).text
        audit = await site.get("/moderation/audit")
        for word in ("silence", "complaint resolved", "complaint reopened", "Selling followers."):
            assert word in audit.text


async def test_reports_of_an_outage_end_in_the_same_queue() -> None:
    office = await moderated()
    async with account_site(office) as site:
        await site.sign_in()
        query = "subject=report&reference=x-20231221-0509"
        assert "x-20231221-0509" in (await site.get(f"/complain?{query}")).text
        await site.post("/complain", subject="report", reference="x-20231221-0509", category="spam")
        await site.post("/sign-out")
        await site.sign_in("mod_one")
        page = await site.get(await complaint_page(site))
        assert 'href="/incidents/x-20231221-0509"' in page.text
        assert "Do it and resolve" not in page.text


async def test_an_appeal_is_answered() -> None:
    office = await moderated()
    asha = office.accounts.find_named("asha")
    assert asha is not None
    async with account_site(office) as site:
        await site.sign_in("mod_one")
        await site.post("/moderation/accounts/asha", do="act", act="suspend", reason="Spam.")
        [act] = office.accounts.moderation.sanctions_of(asha.id)
        await appeal(office.desk, asha.id, act.id, "It was not me.")
        assert "It was not me." in (await site.get("/moderation")).text
        await site.post(f"/moderation/appeals/{act.id}", do="approve", reason="Sorry.")
        assert office.accounts.get(asha.id).standing is Standing.ACTIVE


async def test_sign_ups_wait_for_a_moderator() -> None:
    office = open_office(sign_up=SignUp.APPROVAL)
    await office.person("mod_one", role=Role.MODERATOR)
    for name in ("bina", "carla"):
        await sign_up(office.desk, Application(name, f"{name}@e.org", PASSWORD, "to talk"), HERE)
    async with account_site(office) as site:
        await site.sign_in("mod_one")
        assert "to talk" in (await site.get("/moderation")).text
        await site.post("/moderation/accounts/bina", do="approve")
        await site.post("/moderation/accounts/carla", do="reject")
        assert office.accounts.find_named("carla") is None
        assert (await site.sign_in("bina")).status_code == 303


async def test_roles_are_given_by_higher_ones_alone() -> None:
    office = await moderated()
    await office.person("boss", role=Role.OWNER)
    async with account_site(office) as site:
        await site.sign_in("mod_one")
        answer = await site.post("/moderation/accounts/asha", do="role", role="moderator")
        assert answer.status_code == 403
        assert "higher" in answer.text
        await site.sign_in("boss")
        await site.post("/moderation/accounts/asha", do="role", role="moderator")
        asha = office.accounts.find_named("asha")
        assert asha is not None
        assert asha.role is Role.MODERATOR


async def test_blocks_are_made_and_lifted() -> None:
    office = await moderated()
    async with account_site(office) as site:
        await site.sign_in("mod_one")
        for kind, value, days in [
            ("word", "buy followers", "0"),
            ("domain", "spam.example", "30"),
            ("addresses", "203.0.112.0/24", "3"),
        ]:
            await site.post("/moderation/blocks", kind=kind, value=value, days=days)
        page = await site.get("/moderation/blocks")
        assert "buy followers" in page.text
        assert "IPv4/24" in page.text
        assert "203.0.112" not in page.text.replace('"203.0.113', "")
        wrong = await site.post("/moderation/blocks", kind="addresses", value="x", days="3")
        assert wrong.status_code == 422
        found = re.search(r'name="lift" value="(\d+)"', page.text)
        assert found is not None
        await site.post("/moderation/blocks", lift=found[1])
        assert len(office.accounts.moderation.blocks) == 2


@pytest.mark.parametrize(
    "form",
    [
        {"do": "act", "act": "explode"},
        {"do": "role", "role": "emperor"},
        {"do": "nonsense"},
        {},
        {"do": "act", "act": "delete", "reason": "why"},
    ],
)
async def test_strange_forms_are_refused(form: dict[str, str]) -> None:
    office = await moderated()
    async with account_site(office) as site:
        await site.sign_in("mod_one")
        answer = await site.post("/moderation/accounts/asha", **form)
        assert answer.status_code in (403, 422)
        for path in [
            "/moderation/complaints/5",
            "/moderation/complaints/" + "9" * 5000,
            "/moderation/accounts/nobody",
        ]:
            assert (await site.get(path)).status_code == 404
        assert (await site.get("/moderation/audit?before=" + "9" * 5000)).status_code == 200


async def test_the_pages_are_drawn_with_something_on_them() -> None:
    office = await moderated()
    asha, moderator = office.accounts.find_named("asha"), office.accounts.find_named("mod_one")
    assert asha is not None
    assert moderator is not None
    await complain(office.desk, 0, Draft(asha.id, Category.LEGAL, "<script>"))
    async with account_site(office) as site:
        await site.sign_in("mod_one")
        for path in PAGES:
            page = await site.get(path)
            assert page.status_code == 200
            assert "<script>" not in page.text.split("</head>")[1]
        moved = await site.get("/moderation/accounts?name=@asha")
        assert moved.headers["location"] == "/moderation/accounts/asha"
        for strange in ("//evil.example", "日本", "a\r\nb"):
            answer = await site.get("/moderation/accounts", params={"name": strange})
            assert answer.headers["location"] == "/moderation"
