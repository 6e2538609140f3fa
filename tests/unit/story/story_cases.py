"""The reference outage, and small ones, as the fold would leave them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from lapwing.outages.incidents.model import Change, Incident, SliceShare, State
from lapwing.outages.model import Platform, Service, Symptom

ONSET = datetime(2023, 12, 21, 5, 7, tzinfo=UTC)

X = Service(
    slug="x",
    name="X",
    category="social",
    home_page="https://x.com",
    symptoms=(
        Symptom("feed", "Posts don't load"),
        Symptom("post", "Can't post"),
        Symptom("login", "Can't log in"),
        Symptom("app", "App doesn't work"),
        Symptom("website", "Website doesn't open"),
    ),
    platforms=(
        Platform("android", "Android"),
        Platform("ios", "iOS"),
        Platform("web", "Web"),
        Platform("desktop", "Desktop"),
    ),
)


def part(dimension: str, value: str, label: str, share: float, reports: int = 1000) -> SliceShare:
    return SliceShare(
        dimension=dimension,
        value=value,
        label=label,
        reports=reports,
        expected=reports / 100,
        excess_share=share,
    )


SYMPTOMS = (
    part("symptom", "feed", "Posts don't load", 0.78),
    part("symptom", "app", "App doesn't work", 0.07),
    part("symptom", "website", "Website doesn't open", 0.05),
)
PLATFORMS = (
    part("platform", "android", "Android", 0.5),
    part("platform", "ios", "iOS", 0.25),
    part("platform", "web", "Web", 0.17),
    part("platform", "desktop", "Desktop", 0.08),
)
PLACES = (
    part("country", "IN", "India", 0.64),
    part("country", "US", "United States", 0.1),
    part("country", "GB", "United Kingdom", 0.08),
    part("country", "CA", "Canada", 0.05),
    part("country", "AU", "Australia", 0.05),
    part("country", "AR", "Argentina", 0.04),
    part("city", "1273294", "Delhi", 0.16),
    part("city", "1275339", "Mumbai", 0.13),
    part("city", "1277333", "Bengaluru", 0.1),
    part("city", "1275004", "Kolkata", 0.08),
    part("city", "1264527", "Chennai", 0.07),
    part("city", "1262180", "Nagpur", 0.05),
)


def outage(state: State = State.RESOLVED, **facts: object) -> Incident:
    """The reference outage of X in a state; `facts` replace what is known of it."""
    known: dict[str, object] = {
        "id": "x-20231221-0509",
        "service": "x",
        "state": state,
        "started_at": ONSET,
        "detected_at": ONSET + timedelta(minutes=2),
        "confirmed_at": ONSET + timedelta(minutes=6),
        "peak_at": ONSET + timedelta(minutes=45),
        "ended_at": ONSET + timedelta(minutes=78) if state is State.RESOLVED else None,
        "peak_per_minute": 4_612,
        "peak_15_min": 65_214,
        "reports": 151_900,
        "reports_first_20_min": 1_204,
        "expected": 61.2,
        "leading": (*PLACES, *PLATFORMS, *SYMPTOMS),
        "networks_seen": 320,
        "simulated": True,
        "changes": (
            Change(ONSET + timedelta(minutes=2), "lapwing", "declared", State.SUSPECTED),
            Change(ONSET + timedelta(minutes=66), "lapwing", "receded", State.RECOVERING),
        ),
    }
    return Incident(**{**known, **facts})  # type: ignore[arg-type] # facts are the test's own
