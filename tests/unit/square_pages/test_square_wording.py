"""Small pure decisions of the microblog's pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from lapwing.microblog.model import Visibility
from lapwing.microblog.personal.model import (
    FilterAction,
    FilterContext,
    NotificationKind,
    NotificationPolicy,
    RepliesPolicy,
    Rule,
)
from lapwing.web.square import wording
from lapwing.web.square.answering import local_path

NOW = datetime(2023, 12, 21, 5, 42, tzinfo=UTC)


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=6), "6 d"),
        (timedelta(days=7), "14 Dec"),
        (timedelta(days=365), "21 Dec 2022"),
    ],
)
def test_how_long_ago(span: timedelta, told: str) -> None:
    assert wording.ago(NOW - span, NOW) == told


def test_everything_has_its_words() -> None:
    assert set(wording.VISIBILITIES) == {each.value for each in Visibility}
    assert set(wording.NOTICES) == {each.value for each in NotificationKind}
    assert set(wording.NOTICE_ICONS) == {each.value for each in NotificationKind}
    assert set(wording.FILTER_CONTEXTS) == {each.value for each in FilterContext}
    assert set(wording.FILTER_ACTIONS) == {each.value for each in FilterAction}
    assert set(wording.LIST_REPLIES) == {each.value for each in RepliesPolicy}
    assert set(wording.RULES) == {each.value for each in Rule}
    assert set(wording.POLICIES) == set(NotificationPolicy.__struct_fields__)


@pytest.mark.parametrize(
    "path", ["//evil.test", "/\\evil.test", "https://evil.test", "evil", "", "/a\nb", "/" * 3000]
)
def test_a_path_never_leads_to_another_site(path: str) -> None:
    assert local_path(path, "/home") == "/home"


def test_a_path_of_ours_stays() -> None:
    assert local_path("/@asha?show=media", "/home") == "/@asha?show=media"
