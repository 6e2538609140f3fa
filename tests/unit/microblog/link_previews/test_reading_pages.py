"""What is taken from a stranger's page, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.microblog.link_previews.pages import (
    DESCRIPTION_CHARACTERS,
    NAME_CHARACTERS,
    TITLE_CHARACTERS,
    PageFacts,
    read_page,
)

URL = "https://example.com/news/1"


def facts(head: str) -> PageFacts:
    found = read_page(f"<!doctype html><html><head>{head}</head><body>…", URL)
    assert found is not None
    return found


def test_open_graph_counts_before_all_else() -> None:
    assert facts(
        """<title>Window</title>
        <meta name="description" content="plain">
        <meta name="twitter:title" content="Bird">
        <meta property="og:title" content="Cable cut &amp; mended">
        <META CONTENT='Two hours' PROPERTY='og:description' />
        <meta property=og:site_name content=Marsh>
        <meta name="author" content="Ann Lee">
        <meta property="article:author" content="https://example.com/ann">
        <meta property="og:image" content="/pictures/1.jpg?a=1&amp;b=2">"""
    ) == PageFacts(
        title="Cable cut & mended",
        description="Two hours",
        provider_name="Marsh",
        author_name="Ann Lee",
        image_url="https://example.com/pictures/1.jpg?a=1&b=2",
    )


def test_twitters_tags_then_the_pages_own() -> None:
    twitter = '<meta name="twitter:title" content="T"><meta name="twitter:image" content="//i/x">'
    assert facts(f"<title>Own</title>{twitter}").title == "T"
    assert facts(f"<title>Own</title>{twitter}").image_url == "https://i/x"
    own = '<meta name="description" content="d"><title lang=en>\n Own\n title </title>'
    assert (facts(own).title, facts(own).description) == ("Own title", "d")


def test_an_empty_tag_does_not_hide_the_next() -> None:
    assert facts('<meta property="og:title" content=" "><title>Own</title>').title == "Own"


@pytest.mark.parametrize(
    "page", ["", "no tags", "<title></title>", "<title>\u202e\u200b </title>", "<meta>", "<title"]
)
def test_a_page_without_a_title_has_nothing_to_show(page: str) -> None:
    assert read_page(page, URL) is None


def test_what_stands_in_scripts_comments_and_the_body_is_not_the_pages_word() -> None:
    foreign = '<meta property="og:title" content="FOREIGN">'
    found = read_page(
        f"<script>'{foreign}'</script><!-- {foreign} --><style>{foreign}</style>"
        f"<svg><title>FOREIGN</title></svg><title>Own</title><body>{foreign}",
        URL,
    )
    assert found is not None
    assert found.title == "Own"


def test_no_markup_no_directions_and_no_invisible_characters_come_out() -> None:
    found = facts(
        "<meta property='og:title' content='&lt;b&gt;safe\u202egpj.exe\u2066\u200b&#x202e;&#8;x'>"
    )
    assert found.title == "<b>safegpj.exex"  # text, to be escaped where it is shown


def test_every_field_has_a_limit() -> None:
    long = "ü" * 10_000
    found = facts(
        f"<title>{long}</title><meta name=description content='{long}'>"
        f"<meta property=og:site_name content='{long}'><meta name=author content='{long}'>"
        f"<meta property=og:image content='https://a/{long}'>"
    )
    assert len(found.title) == TITLE_CHARACTERS
    assert found.title.endswith("…")
    assert len(found.description) == DESCRIPTION_CHARACTERS
    assert len(found.provider_name) == len(found.author_name) == NAME_CHARACTERS
    assert found.image_url == ""


@pytest.mark.parametrize(
    "image",
    ["data:image/png;base64,AA", "javascript:alert(1)", "file:///etc/passwd", "http://", "//[x"],
)
def test_pictures_are_on_the_web(image: str) -> None:
    assert facts(f'<title>t</title><meta property="og:image" content="{image}">').image_url == ""


@pytest.mark.parametrize(
    "part",
    [
        *(
            "<div>",
            "<meta ",
            "<meta '",
            '<meta "',
            "<!--",
            "<script>",
            "</script",
            "<title",
            "<title>",
        ),
        *("<svg></sv", "<meta a=", "&amp;", "<", "<meta =\"'", "\x00", "<title>a</titl"),
    ],
)
def test_a_megabyte_of_anything_is_read_in_one_pass(part: str) -> None:
    """Where the time grew with the square of the length, this would not end."""
    read_page(part * (1_000_000 // len(part)), URL)


@given(st.text(alphabet="<>!-/=\"' abtilemscrpov&;:\n", max_size=300))
def test_no_page_is_too_strange(page: str) -> None:
    found = read_page("<title>x" + page, URL)
    assert found is None or found.title.isprintable()
