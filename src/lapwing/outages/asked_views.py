"""What is worked out for whoever asks, beside the pages that are drawn once for everybody."""

from __future__ import annotations

from datetime import datetime

import msgspec

from lapwing.outages.detection.explanation import Explanation
from lapwing.outages.views import ServiceLink


class ExplanationView(msgspec.Struct, frozen=True):
    """Why an outage of a service was or was not declared when a minute ended."""

    at: datetime
    """The minute's end."""
    service: ServiceLink
    told: tuple[str, ...]
    """In sentences, the answer first."""
    explanation: Explanation
    worked_out_again: bool
    """Not read off the live detector, but folded again from kept counts."""
    notes: tuple[str, ...]
    """What such numbers leave out."""
    incident: str | None
    """Id of the incident on record that was going on then."""
    simulated: bool
