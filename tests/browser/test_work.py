"""While forged reports arrive, the page does the work that is asked for and reports by itself."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect
from tests.browser.sample_site import SampleSite

from lapwing.outages.intake.proof_of_work import is_done

SEED, BITS, TICKET = "5d0f2c7a90b1e3f45d0f2c7a90b1e3f4", 10, "1703135520000-9c41"


def test_the_page_works_and_sends_the_report_again(page: Page, site: SampleSite) -> None:
    worked: list[str] = []

    def answer(route: Route) -> None:
        work = route.request.headers.get("lapwing-work")
        if work is None:
            challenge = f"{SEED} {BITS} {TICKET}"
            route.fulfill(status=428, headers={"Lapwing-Challenge": challenge}, body="asked")
        else:
            worked.append(work)
            route.continue_()

    page.goto(site.url + "/services/x")
    page.route("**/services/x/reports", answer)
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    ticket, _, number = worked[0].partition(".")
    assert ticket == TICKET
    assert is_done(SEED, number, BITS)
    assert site.posted[-1]["symptom"] == ["login"]
