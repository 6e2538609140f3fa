from __future__ import annotations

from tests.handoff_desk import TellingSquare

from lapwing.accounts.opening import create_account


async def test_every_service_gets_an_account_that_nobody_takes_for_the_companys() -> None:
    square = TellingSquare(["x", "github"])
    assert await square.accounts.open_missing()
    account = square.accounts.find("github")
    assert account is not None
    assert account.username == "github_outages"
    assert account.display_name == "Github outages"
    assert "By this server, not by Github." in account.note
    assert account.bot
    assert account.service == "github"
    assert sorted(square.accounts.ids()) == sorted(
        one.id for one in square.state.accounts.all() if one.service
    )


async def test_they_are_opened_once() -> None:
    square = TellingSquare(["x"])
    await square.accounts.open_missing()
    assert not await square.accounts.open_missing()
    square.restart()
    assert square.accounts.find("x") is not None
    assert not await square.accounts.open_missing()


async def test_a_service_added_later_gets_its_own() -> None:
    square = TellingSquare(["x"])
    await square.accounts.open_missing()
    square.slugs = ["x", "netflix"]
    square.restart()
    assert square.accounts.find("netflix") is None
    assert await square.accounts.open_missing()
    assert square.accounts.find("netflix") is not None


async def test_a_name_that_somebody_has_stays_theirs() -> None:
    square = TellingSquare(["x"])
    taken = await create_account(square.account_desk, "x_outages")
    await square.accounts.open_missing()
    assert square.accounts.find("x") is None
    assert square.account(taken.id).service == ""
