"""A service's page leads to the account that tells its outages."""

from __future__ import annotations

from tests.sample_views import service_view

from lapwing.web.pages.rendering import Pages


def test_a_services_page_links_to_its_account_and_says_whose_it_is() -> None:
    page = Pages(base_url="https://lapwing.example").service(service_view())
    assert '<a href="/@x_outages">@x_outages</a>' in page
    assert "this server’s account, not X’s" in page
    assert "<strong>lapwing.example</strong>" in page


def test_a_hostile_name_is_harmless_there() -> None:
    page = Pages().service(service_view(name="<b>X</b>"))
    assert "not &lt;b&gt;X&lt;/b&gt;’s" in page
