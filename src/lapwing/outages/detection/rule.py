"""Every constant of the detection rule, with its meaning and where it comes from.

The reasons and the measurements behind the numbers are in docs/methodology.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from lapwing.outages.model import Dimension

MINUTES_PER_YEAR: Final = 525_600
"""Of 365 days: the false-alarm budget is stated per year."""

DIMENSIONS: Final = tuple(Dimension)
"""The position of a dimension here is its code in the detector's arrays; SERVICE is 0."""


def _prior_values() -> dict[Dimension, float]:
    return {
        Dimension.SERVICE: 1.0,
        Dimension.COUNTRY: 30.0,
        Dimension.REGION: 40.0,
        Dimension.CITY: 1000.0,
        Dimension.PLATFORM: 4.0,
        Dimension.SYMPTOM: 8.0,
        Dimension.NETWORK: 100.0,
        Dimension.AREA: 400.0,
    }


def _tree() -> dict[Dimension, float]:
    return {
        Dimension.SERVICE: 0.38,
        Dimension.COUNTRY: 0.03,
        Dimension.REGION: 0.1,
        Dimension.AREA: 0.3,
        Dimension.CITY: 0.1,
        Dimension.PLATFORM: 0.03,
        Dimension.SYMPTOM: 0.02,
        Dimension.NETWORK: 0.04,
    }


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule in force. Times in minutes, rates in reports per minute, unless a name says more."""

    # Budget (section 1.5 of the design: threshold A = minutes per year / alpha).
    alpha_per_year: float = 0.1
    """False alarms per service and year that are allowed, over all its slices together."""

    # Evidence (1.4).
    rhos: tuple[float, ...] = (2.0, 5.0, 20.0, 100.0)
    """Multiples of the normal rate that are tried as the outage's rate, equally weighted."""
    slowest_outage_rate: float = 0.03
    """The tried rates are multiples of at least this (about two reports an hour)."""
    log_evidence_cap: float = 8.0
    """Most that one minute's reports add (natural log) unless they come from many networks."""
    log_evidence_spread_cap: float = 40.0
    """The same for a minute whose reports are spread over address blocks and networks."""
    log_evidence_limit: float = 70.0
    """Where accumulated evidence stops growing; only keeps numbers finite."""
    dispersion_floor: float = 1.3
    """Variance over mean at rates near zero (households, clumps); pooled, simulation: 1.32."""
    dispersion_r: float = 4.0
    """Negative-binomial size that a service starts from: variance = floor * mu + mu^2 / r."""
    dispersion_prior_minutes: float = 1440.0
    """Weight of that start, in minutes of a busy service."""
    dispersion_half_life: float = 14 * 1440.0

    # Baseline (1.2).
    hour_half_life_weeks: float = 6.0
    """Of what is remembered of an hour of the week."""
    shape_pseudo_reports: float = 25.0
    """Weight of the prior shape against an hour's own reports."""
    first_day_reports: float = 4.0
    """What the default day is worth, in reports: so little is known of a new service's hours."""
    prior_reports: float = 0.5
    prior_per_day: float = 3.0
    """The Gamma prior of a service never reported on: half a report at three a day."""
    robust_knee: float = 2.58
    """Standard deviations above expectation from which an hour teaches less (Noufaily 2013)."""
    always_teaches: float = 2.0
    """Reports in an hour that always teach in full: next to nothing expected, a single report is
    surprising, and a quiet service would never learn its rate."""
    log_sd_prior: float = 0.14
    log_sd_prior_hours: float = 30.0
    """Hour-to-hour wander of the rate, as a standard deviation of its logarithm."""

    # Local level (1.2): how the last two hours compare with the week's usual.
    level_half_life: float = 60.0
    level_pseudo_reports: float = 10.0
    level_least: float = 0.6
    level_most: float = 2.0

    # Level of the last days: growth that the week's memory cannot follow, and holidays.
    day_level_half_life: float = 1440.0
    day_level_pseudo_reports: float = 5.0
    day_level_least: float = 0.5
    day_level_most: float = 8.0
    growth_level: float = 1.5
    growth_errors: float = 2.0
    """A level of the days of this much, and so many standard errors more, is growth: the whole
    week's pattern moves along."""
    growth_from_hours: int = 72
    """Hours of the week that must be known before; what is not learnt yet is no growth."""
    growth_doubt_from: float = 1.25
    """From this level of the days on, its logarithm above is doubt too: the days lag behind."""

    # Upper bound of the normal rate (1.3).
    z: float = 2.0
    """Standard errors by which the normal rate is taken larger than estimated."""
    z_busy: float = 2.5
    busy_per_day: float = 600.0
    """Services with more reports a day than this get the larger factor."""

    # Slices: share of their parent (the country for places, else the service).
    prior_values: dict[Dimension, float] = field(default_factory=_prior_values)
    """Of a slice nobody reported from yet, the share of its parent is taken as 1 over this."""
    share_concentration: float = 50.0
    """Weight of the first guess of a slice's share, in reports of its parent."""
    share_least_reports: float = 0.3
    """What any slice has been seen with at least, however small the guess."""
    least_place_rate: float = 0.25 / 60.0
    """The upper bound of a city or area is never below a report in four hours: a few clumped
    ones from where nobody reports are no outage yet."""
    share_half_life_weeks: float = 6.0
    tree: dict[Dimension, float] = field(default_factory=_tree)
    """Part of a service's evidence that each dimension's slices carry together; sum 1. Areas
    carry most of the slices' part: outages follow places that live together. A network's
    outage must be corroborated by several of its blocks and cities (`corroborating.py`), and the
    whole must have grown: a carrier that renumbers is none."""
    weight_evenly: float = 0.01
    """Part of a dimension's weight that is spread evenly; the rest goes by share, as an outage
    that grows is one that many people can report."""
    weight_power: float = 1.75
    """Within a dimension the weight goes by this power of the share: places of many reporters
    have outages that grow, and five reports from a village are seldom the first of many."""
    unseen_slices: float = 10.0
    """Weight kept for slices that nobody reported from yet, in slices per dimension."""
    echo_reports: float = 0.05
    echo_fades: float = 10.0
    """After a report this many more may follow from the same household or street within about
    this time, at any slice. Against clumps: three reports within three minutes from a village
    are less surprising than from three ends of a city in half an hour."""

    # A history that begins in the middle.
    warm_up: int = 2 * 1440
    """After `begin_midstream` or `begin_unknown` a service learns for this long."""
    unknown_rate: float = 1.0
    """What a service may ordinarily bring while a new server knows nothing of it yet."""

    # An open outage (1.8).
    confirmation: float = 100.0
    """Fresh evidence, of minutes after the declaration alone, that confirms it (100 to 1)."""
    recovery_share_of_peak: float = 0.25
    recovery_times_normal: float = 2.0
    """It is over when the rate is surely below the larger of these two."""
    recovery_least_rate: float = 0.1
    """...and never asked to be below this (six reports an hour)."""
    log_recovery: float = math.log(100.0)
    """Evidence for "below" that ends it: wrong in one of a hundred dips at most."""
    log_receding: float = math.log(10.0)
    """Evidence for "below" at which it is said to recede."""
    shortest_outage: int = 15
    """Never ended sooner after its declaration."""
    shortest_calm: int = 10
    """The winning calm run is at least this long, so that a dip does not end it."""
    peak_window: int = 15
    tail_half_life: float = 30.0
    """After an outage its fading tail is taken as normal, halving in this time."""
    dismissed_half_life: float = 1440.0
    """What an operator called normal is taken as normal, halving in this time."""
    longest_incident_lesson: int = 1440
    """An outage open for longer than this is the new normal: its hours teach again."""

    @property
    def log_threshold(self) -> float:
        """Natural log of A: evidence at which an outage is declared."""
        return math.log(MINUTES_PER_YEAR / self.alpha_per_year)
