"""How the microblog's pages say things: spans of time, who may read, what happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from lapwing.web.pages import words

VISIBILITIES: Final = {
    "public": "Everybody",
    "quiet": "Everybody, but on no public timeline",
    "followers": "Followers",
    "mentioned": "Only people mentioned",
}
QUOTE_POLICIES: Final = {"public": "Everybody", "followers": "Followers", "nobody": "Only I"}
LIST_REPLIES: Final = {
    "list": "to people on the list",
    "followed": "to anybody I follow",
    "none": "none",
}
FILTER_CONTEXTS: Final = {
    "home": "Home and lists",
    "notifications": "Notifications",
    "public": "Public timelines",
    "thread": "Threads",
    "account": "Profiles",
}
FILTER_ACTIONS: Final = {
    "warn": "A warning stands before it",
    "hide": "It is not shown at all",
    "blur": "Its media are covered",
}
FILTER_SPANS: Final = (
    (0, "I take it away"),
    (1800, "half an hour from now"),
    (3600, "an hour from now"),
    (86_400, "a day from now"),
    (604_800, "a week from now"),
)
POLL_SPANS: Final = (
    (300, "5 minutes"),
    (1800, "30 minutes"),
    (3600, "1 hour"),
    (21_600, "6 hours"),
    (86_400, "1 day"),
    (259_200, "3 days"),
    (604_800, "7 days"),
)
NOTICES: Final = {
    "mention": "mentioned you",
    "repost": "reposted your post",
    "like": "liked your post",
    "follow": "followed you",
    "request": "asks to follow you",
    "poll": "A poll you voted in has ended",
    "edit": "edited a post you reposted",
    "post": "posted",
    "quote": "quoted you",
    "quoted_edit": "edited a post you quoted",
    "warning": "The moderators have written to you",
}
NOTICE_ICONS: Final = {
    "mention": "mentioned",
    "repost": "repost",
    "like": "like",
    "follow": "follow",
    "request": "follow",
    "poll": "poll",
    "edit": "edit",
    "post": "bell",
    "quote": "quote",
    "quoted_edit": "edit",
    "warning": "warning",
}
POLICIES: Final = {
    "for_not_following": "Of people you do not follow",
    "for_not_followers": "Of people who do not follow you",
    "for_new_accounts": "Of accounts made in the last days",
    "for_private_mentions": "Unasked posts that only mentioned people may read",
    "for_limited_accounts": "Of accounts that the moderators limited",
}
"""By the fields of `NotificationPolicy`."""
RULES: Final = {"accept": "Tell me", "filter": "Let them wait here", "drop": "Throw them away"}
LANGUAGES: Final = (
    ("ar", "العربية"),
    ("bn", "বাংলা"),
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("fr", "Français"),
    ("gu", "ગુજરાતી"),
    ("hi", "हिन्दी"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("kn", "ಕನ್ನಡ"),
    ("ko", "한국어"),
    ("ml", "മലയാളം"),
    ("mr", "मराठी"),
    ("nl", "Nederlands"),
    ("pa", "ਪੰਜਾਬੀ"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("sw", "Kiswahili"),
    ("ta", "தமிழ்"),
    ("te", "తెలుగు"),
    ("th", "ไทย"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ur", "اردو"),
    ("vi", "Tiếng Việt"),
    ("zh", "中文"),
)
SAID: Final = {
    "posted": "Posted.",
    "edited": "Your change is there.",
    "deleted": "Deleted.",
    "scheduled": "It waits to be posted.",
    "cancelled": "It will not be posted.",
    "saved": "Saved.",
    "blocked": "Blocked: you see nothing of each other.",
    "muted": "Muted.",
}
"""What a page says after a form was sent: by the word in its address."""

_DAY: Final = timedelta(days=1)


def ago(at: datetime, now: datetime) -> str:
    """`5 min`, `3 h`, `2 d`; from a week on the day, with its year where it is another."""
    span = now - at
    if span < timedelta(minutes=1):
        return "now"
    if span < timedelta(hours=1):
        return f"{span // timedelta(minutes=1)} min"
    if span < _DAY:
        return f"{span // timedelta(hours=1)} h"
    if span < 7 * _DAY:
        return f"{span // _DAY} d"
    day = words.stamp(at).split(",")[0]
    return day.removesuffix(f" {at.year}") if at.year == now.year else day


def ago_long(since_at: datetime, now: datetime) -> str:
    """`3 min ago`: for the note on an old page."""
    return f"{words.age(now, since_at)} ago"


def host_of(url: str) -> str:
    return urlsplit(url).netloc.removeprefix("www.")
