"""Which arrays the detector keeps: one row per node, per profile and per service.

A profile is an hour-of-week baseline; services and countries have their own, every other slice
takes a share of its country's or its service's.
"""

from __future__ import annotations

import numpy as np

from lapwing.outages.detection.columns import Column, Columns
from lapwing.outages.detection.model import IntArray
from lapwing.outages.detection.rule import DIMENSIONS, Rule

BLOCK = 10
"""Minutes between two refreshes of the expected rates."""
BLOCKS_KEPT = 3
"""A block's counts enter the local level when two more have passed: 20 minutes late."""
HOURS_KEPT = 3
"""An hour teaches the baseline when two more have passed."""
HOURS_A_WEEK = 168
PEAK_MINUTES = 15
NEVER = -(1 << 30)
TRACKED = 2
"""Nodes whose counts an open outage is followed by: the service's own and the heaviest."""


def node_columns(rule: Rule) -> dict[str, Column]:
    tried = (len(rule.rhos),)
    return {
        "service": Column("i4"),
        "dimension": Column("i1"),
        "key": Column("i8"),  # checksum of dimension and value: finds mixed-up checkpoints
        "profile": Column("i4"),  # its own, or the one it takes a share of
        "own": Column("?"),
        "prior_share": Column("f4", fill=1.0),
        "learned": Column("f8"),  # reports, decayed; over its profile's node: the share
        "level_seen": Column("f4"),
        "blocks": Column("f4", (BLOCKS_KEPT,)),
        "hours": Column("f4", (HOURS_KEPT,)),
        "mid": Column("f8"),  # expected reports per minute
        "mu0": Column("f8", fill=1.0),  # upper bound of it
        "weight": Column("f8"),
        "empty": Column("f8", tried, fill=-1.0),  # log e_j(0)
        "rest": Column("f8", tried),  # what R_j tends to while nobody reports
        "sr": Column("f8", tried),  # accumulated evidence R_j, as of `tick`
        "cusum": Column("f8", tried),
        "start": Column("i4", tried),  # minute in which the running CUSUM excursion began
        "tick": Column("i4"),
        "reported": Column("i4", fill=NEVER),  # tick of the last minute with reports
    }


def profile_columns() -> dict[str, Column]:
    return {
        "node": Column("i4"),
        "service": Column("i4"),
        "parent": Column("i4", fill=-1),  # the service's profile; -1 for that itself
        "zone": Column("i4", fill=-1),
        "reports": Column("f4", (HOURS_A_WEEK,)),
        "minutes": Column("f4", (HOURS_A_WEEK,)),
        "near": Column("f8", (3,)),  # rate of the last, this and the next hour
        "effective": Column("f8", fill=1.0),  # reports behind these
        "rate": Column("f8"),  # of the week's pattern, now
        "level": Column("f8", fill=1.0),
        "level_seen": Column("f8"),
        "level_expected": Column("f8"),
        "lagged": Column("f8", (BLOCKS_KEPT,)),
        "day_level": Column("f8", fill=1.0),  # how the last days compare with the pattern
        "day_seen": Column("f8"),
        "day_expected": Column("f8"),
        "log_sd_sum": Column("f8"),
        "log_sd_count": Column("f8"),
    }


def service_columns(rule: Rule) -> dict[str, Column]:
    tried = len(rule.rhos)
    return {
        "node": Column("i4"),
        "profile": Column("i4"),
        "evidence": Column("f8"),
        "excess_square": Column("f8"),
        "mean_square": Column("f8"),
        "inverse_r": Column("f8", fill=1.0 / rule.dispersion_r),
        "group_mid": Column("f8", (len(DIMENSIONS),)),
        "group_count": Column("f8", (len(DIMENSIONS),)),
        "learns_until": Column("i4"),
        "tentative": Column("?"),  # while it learns: only the whole may be declared
        "tolerance": Column("f8", fill=1.0),  # factor on what is normal, after an outage
        "tail": Column("f8"),  # rate per minute that its slice may bring besides
        "tolerance_half_life": Column("f8", fill=rule.tail_half_life),
        "level_from": Column("i4"),
        "tainted": Column("?", (HOURS_KEPT,)),
        # The open outage, or the last one.
        "open": Column("?"),
        "onset": Column("i4"),
        "declared": Column("i4"),
        "confirmed": Column("?"),
        "receding": Column("?"),
        "tracked": Column("i4", (TRACKED,), fill=-1),
        "recent": Column("f8", (TRACKED, PEAK_MINUTES)),
        "peak": Column("f8", (TRACKED,)),
        "calm": Column("f8", (TRACKED,)),
        "calm_start": Column("i4", (TRACKED,)),
        "fresh": Column("f8", (TRACKED, tried)),
    }


class Tables:
    """All that the detector keeps of nodes, profiles and services; rows are their numbers."""

    def __init__(self, rule: Rule) -> None:
        self.nodes = Columns(node_columns(rule))
        self.profiles = Columns(profile_columns())
        self.services = Columns(service_columns(rule))

    def by_name(self) -> dict[str, Columns]:
        return {"nodes": self.nodes, "profiles": self.profiles, "services": self.services}

    def rows_of(self, service: int) -> IntArray:
        """A service's nodes, in the order of their numbers."""
        return np.flatnonzero(self.nodes["service"] == service)
