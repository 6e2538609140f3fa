"""Views as the pages get them, made up: the X outage of 21 December 2023 and a quiet service."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import msgspec

from lapwing.kernel.instants import minute_of
from lapwing.outages.asked_views import (
    CalibrationView,
    ChosenCity,
    ExplanationView,
    NearbyLine,
    NearbyView,
    NullClass,
    NullRun,
    ObservedRate,
    OwnRecord,
)
from lapwing.outages.detection.concentration import Concentration
from lapwing.outages.detection.explanation import (
    Explanation,
    NodeArithmetic,
    OpenOutage,
    Verdict,
)
from lapwing.outages.detection.surprise import Sign
from lapwing.outages.incidents.localised import Attribute, Localised, LocalisedPart
from lapwing.outages.incidents.model import Change, SliceShare, State
from lapwing.outages.story.arithmetic import tell
from lapwing.outages.story.doubts import doubts
from lapwing.outages.story.nearby import ADVICE, line
from lapwing.outages.views import (
    Bar,
    BoardView,
    CityDot,
    Frame,
    IncidentSummary,
    IncidentView,
    Point,
    Series,
    ServiceCard,
    ServiceLink,
    ServiceView,
    Shading,
    Story,
)

AS_OF = datetime(2023, 12, 21, 5, 42, tzinfo=UTC)
ONSET = datetime(2023, 12, 21, 5, 7, tzinfo=UTC)
X = ServiceLink("x", "X", "social", "x", "000000", "X")
QUIET = ServiceLink("state-bank", "State Bank of India", "banks", None, "22409a", "SB")
HOSTILE_NAME = """<script>alert("1")</script> & 'friends'"""

_CITIES = (
    (1273294, "Delhi", "IN", 28.65, 77.23, 812, 2.0),
    (1275339, "Mumbai", "IN", 19.07, 72.88, 640, 3.1),
    (1277333, "Bengaluru", "IN", 12.97, 77.59, 505, 2.4),
    (1275004, "Kolkata", "IN", 22.56, 88.36, 288, 1.2),
    (1264527, "Chennai", "IN", 13.09, 80.28, 240, 1.9),
    (1262180, "Nagpur", "IN", 21.15, 79.08, 160, 0.2),
    (5128581, "New York", "US", 40.71, -74.01, 96, 12.0),
    (2643743, "London", "GB", 51.51, -0.13, 71, 9.0),
    (2147714, "Sydney", "AU", -33.87, 151.21, 30, 4.0),
    (6167865, "Toronto", "CA", 43.70, -79.42, 22, 5.0),
    (3435910, "Buenos Aires", "AR", -34.61, -58.38, 40, 2.0),
    (1850147, "Tokyo", "JP", 35.69, 139.69, 6, 5.0),
)
_COUNTRIES = (
    ("IN", "India", 2645, 11.0),
    ("US", "United States", 120, 30.0),
    ("GB", "United Kingdom", 71, 12.0),
    ("AR", "Argentina", 40, 2.0),
    ("AU", "Australia", 30, 6.0),
    ("CA", "Canada", 22, 7.0),
)
_SYMPTOMS = (
    ("feed", "Posts don’t load"),
    ("post", "Can’t post"),
    ("login", "Login"),
    ("app", "App"),
    ("website", "Website"),
    ("messages", "Direct messages"),
    ("notifications", "Notifications"),
    ("video", "Video"),
    ("spaces", "Spaces"),
)
_PLATFORMS = (("web", "Web"), ("android", "Android"), ("ios", "iPhone or iPad"), ("desktop", "PC"))


def series(*, trouble: bool, step_min: int = 5, hours: int = 24) -> Series:
    """Ordinary reports, with the outage in the last 35 minutes if `trouble`."""
    last = minute_of(AS_OF) // step_min * step_min
    points = []
    for minute in range(last - hours * 60, last, step_min):
        usual = 4 + 3 * math.sin((minute % 1440) / 1440 * 2 * math.pi)
        reports = round(usual + 2 * math.sin(minute * 1.7))
        since_min = minute - minute_of(ONSET)
        if trouble and since_min >= 0:
            reports += round(620 * (1 - math.exp(-since_min / 12)))
        points.append(Point(minute, max(0, reports), usual, usual + 3 * math.sqrt(usual) + 2))
    return Series(step_min, tuple(points))


def dots() -> tuple[CityDot, ...]:
    return tuple(CityDot(*city) for city in _CITIES)


def _bars(dimension: str, rows: tuple[tuple[str, str, int, float], ...]) -> tuple[Bar, ...]:
    total = sum(row[2] for row in rows)
    return tuple(Bar(dimension, key, label, n, usual, n / total) for key, label, n, usual in rows)


def incident_summary(state: str = "ongoing", service: ServiceLink = X) -> IncidentSummary:
    ended_at = ONSET + timedelta(minutes=72) if state == "resolved" else None
    return IncidentSummary(
        id=f"{service.slug}-20231221-0509",
        service=service,
        state=state,
        headline=f"{service.name}: posts don’t load, in India most of all",
        started_at=ONSET,
        detected_at=ONSET + timedelta(minutes=2),
        ended_at=ended_at,
        duration_min=72 if ended_at else 35,
        reports=88_412 if ended_at else 2_928,
        peak_15_min=65_031 if ended_at else 1_804,
        places=("Delhi", "Mumbai", "Bengaluru", "Kolkata"),
        simulated=True,
    )


def local_summary(place: str = "San Antonio area", service: ServiceLink = X) -> IncidentSummary:
    """Open in one place, beside the outage of all."""
    return msgspec.structs.replace(
        incident_summary("confirmed", service),
        id=f"{service.slug}-20231221-0311-2",
        headline=f"{service.name} fails in {place}",
        started_at=ONSET - timedelta(hours=2),
        places=(place,),
        place=place,
    )


def service_card(service: ServiceLink = X, *, condition: str = "down") -> ServiceCard:
    down = condition != "ok"
    return ServiceCard(
        service=service,
        condition=condition,
        answer=(
            f"Yes: {service.name} has had problems since 05:07 UTC; 1,204 reports in 20 minutes"
            if down
            else f"No: {service.name} seems fine"
        ),
        since_at=ONSET if down else None,
        reports_1h=2_928 if down else 2,
        expected_1h=41.0 if down else 1.2,
        change=3.4 if down else None,
        sparkline=tuple(
            [round(3 + 2 * math.sin(step / 7)) for step in range(46)]
            + ([90, 640] if down else [3, 2])
        ),
        places=("Delhi", "Mumbai", "Bengaluru", "Kolkata", "Chennai") if down else (),
        incident=f"{service.slug}-20231221-0509" if down else None,
        also=(local_summary(service=service),) if down else (),
    )


def quiet_services(number: int = 40) -> tuple[ServiceLink, ...]:
    names = ("Airtel", "BBC iPlayer", "Discord", "GitHub", "Jio", "Netflix", "PhonePe", "Spotify")
    colours = ("e40000", "ff4e98", "5865f2", "181717", "0a2885", "e50914", "5f259f", "1ed760")
    categories = ("telecom", "video", "messaging", "cloud", "telecom", "video", "banks", "video")
    made = []
    for number_of in range(number):
        kind, again = number_of % len(names), number_of // len(names)
        name = names[kind] + (f" {again + 1}" if again else "")
        slug = name.lower().replace(" ", "-")
        icon = names[kind].lower().replace(" ", "")
        made.append(ServiceLink(slug, name, categories[kind], icon, colours[kind], names[kind][:2]))
    return tuple(made)


def board(*, quiet: bool = False, stale: bool = False) -> BoardView:
    fine = [service_card(QUIET, condition="ok")]
    fine += [service_card(service, condition="ok") for service in quiet_services()]
    link = ServiceLink("instagram", "Instagram", "social", "instagram", "ff0069", "IG")
    unsure = msgspec.structs.replace(
        service_card(link, condition="suspected"),
        answer="Perhaps: more reports than usual about Instagram since 05:31 UTC",
        reports_1h=64,
        expected_1h=9.0,
        change=None,
        places=("São Paulo",),
    )
    return BoardView(
        as_of=AS_OF,
        down=() if quiet else (service_card(), unsure),
        fine=tuple(sorted(fine, key=lambda card: card.service.name)),
        categories=(("social", "Social networks", 12), ("banks", "Banks and payments", 20)),
        countries=(("IN", "India", 40), ("US", "United States", 50)),
        dots=dots(),
        recent=(incident_summary("resolved"), incident_summary("false_alarm", QUIET)),
        reports_1h=3_120,
        simulated=True,
        stale_since=AS_OF - timedelta(minutes=4) if stale else None,
    )


def service_view(condition: str = "down", *, name: str = "X") -> ServiceView:
    """X in trouble, or (condition `ok`) X on a quiet day."""
    down = condition != "ok"
    service = msgspec.structs.replace(X, name=name)
    answers = {
        "down": f"Yes: {name} has had problems since 05:07 UTC; 1,204 reports in 20 minutes",
        "suspected": f"Perhaps: more reports than usual about {name} since 05:07 UTC",
        "recovering": f"Recovering: reports about {name} are falling since 06:02 UTC",
        "ok": f"No: {name} seems fine; 3 reports in the last hour are nothing unusual",
    }
    city_rows = tuple((str(city), label, n, usual) for city, label, _, _, _, n, usual in _CITIES)
    return ServiceView(
        as_of=AS_OF,
        service=service,
        category_label="Social networks",
        home_page="https://x.com",
        aliases=("Twitter",),
        condition=condition,
        answer=answers[condition],
        symptoms=_SYMPTOMS,
        platforms=_PLATFORMS,
        incident=incident_summary() if down else None,
        series=series(trouble=down),
        shadings=(Shading("x-20231221-0509", minute_of(ONSET), None),) if down else (),
        reports_1h=2_928 if down else 3,
        expected_1h=41.0,
        dots=dots() if down else dots()[6:7],
        countries=_bars("country", _COUNTRIES) if down else (),
        cities=_bars("city", city_rows) if down else (),
        platform_bars=_bars(
            "platform",
            (
                ("android", "Android", 1500, 20.0),
                ("web", "Web", 900, 12.0),
                ("ios", "iPhone or iPad", 528, 9.0),
            ),
        )
        if down
        else (),
        symptom_bars=_bars(
            "symptom",
            (
                ("feed", "Posts don’t load", 2600, 9.0),
                ("app", "App", 200, 9.0),
                ("post", "Can’t post", 128, 4.0),
            ),
        )
        if down
        else (),
        network_bars=_bars(
            "network",
            (("AS24560", "Bharti Airtel", 900, 4.0), ("AS55836", "Reliance Jio", 870, 5.0)),
        )
        if down
        else (),
        past=(incident_summary("resolved"),),
        history="X has had 3 incidents in 90 days; half of them were over within 48 minutes.",
        simulated=True,
        also=(local_summary(), local_summary(HOSTILE_NAME)) if down else (),
    )


def _localised() -> tuple[Localised, ...]:
    """First one city alone, then six of them with one symptom, and the rest everywhere."""
    cities = Attribute(
        "city",
        tuple(str(city) for city, *_ in _CITIES[:6]),
        tuple(label for _, label, *_ in _CITIES[:6]),
    )
    delhi = Attribute("city", ("1273294",), ("Delhi",))
    symptom = Attribute("symptom", ("feed",), ("Posts don’t load",))
    first = LocalisedPart((delhi,), 31, 0.4, 0.93, 2e-9)
    told_by = ("country", "platform", "network")
    return (
        Localised(ONSET + timedelta(minutes=2), ONSET + timedelta(minutes=2), 33, 2.1, (first,)),
        Localised(
            ONSET + timedelta(minutes=72),
            ONSET + timedelta(minutes=9),
            88_412,
            52.0,
            (
                LocalisedPart((cities, symptom), 53_047, 10.8, 0.6, 1e-12),
                LocalisedPart((), 35_365, 41.2, 0.4, 3e-5),
            ),
            told_by,
        ),
    )


def held_view() -> IncidentView:
    """Suspected, and held as such."""
    found = Concentration(
        known_reports=420,
        largest_network=0.92,
        largest_network_usual=0.08,
        largest_block=0.4,
        effective_networks=1.2,
        effective_networks_usual=9.5,
        strangers=0.02,
        strangers_usual=0.03,
        out_of_line=("network", "block"),
        suspicious=True,
    )
    view = incident_view("suspected")
    article = (*view.story.article, doubts(found))
    story = msgspec.structs.replace(view.story, article=article)
    return msgspec.structs.replace(view, story=story, concentration=found, held=True)


def incident_view(state: str = "resolved") -> IncidentView:
    first = minute_of(ONSET)
    frames = tuple(
        Frame(
            first + step * 5,
            round(9000 * math.sin((step + 1) / 16 * math.pi)),
            tuple(
                (index, round(city[5] * math.sin((step + 1) / 16 * math.pi) / 4))
                for index, city in enumerate(_CITIES)
            ),
        )
        for step in range(15)
    )
    return IncidentView(
        as_of=AS_OF + timedelta(hours=2),
        summary=incident_summary(state),
        story=Story(
            headline="X failed for 72 minutes: posts did not load, in India most of all",
            post="X failed for 72 minutes on 21 December 2023 from 10:37 IST: posts did not load. "
            "88,412 reports, most from Delhi, Mumbai and Bengaluru. The cause is not known.",
            article=(
                "On Thursday 21 December 2023 at 10:37 IST people began to report that X did not "
                "show posts. 1,204 of them said so in the first 20 minutes; the busiest quarter "
                "of an hour brought 65,031 reports.",
                "Six of ten reports came from six Indian cities: Delhi, Mumbai, Bengaluru, "
                "Kolkata, Chennai and Nagpur. Every platform was affected alike.",
                "Nothing is known of the cause. By 11:49 IST reports were back to normal.",
            ),
            time_zone="Asia/Kolkata",
        ),
        confirmed_at=ONSET + timedelta(minutes=4),
        peak_at=ONSET + timedelta(minutes=34),
        peak_per_minute=5_120,
        reports_first_20_min=1_204,
        expected=52.0,
        trusted_share=0.0,
        networks_seen=214,
        series=series(trouble=True, step_min=1, hours=3),
        shadings=(Shading("x-20231221-0509", minute_of(ONSET), minute_of(ONSET) + 72),),
        dots=dots(),
        frames=frames,
        frame_min=5,
        leading=(
            SliceShare("city", "1273294", "Delhi", 19_120, 2.0, 0.22),
            SliceShare("country", "IN", "India", 70_400, 11.0, 0.8),
            SliceShare("symptom", "feed", "Posts don’t load", 80_002, 9.0, 0.91),
        ),
        localised=_localised(),
        changes=(
            Change(ONSET + timedelta(minutes=2), "lapwing", "opened", State.SUSPECTED),
            Change(
                ONSET + timedelta(minutes=4),
                "lapwing",
                "confirmed",
                State.CONFIRMED,
                "1,204 reports",
            ),
            Change(ONSET + timedelta(minutes=75), "lapwing", "resolved", State.RESOLVED),
        ),
        cause=None,
        merged_into=None,
    )


def _arithmetic(
    dimension: str, value: str, label: str, observed: int, expected: float, mixed: float
) -> NodeArithmetic:
    weight = 0.4 if dimension == "service" else 0.031
    return NodeArithmetic(
        dimension=dimension,
        value=value,
        label=label,
        observed=observed,
        expected=expected,
        upper=expected * 1.6,
        dispersion=1.3 + expected * 0.4,
        weight=weight,
        tried=(mixed * 0.2, mixed * 2.6, mixed * 1.2, 0.0),
        mixed=mixed,
        evidence=weight * mixed,
        share=min(1.0, weight * mixed / 8.6e6),
        run_start_minute=minute_of(ONSET) if mixed > 1.0 else None,
        run_reports=3 * observed,
        run_expected=3 * expected,
        echo=0.0045 if observed else 0.0,
    )


def explanation_view(verdict: str = "declared") -> ExplanationView:
    """The minute in which the outage of X was declared, or (`not_enough`) a quiet one."""
    declared = verdict == "declared"
    factor = 1.0 if declared else 1e-7
    nodes = (
        _arithmetic("service", "", "X", 41 if declared else 2, 2.1, 2.1e7 * factor),
        _arithmetic("area", "1273294", "Delhi area", 12, 0.2, 4.4e6 * factor),
        _arithmetic("city", "1275339", "Mumbai", 9, 0.31, 1.2e6 * factor),
        _arithmetic("symptom", "feed", "Posts don’t load", 38, 0.9, 4.1e4 * factor),
    )
    minute = minute_of(ONSET) + 1
    evidence = sum(node.evidence for node in nodes)
    found = Explanation(
        minute=minute,
        verdict=Verdict(verdict),
        evidence=evidence,
        log_evidence=math.log(evidence),
        threshold=5_256_000.0,
        log_threshold=math.log(5_256_000.0),
        nodes=nodes,
        other_slices=212,
        other_evidence=310.0 * factor,
        rhos=(2.0, 5.0, 20.0, 100.0),
        slowest_outage_rate=0.03,
        local_level=1.12,
        tolerance=1.0,
        tail=0.02,
        learns_until_minute=None if declared else minute + 400,
        tentative=not declared,
        cap=8.0,
        spread_cap=40.0,
        outages=(OpenOutage("service", "", "X", minute - 1, minute, False, False),)
        if declared
        else (),
    )
    return ExplanationView(
        at=ONSET + timedelta(minutes=2),
        service=X,
        told=tell("X", found),
        explanation=found,
        worked_out_again=not declared,
        notes=() if declared else ("Worked out again from kept counts.",),
        incident="x-20231221-0509" if declared else None,
        simulated=True,
    )


def nearby_view(condition: str = "down", *, city: str | None = "Pune") -> NearbyView:
    """Near somebody in Pune, or where nothing is known of where they are."""
    down = condition != "ok"
    rows = (
        ("city", "Pune", "In Pune", 14 if down else None, 0.4, Sign.YES if down else Sign.TOO_FEW),
        ("country", "India", "In India", 1204 if down else 4, 3.7, Sign.YES if down else Sign.NONE),
        ("network", "AS55836", "On your network (AS55836)", None, 0.9, Sign.NONE),
    )
    lines = tuple(
        NearbyLine(dimension, label, n, usual, sign, line(where, n, usual, sign, has_problems=down))
        for dimension, label, where, n, usual, sign in rows
    )
    return NearbyView(
        as_of=AS_OF,
        service=X,
        condition=condition,
        answer="Yes: X has had problems since 05:07 UTC; 1,204 reports in 20 minutes"
        if down
        else "No: nobody reports more than usual",
        headline="It is not just you: X fails near you as well."
        if down
        else "No sign of trouble with X near you: it may be you.",
        lines=lines if city is not None else (),
        advice=() if down else ADVICE,
        window_min=20,
        city=None if city is None else ChosenCity(1259229, city, "IN"),
        simulated=True,
    )


def calibration_view(*, recorded: bool = True) -> CalibrationView:
    """With a run and a history, or on a new server without either."""
    classes = (
        NullClass("services alone", "under 3 a day", 700, 108.0, 6, 0.056, 0.02, 0.121, 0.1, True),
        NullClass("services with slices", "over 600", 60, 9.4, 3, 0.32, 0.066, 0.933, 0.1, True),
    )
    own = OwnRecord(
        since_at=AS_OF - timedelta(days=200),
        services=84,
        service_years=46.1,
        declared=31,
        borne_out=27,
        dismissed=ObservedRate(2, 0.043, 0.005, 0.157),
        dismissed_or_never_borne_out=ObservedRate(5, 0.108, 0.035, 0.253),
    )
    return CalibrationView(
        as_of=AS_OF,
        budget=0.1,
        simulated_run=NullRun(0.1, 60, 1, True, classes) if recorded else None,
        own=own if recorded else None,
        simulated=True,
    )
