"""What every page holds to: whole without scripts, nothing inline, safe with hostile names."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from tests import sample_views
from tests.sample_views import HOSTILE_NAME

from lapwing.outages.asked_views import ChosenCity, ExplanationView, NearbyView
from lapwing.outages.views import IncidentPart
from lapwing.web.pages.rendering import Pages

PAGES = Pages(base_url="https://lapwing.example/")


def hostile_home() -> str:
    link = msgspec.structs.replace(
        sample_views.X, name=HOSTILE_NAME, initials='"<i', icon='"><script>', colour='"/><b'
    )
    card = msgspec.structs.replace(
        sample_views.service_card(link), places=(HOSTILE_NAME,), answer=HOSTILE_NAME
    )
    board = msgspec.structs.replace(sample_views.board(), down=(card,))
    return PAGES.home(board)


def hostile_incident() -> str:
    view = sample_views.incident_view()
    story = msgspec.structs.replace(
        view.story, headline=HOSTILE_NAME, post=HOSTILE_NAME, article=(HOSTILE_NAME,)
    )
    first = msgspec.structs.replace(view.dots[0], label=HOSTILE_NAME)
    change = msgspec.structs.replace(view.changes[0], by=HOSTILE_NAME, note=HOSTILE_NAME)
    return PAGES.incident(
        msgspec.structs.replace(view, story=story, dots=(first,), changes=(change,))
    )


def hostile_explanation() -> ExplanationView:
    view = sample_views.explanation_view()
    node = msgspec.structs.replace(view.explanation.nodes[1], label=HOSTILE_NAME)
    outage = msgspec.structs.replace(
        view.explanation.outages[0], dimension="city", label=HOSTILE_NAME
    )
    found = msgspec.structs.replace(
        view.explanation, nodes=(view.explanation.nodes[0], node), outages=(outage,)
    )
    return msgspec.structs.replace(
        view, explanation=found, told=(HOSTILE_NAME, HOSTILE_NAME), notes=(HOSTILE_NAME,)
    )


def hostile_nearby() -> NearbyView:
    view = sample_views.nearby_view()
    first = msgspec.structs.replace(view.lines[0], told=HOSTILE_NAME)
    city = msgspec.structs.replace(view.city or ChosenCity(1, "", ""), name=HOSTILE_NAME)
    service = msgspec.structs.replace(view.service, name=HOSTILE_NAME)
    return msgspec.structs.replace(
        view, headline=HOSTILE_NAME, answer=HOSTILE_NAME, lines=(first,), city=city, service=service
    )


DRAWN: dict[str, Callable[[], str]] = {
    "home": lambda: PAGES.home(sample_views.board()),
    "home, filtered": lambda: PAGES.home(sample_views.board(), "social", "IN"),
    "home, quiet and stale": lambda: PAGES.home(sample_views.board(quiet=True, stale=True)),
    "home, hostile": hostile_home,
    "home, live": lambda: PAGES.home_live(sample_views.board()),
    "service": lambda: PAGES.service(sample_views.service_view()),
    "service, fine": lambda: PAGES.service(sample_views.service_view("ok")),
    "service, hostile": lambda: PAGES.service(sample_views.service_view(name=HOSTILE_NAME)),
    "service, live": lambda: PAGES.service_live(sample_views.service_view()),
    "incident": lambda: PAGES.incident(sample_views.incident_view()),
    "incident, hostile": hostile_incident,
    "incident, live": lambda: PAGES.incident_live(sample_views.incident_view("ongoing")),
    "record": lambda: PAGES.incidents([sample_views.incident_summary()], "a b"),
    "search": lambda: PAGES.search(HOSTILE_NAME, []),
    "thanks": lambda: PAGES.reported(sample_views.service_view()),
    "arithmetic": lambda: PAGES.arithmetic(sample_views.explanation_view()),
    "arithmetic, quiet": lambda: PAGES.arithmetic(sample_views.explanation_view("not_enough")),
    "arithmetic, hostile": lambda: PAGES.arithmetic(hostile_explanation()),
    "arithmetic, asked for": lambda: PAGES.arithmetic(None),
    "is it me": lambda: PAGES.nearby(sample_views.nearby_view()),
    "is it me, hostile": lambda: PAGES.nearby(hostile_nearby(), HOSTILE_NAME),
    "is it me, from nowhere": lambda: PAGES.nearby(sample_views.nearby_view("ok", city=None)),
    "is it me, part": lambda: PAGES.nearby_part(sample_views.nearby_view("ok")),
    "calibration": lambda: PAGES.calibration(sample_views.calibration_view()),
    "calibration, new": lambda: PAGES.calibration(sample_views.calibration_view(recorded=False)),
    "methodology": lambda: PAGES.methodology("# Counting\n\n<script>alert(1)</script>"),
    "about the data": PAGES.about_data,
    "problem": lambda: PAGES.problem(404, "unknown_service", HOSTILE_NAME),
}


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_inline_that_the_policy_forbids(name: str) -> None:
    html = DRAWN[name]()
    assert "<script>" not in html
    assert not re.search(r"<[^>]+\sstyle\s*=", html)
    assert not re.search(r"<[^>]+\son[a-z]+\s*=", html)
    assert "<style" not in html
    assert "javascript:" not in html


@pytest.mark.parametrize("name", DRAWN)
def test_every_address_that_a_page_loads_is_its_own(name: str) -> None:
    html = DRAWN[name]()
    loaded = re.findall(r'<(?:script|link|img|use|form)\b[^>]*?(?:src|href|action)="([^"]*)"', html)
    assert [address for address in loaded if not address.startswith("/")] == []


@pytest.mark.parametrize("name", ["home, live", "service, live", "incident, live"])
def test_a_live_fragment_is_one_line_and_names_its_targets(name: str) -> None:
    fragment = DRAWN[name]()
    assert "\n" not in fragment
    targets = re.findall(r'<hx-partial hx-target="#([a-z-]+)"', fragment)
    page = DRAWN[name.partition(",")[0]]()
    assert len(targets) >= 3
    for target in targets:
        assert f'id="{target}"' in page


def test_a_board_without_incidents_keeps_a_place_for_the_first() -> None:
    board = msgspec.structs.replace(sample_views.board(), recent=())
    assert 'id="recent"' in PAGES.home(board)
    assert "No incident on record yet" in PAGES.home_live(board)


def test_a_live_fragment_never_touches_the_report_form() -> None:
    assert "<form" not in DRAWN["service, live"]()


def test_a_service_page_is_small() -> None:
    assert len(gzip.compress(DRAWN["service"]().encode())) < 25_000


def test_the_answer_and_the_report_buttons_come_first() -> None:
    html = DRAWN["service"]()
    order = [
        "Is X down?",
        'name="symptom" value="feed"',
        "chart-heading",
        "map-heading",
        "Past inc",
    ]
    positions = [html.index(part) for part in order]
    assert positions == sorted(positions)


def test_a_preview_names_its_picture_with_the_whole_address() -> None:
    html = DRAWN["service"]()
    assert '"og:image" content="https://lapwing.example/services/x/card.png"' in html
    assert "<title>Is X down? Yes: X has had problems" in html


def test_data_in_a_page_is_json_whatever_the_names_hold() -> None:
    for found in re.findall(r'<script type="application/json"[^>]*>(.+?)</script>', hostile_home()):
        json.loads(found)


def test_simulated_and_stale_are_said() -> None:
    html = DRAWN["home, quiet and stale"]()
    assert "Simulated data." in html
    assert "4 min old" in html
    real = msgspec.structs.replace(sample_views.board(), simulated=False)
    assert "Simulated data." not in PAGES.home(real)


def test_filters_keep_what_fits_and_say_which_is_chosen() -> None:
    board = sample_views.board()
    html = PAGES.home(board, "banks")
    assert "State Bank of India" in html
    assert 'href="/services/x"' not in html
    assert '<option value="banks" selected>' in html
    local = msgspec.structs.replace(board.down[0], countries=("US",))
    elsewhere = msgspec.structs.replace(board, down=(local,))
    assert 'href="/services/x"' not in PAGES.home(elsewhere, None, "IN")


def test_only_an_open_incident_stays_live() -> None:
    assert "/live/incidents/" not in DRAWN["incident"]()
    assert "/live/incidents/" in PAGES.incident(sample_views.incident_view("ongoing"))


def test_hidden_html_in_the_methodology_stays_text() -> None:
    assert "&lt;script&gt;" in DRAWN["methodology"]()


def test_a_country_alone_and_an_ended_condition_are_drawn() -> None:
    view = sample_views.service_view("recovering")
    later = msgspec.structs.replace(view, as_of=view.as_of + timedelta(days=1), dots=())
    assert "Recovering" in PAGES.service(later)


def test_the_manifest_names_icons_that_exist() -> None:
    icons = json.loads(PAGES.manifest())["icons"]
    assert [icon["src"] for icon in icons] == ["/icon-192.png", "/icon-512.png"]
    assert PAGES.icon_png(192).startswith(b"\x89PNG")


def test_local_troubles_beside_the_first_are_named_with_their_beginning() -> None:
    for html in (
        PAGES.service(sample_views.service_view()),
        PAGES.service_live(sample_views.service_view()),
        PAGES.home(sample_views.board()),
    ):
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))
        assert "Also: San Antonio area since 03:07 UTC" in text
    assert 'href="/incidents/x-20231221-0311-2"' in PAGES.service(sample_views.service_view())
    assert "Also:" not in PAGES.service(sample_views.service_view("ok"))


def test_the_parts_of_an_incident_are_named_by_their_places() -> None:
    view = sample_views.incident_view()
    at = view.summary.started_at
    parts = (IncidentPart("x-1", "San Antonio area", at), IncidentPart("x-2", None, at))
    page = PAGES.incident(msgspec.structs.replace(view, parts=parts))
    assert '<a href="/incidents/x-1">San Antonio area</a> from' in page
    assert '<a href="/incidents/x-2">the whole service</a> from' in page
