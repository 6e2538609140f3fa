"""An explanation's numbers, told as one would tell them across a table."""

from __future__ import annotations

from datetime import timedelta
from math import exp, log

from lapwing.kernel.instants import start_of
from lapwing.outages.detection.explanation import Explanation, NodeArithmetic, OpenOutage, Verdict
from lapwing.outages.model import Dimension
from lapwing.outages.story.wording import exact, one_line, percent, sentence


def tell(name: str, found: Explanation) -> tuple[str, ...]:
    """Sentences, the answer first. Times are UTC."""
    whole = found.nodes[0]
    lines = [_verdict(one_line(name), found), _minute(whole), _evidence(found), _where(found)]
    lines.append(_held_back(found))
    return tuple(sentence(line) for line in lines if line)


def _verdict(name: str, found: Explanation) -> str:
    match found.verdict:
        case Verdict.DECLARED:
            new = next(one for one in found.outages if one.declared_minute == found.minute)
            return f"{_outage(name, new)} was declared when this minute ended"
        case Verdict.OPEN:
            first = found.outages[0]
            return (
                f"{_outage(name, first)} was open, declared at {_clock(first.declared_minute + 1)}"
            )
        case Verdict.LEARNING:
            until = start_of(found.learns_until_minute or found.minute)
            return (
                f"Nothing was declared: until {until.day} {until:%B, %H:%M} UTC Lapwing only"
                f" learns what is ordinary for {name}"
            )
        case Verdict.ENOUGH:
            return f"The evidence on {name} is at its threshold"
        case Verdict.HELD_BACK:
            return (
                f"Nothing was declared: the evidence on {name} is enough, but fewer than three"
                " networks tell of it, so it is held back"
            )
        case _:
            return f"Nothing was declared: the evidence on {name} is below its threshold"


def _outage(name: str, outage: OpenOutage) -> str:
    where = "" if outage.dimension == "service" else f" ({one_line(outage.label)})"
    return f"An outage of {name}{where}"


def _held_back(found: Explanation) -> str:
    """Beside an outage that is open already."""
    if not found.held_back or found.verdict is Verdict.HELD_BACK:
        return ""
    return (
        "Another slice has enough evidence as well, but fewer than three networks tell of it, so it"
        " is held back"
    )


def _minute(whole: NodeArithmetic) -> str:
    reports = f"{exact(whole.observed)} {'report' if whole.observed == 1 else 'reports'}"
    return (
        f"{reports} in this minute; {rate(whole.expected)} expected, and at most"
        f" {rate(whole.upper)} on average in ordinary minutes"
    )


def _evidence(found: Explanation) -> str:
    beside = "reaches" if found.evidence >= found.threshold else "does not reach"
    return (
        f"All evidence together is {odds(found.evidence)}; that {beside} the threshold of"
        f" {odds(found.threshold)}"
    )


def _where(found: Explanation) -> str:
    heaviest = max(found.nodes, key=lambda node: node.evidence)
    if heaviest.evidence <= 0.0:
        return ""
    place = _named(heaviest)
    told = f"Most of it, {percent(heaviest.share)}, comes from {place}"
    if heaviest.run_start_minute is None:
        return told
    return (
        f"{told}: {exact(heaviest.run_reports)} reports since"
        f" {_clock(heaviest.run_start_minute)}, where {rate(heaviest.run_expected)} were expected"
    )


def _named(node: NodeArithmetic) -> str:
    match node.dimension:
        case Dimension.SERVICE:
            return "the service as a whole"
        case Dimension.AREA:
            return f"the {node.label}"
        case _:
            return node.label


def rate(number: float) -> str:
    """`2.1`, `0.04`, `340`."""
    if number >= 100:
        return exact(round(number))
    if number >= 1:
        return f"{number:.1f}"
    return f"{number:.2g}" if number >= 0.001 else "under 0.001"


def odds(evidence: float) -> str:
    """`8,400,000 to 1`; beyond what can be read, `1 followed by 20 zeros to 1`."""
    if evidence < 0.1:
        return "under 0.1 to 1"
    if evidence < 10:
        return f"{evidence:.1f} to 1"
    if evidence < 1e12:
        return f"{_rounded(evidence)} to 1"
    zeros = len(str(round(evidence))) - 1
    return f"more than 1 with {zeros} zeros to 1"


def log_odds(log_evidence: float) -> str:
    """The same from its natural logarithm."""
    return odds(exp(min(log_evidence, 700.0)))


def plain(evidence: float) -> str:
    """The same without "to 1", for a table's cell."""
    return odds(evidence).removesuffix(" to 1").removeprefix("more than ")


def log_of(evidence: float) -> str:
    """Natural logarithm; a dash for nothing."""
    return f"{log(evidence):.1f}".replace("-", "−") if evidence > 0.0 else "–"


def weight(part: float) -> str:
    """`0.4`, `0.0031`."""
    return f"{part:.2g}" if part >= 1e-4 else "under 0.0001"


def part(share: float) -> str:
    """`97.7 %`."""
    return "under 0.1 %" if share < 0.001 else f"{share:.1%}".replace("%", " %")


def _rounded(number: float) -> str:
    """To four figures."""
    whole = round(number)
    unit = 10 ** max(0, len(str(whole)) - 4)
    return exact(round(whole / unit) * unit)


def _clock(minute: int) -> str:
    return f"{start_of(minute):%H:%M} UTC"


def span_of(found: Explanation) -> str:
    """`21 December 2023, 05:08 to 05:09 UTC`."""
    start = start_of(found.minute)
    return f"{start.day} {start:%B %Y, %H:%M} to {start + timedelta(minutes=1):%H:%M} UTC"
