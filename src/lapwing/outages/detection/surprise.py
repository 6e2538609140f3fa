"""How surprising a count is where one visitor is: a single look, not the watch's evidence."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from scipy.special import betainc

from lapwing.outages.detection.rule import Rule

FEW: Final = 3
"""Fewer reports than this are told to nobody, and speak neither way."""

_DOUBT: Final = 1.5
"""What is expected of a small place is known no better than that."""
_STRAY: Final = 0.2
"""Reports that may come from anywhere without meaning anything."""
_YES: Final = 0.001
_MAYBE: Final = 0.02
_YES_KNOWN: Final = 0.02
_MAYBE_KNOWN: Final = 0.1
"""The same where the service has problems anyway, so that less is needed to believe it here."""
_TELLING: Final = 5.0
"""An outage that is felt here would bring so many times what is expected..."""


class Sign(StrEnum):
    YES = "yes"
    MAYBE = "maybe"
    NONE = "none"
    TOO_FEW = "too_few"
    """Too few people report from there, with or without trouble, for their silence to mean
    anything."""


def sign_of(reports: int, expected: float, *, has_problems: bool, rule: Rule) -> Sign:
    """Whether so many reports speak for trouble where `expected` are usual in the same time.

    `has_problems`: an outage of the service is open, wherever. The answer is the same for any
    number below `FEW`, so that it tells nothing of single persons.
    """
    yes, maybe = (_YES_KNOWN, _MAYBE_KNOWN) if has_problems else (_YES, _MAYBE)
    if reports >= FEW:
        chance = chance_of(reports, expected, rule)
        if chance < yes:
            return Sign.YES
        if chance < maybe:
            return Sign.MAYBE
    return Sign.NONE if _TELLING * expected >= FEW else Sign.TOO_FEW


def chance_of(reports: int, expected: float, rule: Rule) -> float:
    """Probability of so many reports (1 or more) or more while all is as usual.

    A negative binomial with the rule's first guess of the dispersion, as if the wander of the
    whole time were that of one minute: more than there is, on the careful side.
    """
    mean = _DOUBT * expected + _STRAY
    dispersion = rule.dispersion_floor + mean / rule.dispersion_r
    size = mean / (dispersion - 1.0)
    return float(betainc(reports, size, 1.0 - 1.0 / dispersion))
