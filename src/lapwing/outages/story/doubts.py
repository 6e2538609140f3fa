"""What speaks against an outage's reports, said plainly."""

from __future__ import annotations

from lapwing.outages.detection.concentration import Concentration, OutOfLine
from lapwing.outages.story.wording import listed, percent

CANNOT_TELL = "Reports alone cannot tell a well-made local flood from a local outage."


def doubts(
    concentration: Concentration | None, one_network: str | None = None, *, held: bool = True
) -> str:
    """A few sentences, or nothing where there is no doubt.

    `one_network`: the network's name, where the outage is told as that of one network. `held`: it
    stays suspected for that.
    """
    suspicious = concentration is not None and concentration.suspicious
    said = []
    if one_network is not None:
        said.append(
            f"Only {one_network} is known to be affected: several of its address blocks and places"
            " report, and the service as a whole has more reports than usual."
        )
    if concentration is not None and suspicious:
        parts = [_reason(name, concentration) for name in concentration.out_of_line]
        said.append(f"These reports are unlike those that usually come: {listed(parts)}.")
        if held:
            said.append(
                "So this is held as suspected, and more reports of that kind do not confirm it."
            )
    return " ".join([*said, CANNOT_TELL]) if said else ""


def _reason(name: OutOfLine, concentration: Concentration) -> str:
    match name:
        case "network":
            return (
                f"{percent(concentration.largest_network)} of what is above normal come from one"
                f" network, which usually has {percent(concentration.largest_network_usual)}"
            )
        case "block":
            return f"{percent(concentration.largest_block)} come from one address block"
        case "strangers":
            return (
                f"{percent(concentration.strangers)} come from networks that hardly ever reported"
                " here before"
            )
