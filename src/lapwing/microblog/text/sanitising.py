"""HTML that was not drawn here (imported profiles, previews), cut to what a post may hold."""

from __future__ import annotations

from typing import Final

import nh3

from lapwing.kernel.refusals import Refusal

LONGEST_HTML: Final = 100_000
TAGS: Final = frozenset({"p", "br", "span", "a"})
ATTRIBUTES: Final = {
    "a": frozenset({"href", "class", "rel", "target", "translate"}),
    "span": frozenset({"class", "translate"}),
}
CLASSES: Final = frozenset(
    {"invisible", "ellipsis", "h-card", "u-url", "mention", "hashtag", "service"}
)
_WITHOUT_CONTENT: Final = {"script", "style", "template", "noscript", "svg", "math", "iframe"}


def sanitise_html(html: str) -> str:
    """Only the tags, attributes and classes of a post; links lead to http and https only.

    Refuses (`text_too_long`) what is too long to look at.
    """
    if len(html) > LONGEST_HTML:
        raise Refusal("text_too_long", f"At most {LONGEST_HTML} characters of HTML can be read.")
    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=_WITHOUT_CONTENT,
        attributes={tag: set(names - {"class", "rel"}) for tag, names in ATTRIBUTES.items()},
        allowed_classes={tag: set(CLASSES) for tag in ATTRIBUTES},
        url_schemes={"http", "https"},
        link_rel="nofollow noopener",
        strip_comments=True,
    )
