""" "Is it me?": what people near one visitor report, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lapwing.outages.detection.surprise import FEW, Sign
from lapwing.outages.model import Dimension
from lapwing.outages.story.arithmetic import rate
from lapwing.outages.story.wording import exact, one_line, sentence

WINDOW_MIN: Final = 20
"""The minutes that are looked at."""

ADVICE: Final = (
    "Reload the page, or close the app and open it again.",
    "Try another network: mobile data in place of Wi-Fi, or the other way round.",
    "Try another device or another browser.",
    "If it still fails, report it: the first reports matter most.",
)


def line(
    where: str, reports: int | None, expected: float, sign: Sign, *, has_problems: bool
) -> str:
    """`In Pune: 14 reports in the last 20 minutes, 0.4 expected: yes, there too.`

    `where` is `In Pune` or `On your network`; `reports` None: fewer than are told.
    """
    many = f"fewer than {FEW}" if reports is None else exact(reports)
    found = {
        Sign.YES: "yes, here too" if has_problems else "yes, more than usual",
        Sign.MAYBE: "perhaps; too few to be sure",
        Sign.NONE: "nothing unusual",
        Sign.TOO_FEW: "too few people report from here to tell",
    }[sign]
    usual = "hardly any" if expected < 0.05 else rate(expected)
    told = f"{one_line(where)}: {many} reports in the last {WINDOW_MIN} minutes, {usual} expected"
    return sentence(f"{told}: {found}")


def telling(lines: Sequence[tuple[Dimension, Sign]]) -> list[Sign]:
    """What speaks for or against trouble near the visitor: of their places the nearest from which
    enough people report, and their network. `lines`: the nearest place first.

    A whole country's trouble may be that of another city, so where a nearer place was asked about
    and is silent for want of people, it is no more than a hint.
    """
    places = [(of, sign) for of, sign in lines if of is not Dimension.NETWORK]
    found = [sign for of, sign in lines if of is Dimension.NETWORK]
    nearest = next(((of, sign) for of, sign in places if sign is not Sign.TOO_FEW), None)
    if nearest is not None:
        of, sign = nearest
        hint = of is Dimension.COUNTRY and sign is Sign.YES and len(places) > 1
        found.insert(0, Sign.MAYBE if hint else sign)
    elif places:
        found.insert(0, Sign.TOO_FEW)
    return found


def headline(name: str, signs: Sequence[Sign], *, has_problems: bool) -> str:
    """The answer in one sentence."""
    name = one_line(name)
    if Sign.YES in signs:
        told = (
            f"It is not just you: {name} fails near you as well"
            if has_problems
            else f"It is not just you: people near you report {name} more than usual"
        )
    elif Sign.MAYBE in signs:
        told = f"Perhaps it is not just you: some people near you report {name}"
    elif Sign.NONE in signs:
        told = (
            f"{name} has problems, but people near you report no more than usual"
            if has_problems
            else f"No sign of trouble with {name} near you: it may be you"
        )
    elif has_problems:
        told = (
            f"{name} has problems; too few people near you report to tell whether it is there too"
        )
    else:
        told = f"Nobody reports more than usual of {name}: it may be you"
    return sentence(told)


def advises(signs: Sequence[Sign], *, has_problems: bool) -> bool:
    """Whether to say what to try: nothing speaks for trouble here."""
    return not has_problems and not {Sign.YES, Sign.MAYBE} & set(signs)
