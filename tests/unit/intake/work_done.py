"""Does what a browser does for a challenge."""

from __future__ import annotations

from itertools import count

from lapwing.outages.intake.proof_of_work import Challenge, is_done


def work_for(challenge: Challenge) -> str:
    number = next(n for n in count() if is_done(challenge.seed, str(n), challenge.bits))
    return f"{challenge.ticket}.{number}"
