"""Which requests were answered already: a retry gets the same ids and counts nothing.

Rebuilt from the journal on start, so the rows themselves carry the keys. A single report's row has
its key. Of a batch, the first row and every row whose line does not follow its predecessor's has
`KEY#LINE`; a row without a key behind such a one is the next line of the same batch.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TypeAlias

from lapwing.kernel.refusals import Refusal
from lapwing.outages.journal import ReportsTaken

KEPT_MS = 24 * 3600 * 1000
_KEYS_KEPT = 1_000_000

Subject: TypeAlias = tuple[str, str | None, str | None]
"""Service, symptom and platform of a report. A retry has them in common with the first try; the
place it may not, where that is guessed from a connection that has changed since."""


@dataclass(slots=True)
class _Run:
    """Consecutive lines with consecutive ids."""

    line: int
    first_id: int
    count: int
    subject: int
    """Hash of the `Subject` of the first."""


@dataclass(slots=True)
class _Remembered:
    received_ms: int
    runs: list[_Run] = field(default_factory=list)


class AnsweredRequests:
    """Keys of the last 24 hours; a single report is line 1 of its key."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[str, _Remembered] = OrderedDict()

    def find(self, key: str, subject: Subject) -> int | None:
        """The id that was answered to a single report.

        Raises `Refusal` (`idempotency_key_reused`) where that was one of another subject.
        """
        remembered = self._by_key.get(key)
        if remembered is None:
            return None
        run = remembered.runs[0]
        check_subject(run.subject, subject)
        return run.first_id

    def find_lines(self, key: str) -> dict[int, int]:
        """Line -> id of a batch's accepted lines."""
        remembered = self._by_key.get(key)
        runs = [] if remembered is None else remembered.runs
        return {run.line + k: run.first_id + k for run in runs for k in range(run.count)}

    def learn(self, entry: ReportsTaken) -> None:
        """Remembers what a durable entry says, and forgets what is older than a day."""
        run: _Run | None = None
        for row in entry.rows:
            if row.idempotency_key is None:
                if run is not None:
                    run.count += 1
                continue
            key, of_batch, line = row.idempotency_key.partition("#")
            subject = hash((row.service, row.symptom, row.platform))
            run = _Run(int(line or 1), row.id, 1, subject)
            self._remember(key, run, entry.received_ms)
            if not of_batch:
                run = None
        self._forget_before(entry.received_ms - KEPT_MS)

    def _remember(self, key: str, run: _Run, received_ms: int) -> None:
        remembered = self._by_key.get(key)
        if remembered is None:
            remembered = self._by_key[key] = _Remembered(received_ms)
        remembered.runs.append(run)

    def _forget_before(self, oldest_ms: int) -> None:
        by_key = self._by_key
        while by_key:
            key, remembered = next(iter(by_key.items()))
            if remembered.received_ms >= oldest_ms and len(by_key) <= _KEYS_KEPT:
                return
            del by_key[key]


def check_subject(known: int, subject: Subject) -> None:
    """Raises `Refusal` (`idempotency_key_reused`) unless `known` is the subject's hash."""
    if known != hash(subject):
        raise Refusal(
            "idempotency_key_reused",
            "This Idempotency-Key came with another report already; a new report needs a new key.",
            field="Idempotency-Key",
        )


def row_key(key: str | None, line: int, line_before: int | None) -> str | None:
    """What the row of a batch's `line` carries, when the row before it is of `line_before`."""
    if key is None or (line_before is not None and line == line_before + 1):
        return None
    return f"{key}#{line}"
