"""Numbers, spans and states as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lapwing.outages.story.wording import Times, percent

CONDITIONS = {
    "ok": "No problems",
    "suspected": "Possible problems",
    "down": "Problems now",
    "recovering": "Recovering",
}
"""Word for each condition of a service."""

STATES = {
    "suspected": ("suspected", "Suspected"),
    "confirmed": ("down", "Confirmed"),
    "ongoing": ("down", "Ongoing"),
    "recovering": ("recovering", "Recovering"),
    "resolved": ("ok", "Resolved"),
    "false_alarm": ("quiet", "False alarm"),
    "merged": ("quiet", "Merged"),
}
"""Tone and word for each state of an incident."""


def count(number: float) -> str:
    """`1204` becomes `1,204`; fractions are rounded."""
    return f"{round(number):,}"


def short_count(number: float) -> str:
    """`65000` becomes `65k`: for the axes of charts."""
    if number >= 1_000_000:
        return f"{number / 1_000_000:.3g}M"
    return f"{number / 1000:.3g}k" if number >= 10_000 else f"{number:,.0f}"


def expected(number: float) -> str:
    """What is usual, which is often less than one."""
    if number < 0.5:
        return "hardly any"
    return f"about {count(number)}"


def usual(number: float) -> str:
    """The same for a table's cell."""
    return "under 1" if number < 0.5 else count(number)


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 report`, `1,204 reports`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def duration(minutes: float) -> str:
    """`72` becomes `1 h 12 min`."""
    total = max(0, round(minutes))
    days, rest = divmod(total, 1440)
    hours, mins = divmod(rest, 60)
    if days:
        return plural(days, "day") + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {mins} min" if mins else "")
    return f"{mins} min"


def age(as_of: datetime, since_at: datetime) -> str:
    """How long before `as_of` that was, in words."""
    span = as_of - since_at
    if span < timedelta(minutes=1):
        return "less than a minute"
    return duration(span / timedelta(minutes=1))


def change(ratio: float) -> str:
    """The change over the last quarter of an hour."""
    if ratio >= 2:
        times = f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"
        return f"{times} times as many as 15 minutes before"
    if ratio >= 1.15:
        return f"up {ratio - 1:.0%} in 15 minutes"
    if ratio <= 0.87:
        return f"down {1 - ratio:.0%} in 15 minutes"
    return "steady for 15 minutes"


def part(share: float) -> str:
    """`31 %`, `under 1 %`."""
    return percent(share)


def clock(at: datetime, time_zone: str = "UTC") -> str:
    """`10:37 IST`."""
    return Times(time_zone).with_zone(at)


def bare_clock(at: datetime, time_zone: str) -> str:
    """`10:37`, where the zone is named beside it."""
    return Times(time_zone).clock(at)


def stamp(at: datetime, time_zone: str = "UTC") -> str:
    """`21 Dec 2023, 10:37 IST`."""
    times = Times(time_zone)
    return f"{times.short_day(at)}, {times.with_zone(at)}"


def zone_name(at: datetime, time_zone: str) -> str:
    """`IST`."""
    return Times(time_zone).zone_name(at)


def zone(at: datetime, time_zone: str) -> str:
    """`IST (Asia/Kolkata)`; alone where name and zone are one."""
    name = zone_name(at, time_zone)
    return name if name == time_zone else f"{name} ({time_zone})"


def around(text: str, at: datetime | None, now: datetime, time_zone: str) -> tuple[str, str, str]:
    """What stands before an instant that a sentence tells as "since", the instant, and the rest;
    the whole sentence first where it is not told."""
    told = "" if at is None else Times(time_zone).since(at, now)
    before, found, after = text.partition(told) if told else (text, "", "")
    return before, found, after


def iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def listing(names: tuple[str, ...], most: int = 3) -> str:
    """`Delhi, Mumbai, Pune and 4 more`."""
    if len(names) <= 1:
        return "".join(names)
    if len(names) <= most:
        return ", ".join(names[:-1]) + " and " + names[-1]
    return ", ".join(names[:most]) + f" and {len(names) - most} more"


def split_answer(answer: str) -> tuple[str, str]:
    """ "Yes: X has had problems" becomes the word to print large, and the rest."""
    head, colon, rest = answer.partition(":")
    if not colon or len(head) > 18:
        return "", answer
    rest = rest.strip()
    return head, rest[:1].upper() + rest[1:]
