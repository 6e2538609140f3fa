"""How much of an outage's excess a few networks and address blocks bring, beside what is usual."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec
import numpy as np

from lapwing.outages.detection.model import FloatArray, IntArray

JUDGED_FROM: Final = 10
"""Reports of known networks below which nothing is called out of line."""
_NETWORK_PART: Final = 0.5
_BLOCK_PART: Final = 0.25
_STRANGERS_PART: Final = 0.5
_TIMES_USUAL: Final = 3.0


OutOfLine: TypeAlias = Literal["network", "block", "strangers"]


class Concentration(msgspec.Struct, frozen=True):
    """Parts of an outage's excess, 0 to 1."""

    known_reports: int
    """Counted reports whose network is known; what follows speaks of these."""
    largest_network: float
    largest_network_usual: float
    """That network's usual part of the reports there."""
    largest_block: float
    effective_networks: float
    """1 / sum of the squared parts: as many equal networks would be as concentrated."""
    effective_networks_usual: float
    strangers: float
    """Brought by networks that hardly ever reported on this server."""
    strangers_usual: float
    out_of_line: tuple[OutOfLine, ...] = ()
    """What is, beside what is usual; the rule is `concentration`'s."""
    suspicious: bool = False
    """Anything is out of line: it stays suspected, whatever the statistics say."""


def concentration(
    networks: IntArray,
    usual: FloatArray,
    expected: float,
    blocks: IntArray,
    usual_blocks: FloatArray,
    strange: FloatArray,
    *,
    one_network: bool = False,
) -> Concentration:
    """Of the reports counted since the onset.

    `networks` are reports by network and `usual` these networks' usual parts (sum at most 1),
    `strange` 0 to 1 by network; `blocks` and `usual_blocks` the same by address block; `expected`
    is how many such reports would be usual in that time. `one_network`: the outage is told as
    that of one network, so that only its blocks are judged.

    Suspicious, from ten reports on, if more than three times what is usual comes from one network
    that brings over half of the excess, from one block that brings over a quarter of it, or from
    strangers who bring over half of it.
    """
    parts = _excess_parts(networks, usual, expected)
    of_blocks = _excess_parts(blocks, usual_blocks, expected)
    known = int(networks.sum())
    most = int(np.argmax(parts)) if len(parts) else None
    block = int(np.argmax(of_blocks)) if len(of_blocks) else None
    network_part = 0.0 if most is None else float(parts[most])
    network_usual = 0.0 if most is None else float(usual[most])
    block_part = 0.0 if block is None else float(of_blocks[block])
    block_usual = 0.0 if block is None else float(usual_blocks[block])
    strangers, strangers_usual = float(parts @ strange), float(usual @ strange)
    judged: list[tuple[OutOfLine, bool]] = [
        ("network", not one_network and _out_of_line(network_part, network_usual, _NETWORK_PART)),
        ("block", _out_of_line(block_part, block_usual, _BLOCK_PART)),
        ("strangers", _out_of_line(strangers, strangers_usual, _STRANGERS_PART)),
    ]
    out_of_line = tuple(name for name, is_so in judged if is_so and known >= JUDGED_FROM)
    return Concentration(
        known_reports=known,
        largest_network=round(network_part, 4),
        largest_network_usual=round(network_usual, 4),
        largest_block=round(block_part, 4),
        effective_networks=round(_effective(parts), 2),
        effective_networks_usual=round(_effective(usual), 2),
        strangers=round(strangers, 4),
        strangers_usual=round(strangers_usual, 4),
        out_of_line=out_of_line,
        suspicious=bool(out_of_line),
    )


def _out_of_line(part: float, usual: float, least: float) -> bool:
    return part > least and part > _TIMES_USUAL * usual


def _excess_parts(counts: IntArray, usual: FloatArray, expected: float) -> FloatArray:
    """Each one's part of what is above its usual; all zero where nothing is."""
    above = np.maximum(counts - usual * expected, 0.0)
    out: FloatArray = above / max(float(above.sum()), 1e-9)
    return out


def _effective(parts: FloatArray) -> float:
    """0 where there is none."""
    whole = float(parts.sum())
    return whole * whole / float((parts**2).sum()) if whole > 0.0 else 0.0
