"""Which arrays the detector keeps: one row per node, per profile, per service and per outage.

A profile is an hour-of-week baseline; services and countries have their own, every other slice
takes a share of its country's or its service's. Outages have a row while they are open and while
they fade; rows of those that are gone are used again.
"""

from __future__ import annotations

from collections.abc import Iterable

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
FREE, OPEN, FADING = 0, 1, 2
"""What an outage's row is: unused, followed, or over but not forgotten."""


def node_columns(rule: Rule) -> dict[str, Column]:
    tried = (len(rule.rhos),)
    return {
        "service": Column("i4"),
        "dimension": Column("i1"),
        "key": Column("i8"),  # checksum of dimension and value: finds mixed-up checkpoints
        "country": Column("i8"),  # keys of the slices that it lies in, a place's own among them;
        "region": Column("i8"),  # 0: not known, or no place
        "area": Column("i8"),
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
        "explained": Column("?"),  # an open local outage may be what is reported here
        "left": Column("f4", fill=1.0),  # part of its normal rate that is no open local outage's
        "tail": Column("f4"),  # rate per minute that outages which are over may bring besides
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
        "upper": Column("f8"),  # upper bound of its normal rate, whatever is open or fading
        "tolerance": Column("f8", fill=1.0),  # factor on what is normal, after an outage of it all
        "tolerance_half_life": Column("f8", fill=rule.tail_half_life),
        "level_from": Column("i4"),
        "tainted": Column("?", (HOURS_KEPT,)),
        "open": Column("?"),  # any outage of it
        "whole": Column("?"),  # an outage of the service as a whole
    }


def outage_columns(rule: Rule) -> dict[str, Column]:
    tried = len(rule.rhos)
    return {
        "state": Column("i1", fill=FREE),
        "service": Column("i4", fill=-1),
        "node": Column("i4", fill=-1),  # the service's own: it is everywhere
        "onset": Column("i4"),
        "declared": Column("i4"),
        "ended": Column("i4"),
        "log_evidence": Column("f8"),  # the service's, at the declaration; 0: an operator's word
        "weight": Column("f8"),  # of the node, at the declaration
        "confirmed": Column("?"),
        "receding": Column("?"),
        "recent": Column("f8", (PEAK_MINUTES,)),
        "peak": Column("f8"),
        "calm": Column("f8"),
        "calm_start": Column("i4"),
        "fresh": Column("f8", (tried,)),
        "teaches": Column("?"),  # an operator's word that this is normal
        "tail": Column("f8"),  # rate per minute that a local one may still bring
        "half_life": Column("f8", fill=rule.tail_half_life),  # of the tail
    }


class Tables:
    """All that the detector keeps; rows of nodes, profiles and services are their numbers."""

    def __init__(self, rule: Rule) -> None:
        self.nodes = Columns(node_columns(rule))
        self.profiles = Columns(profile_columns())
        self.services = Columns(service_columns(rule))
        self.outages = Columns(outage_columns(rule))
        self._rows: dict[int, IntArray] = {}

    def by_name(self) -> dict[str, Columns]:
        return self.numbered() | {"outages": self.outages}

    def numbered(self) -> dict[str, Columns]:
        """Those whose rows mean the same as long as it runs."""
        return {"nodes": self.nodes, "profiles": self.profiles, "services": self.services}

    def rows_of(self, service: int) -> IntArray:
        """A service's nodes, in the order of their numbers; not to be written to."""
        rows = self._rows.get(service)
        if rows is None:
            rows = self._rows[service] = np.flatnonzero(self.nodes["service"] == service)
            rows.setflags(write=False)
        return rows

    def forget_rows(self, services: Iterable[int]) -> None:
        """These services have new nodes."""
        for service in services:
            self._rows.pop(service, None)

    def own(self, service: int) -> int:
        """The node of the service as a whole."""
        return int(self.services["node"][service])
