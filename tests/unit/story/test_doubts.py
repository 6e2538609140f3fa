"""What speaks against an outage's reports."""

import msgspec

from lapwing.outages.detection.concentration import Concentration
from lapwing.outages.story.doubts import CANNOT_TELL, doubts

IN_LINE = Concentration(
    known_reports=80,
    largest_network=0.31,
    largest_network_usual=0.3,
    largest_block=0.05,
    effective_networks=6.0,
    effective_networks_usual=6.5,
    strangers=0.02,
    strangers_usual=0.03,
)


def test_nothing_is_said_where_there_is_no_doubt() -> None:
    assert doubts(None) == ""
    assert doubts(IN_LINE) == ""


def test_a_suspicious_outage_says_why_and_that_it_is_held() -> None:
    found = msgspec.structs.replace(
        IN_LINE,
        largest_network=0.92,
        largest_network_usual=0.08,
        largest_block=0.4,
        out_of_line=("network", "block"),
        suspicious=True,
    )
    assert doubts(found) == (
        "These reports are unlike those that usually come: 92 % of what is above normal come from"
        " one network, which usually has 8 %; 40 % come from one address block. So this is held as"
        f" suspected, and more reports of that kind do not confirm it. {CANNOT_TELL}"
    )


def test_strangers() -> None:
    found = msgspec.structs.replace(
        IN_LINE, strangers=0.9, out_of_line=("strangers",), suspicious=True
    )
    assert "90 % come from networks that hardly ever reported here before." in doubts(found)


def test_the_outage_of_one_network_says_what_is_known() -> None:
    said = doubts(IN_LINE, "Jio")
    assert said.startswith("Only Jio is known to be affected")
    assert said.endswith(CANNOT_TELL)
    assert "held" not in said
