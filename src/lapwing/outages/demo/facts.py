"""The outage of X on 21 December 2023, as the newspapers told it, and what is added to it here.

Told: X failed for thousands of people across the globe for over an hour. It began around 10:37
IST; about 1,200 people reported it within 20 minutes; at the peak around 65,000 could not use X.
Site and app loaded without a hitch, but showed no posts. The live outage map showed every
platform from mobile to PC, mostly Delhi, Mumbai, Bengaluru, Kolkata, Chennai and Nagpur, and
other countries such as Argentina, Australia, Canada, the US and the UK. The company named no
cause. Later posts were visible again on the app and on the web.

Not told, and therefore chosen: the course between these points, and every share below. The
peak's 65,000 is taken as the reports of the busiest quarter of an hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class ReferenceFacts:
    service: str
    started_at: datetime
    reports_first_20_min: int
    peak_15_min: int
    course: tuple[tuple[float, float], ...]
    """Minutes since the start and reports per minute there; in between it grows or falls
    exponentially, and it is over at the last."""
    countries: tuple[tuple[str, float], ...]
    """Shares of the reports; the rest is spread over the world as on any day."""
    cities: tuple[tuple[str, float], ...]
    """Of India: shares of its reports; the rest is spread over the other cities."""
    platforms: tuple[tuple[str, float], ...]
    symptoms: tuple[tuple[str, float], ...]
    """By the keys of the catalogue; one that the service does not offer is left out."""


REFERENCE_EVENT = ReferenceFacts(
    service="x",
    started_at=datetime(2023, 12, 21, 5, 7, tzinfo=UTC),
    reports_first_20_min=1_200,
    peak_15_min=65_000,
    course=(
        (0, 25),
        (10, 54),
        (20, 135),
        (25, 490),
        (32, 2_200),
        (38, 3_900),
        (42, 4_350),
        (54, 4_350),
        (62, 3_500),
        (68, 2_300),
        (73, 1_100),
        (77, 450),
        (81, 150),
        (86, 40),
        (92, 10),
        (98, 2),
    ),
    countries=(
        ("IN", 0.64),
        ("US", 0.09),
        ("GB", 0.075),
        ("CA", 0.055),
        ("AU", 0.05),
        ("AR", 0.05),
    ),
    cities=(
        ("Delhi", 0.24),
        ("Mumbai", 0.20),
        ("Bengaluru", 0.16),
        ("Kolkata", 0.12),
        ("Chennai", 0.10),
        ("Nagpur", 0.07),
    ),
    platforms=(("android", 0.46), ("ios", 0.27), ("web", 0.18), ("desktop", 0.09)),
    symptoms=(
        ("feed", 0.78),
        ("app", 0.07),
        ("website", 0.05),
        ("login", 0.03),
        ("post", 0.03),
        ("notifications", 0.02),
        ("messages", 0.01),
        ("video", 0.01),
    ),
)

LEARNING_MIN = 7 * 1440
"""A simulated history begins in the middle of its services' lives: its first week only teaches,
since a week is what repeats."""
