"""Numbers, instants, spans and lists as people say them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_NUMBER_WORDS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
_WITH_ARTICLE = frozenset(
    {
        "Bahamas",
        "Central African Republic",
        "Comoros",
        "Czech Republic",
        "Democratic Republic of the Congo",
        "Dominican Republic",
        "Gambia",
        "Isle of Man",
        "Ivory Coast",
        "Maldives",
        "Marshall Islands",
        "Netherlands",
        "Philippines",
        "Republic of the Congo",
        "Seychelles",
        "Solomon Islands",
        "United Arab Emirates",
        "United Kingdom",
        "United States",
        "Vatican",
    }
)


def one_line(text: str) -> str:
    """Without line breaks and doubled or outer spaces: operators' words come as they may."""
    return " ".join(text.split())


def sentence(text: str) -> str:
    """One line that begins with a capital and ends with a stop of its own or a full stop."""
    line = one_line(text)
    if not line:
        return ""
    end = line.rstrip("\"'”’)")
    stop = "" if end.endswith((".", "!", "?", "…")) else "."
    return capital(line) + stop


def capital(text: str) -> str:
    """The first letter large, unless the word is spelt with a capital inside (`iCloud`)."""
    first_word = text.split(" ", 1)[0]
    return text if first_word[1:] != first_word[1:].lower() else text[:1].upper() + text[1:]


def exact(number: int) -> str:
    return f"{number:,}"


def about(number: int) -> str:
    """`37`, `340` as they are; from 1,000 to two figures: `about 1,200`, `around 65,000`."""
    if number < 1_000:
        return exact(number)
    unit = 10 ** (len(str(number)) - 2)
    rounded = (number + unit // 2) // unit * unit
    if rounded == number:
        return exact(number)
    return f"{'about' if rounded < 10_000 else 'around'} {exact(rounded)}"


def counted(number: int, one: str, many: str) -> str:
    """`1 report`, `about 1,200 reports`."""
    return f"{about(number)} {one if number == 1 else many}"


def small_number(number: int) -> str:
    """`three`, `27`."""
    return _NUMBER_WORDS[number] if number < len(_NUMBER_WORDS) else exact(number)


def ordinal(number: int) -> str:
    """`second`, `21st`; from 1."""
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    ending = (
        "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    )
    return f"{exact(number)}{ending}"


def listed(words: Sequence[str]) -> str:
    """`Delhi and Mumbai`, `Delhi, Mumbai and Nagpur`, `Android; iPhone and iPad; Web`."""
    if len(words) < 2:
        return "".join(words)
    if any(" and " in word or "," in word for word in words):
        return "; ".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def percent(share: float) -> str:
    """`63 %`; a share that is small but not nothing is `under 1 %`."""
    return "under 1 %" if 0 < share < 0.01 else f"{min(share, 1.0):.0%}".replace("%", " %")


def in_a_sentence(country: str) -> str:
    """`India`, `the United States`."""
    return f"the {country}" if country in _WITH_ARTICLE else country


def span(minutes: int) -> str:
    """`under a minute`, `45 minutes`, `1 hour 18 minutes`, `2 days 3 hours`."""
    return _span(minutes, (" day", " days"), (" hour", " hours"), (" minute", " minutes"))


def short_span(minutes: int) -> str:
    """`45 min`, `1 h 18 min`, `2 d 3 h`."""
    return _span(minutes, (" d", " d"), (" h", " h"), (" min", " min"))


def _span(
    minutes: int, day: tuple[str, str], hour: tuple[str, str], minute: tuple[str, str]
) -> str:
    if minutes < 1:
        return "under a minute"
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = [
        f"{exact(count)}{names[count != 1]}"
        for count, names in ((days, day), (hours, hour), (left, minute))
        if count
    ]
    return " ".join(parts[:2]) if days == 0 or hours else parts[0]


def minutes_between(start_at: datetime, end_at: datetime) -> int:
    """Whole minutes, rounded; never negative."""
    return max(0, round((end_at - start_at) / timedelta(minutes=1)))


class Times:
    """Instants in one time zone, told beside a day that the reader already knows."""

    def __init__(self, time_zone: str) -> None:
        """Raises `zoneinfo.ZoneInfoNotFoundError` for a name that is none."""
        self._zone = ZoneInfo(time_zone)

    def clock(self, at: datetime) -> str:
        """`10:37`."""
        return f"{at.astimezone(self._zone):%H:%M}"

    def with_zone(self, at: datetime) -> str:
        """`10:37 IST`; zones without a name of letters are told as `10:37 UTC-3`."""
        return f"{self.clock(at)} {self.zone_name(at)}"

    def zone_name(self, at: datetime) -> str:
        """`IST`, `UTC-3`."""
        name = at.astimezone(self._zone).tzname() or "UTC"
        if name[0] not in "+-":
            return name
        sign, hours, minutes = name[0], name[1:3].lstrip("0") or "0", name[3:5]
        return f"UTC{sign}{hours}{':' + minutes if minutes and minutes != '00' else ''}"

    def day(self, at: datetime) -> str:
        """`21 December 2023`."""
        local = at.astimezone(self._zone)
        return f"{local.day} {local:%B %Y}"

    def short_day(self, at: datetime) -> str:
        """`21 Dec 2023`."""
        local = at.astimezone(self._zone)
        return f"{local.day} {local:%b %Y}"

    def day_without_year(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        return f"{local.day} {local:%B}"

    def weekday(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%A}"

    def same_day(self, one: datetime, other: datetime) -> bool:
        return one.astimezone(self._zone).date() == other.astimezone(self._zone).date()

    def beside(self, at: datetime, known: datetime) -> str:
        """`11:55` on the known day, else `00:35 on 22 December`."""
        if self.same_day(at, known):
            return self.clock(at)
        return f"{self.clock(at)} on {self._day_beside(at, known)}"

    def since(self, at: datetime, now: datetime) -> str:
        """`10:37 IST`, `22:10 IST yesterday`, `22:10 IST on 19 December`."""
        if self.same_day(at, now):
            return self.with_zone(at)
        if self.same_day(at, now - timedelta(days=1)):
            return f"{self.with_zone(at)} yesterday"
        return f"{self.with_zone(at)} on {self._day_beside(at, now)}"

    def from_to(self, start_at: datetime, end_at: datetime) -> str:
        """`from 10:37 to 11:55 IST on 21 December 2023`, over midnight with both days."""
        if self.same_day(start_at, end_at):
            return (
                f"from {self.clock(start_at)} to {self.with_zone(end_at)} on {self.day(start_at)}"
            )
        start_day = (
            self.day_without_year(start_at)
            if start_at.astimezone(self._zone).year == end_at.astimezone(self._zone).year
            else self.day(start_at)
        )
        return (
            f"from {self.clock(start_at)} on {start_day}"
            f" to {self.with_zone(end_at)} on {self.day(end_at)}"
        )

    def _day_beside(self, at: datetime, known: datetime) -> str:
        same_year = at.astimezone(self._zone).year == known.astimezone(self._zone).year
        return self.day_without_year(at) if same_year else self.day(at)
