"""Where every report comes in: checked, limited, written down, and only then acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol, TypeAlias
from weakref import WeakValueDictionary

import msgspec

from lapwing.kernel.ids import IdSequence
from lapwing.kernel.instants import to_ms
from lapwing.kernel.refusals import Refusal, TooMany
from lapwing.outages.intake.idempotency import (
    KEPT_MS,
    AnsweredRequests,
    Subject,
    check_subject,
    row_key,
)
from lapwing.outages.intake.limits import Limits
from lapwing.outages.intake.proof_of_work import Gate
from lapwing.outages.intake.reporter_keys import Address, ReporterKeys, person_of
from lapwing.outages.intake.submission import (
    WORD_LENGTH,
    FindsServices,
    ReportInput,
    Resolver,
    ResolvesPlaces,
    at_ms_of,
    cleaned,
    refusal_of,
    text_of,
    too_long,
)
from lapwing.outages.journal import BackfillEnded, Journal, ReportsTaken
from lapwing.outages.model import ReportRow
from lapwing.ports.clock import Clock
from lapwing.ports.journal import Position

BATCH_LINES: Final = 10_000
LINE_BYTES: Final = 16_384

_LINES_AT_A_TIME: Final = 1000
"""After as many the other tasks have their turn, so that no page waits for a batch."""
_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}(/[0-9]+)?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:.*")

_decoder: Final = msgspec.json.Decoder(ReportInput)


class IntakeJournal(Journal, Protocol):
    """The journal, and where in it a day begins."""

    def position_before(self, at_ms: int) -> Position: ...


class Geography(Protocol):
    """What an address tells by itself."""

    def country_of(self, address: Address) -> str | None: ...

    def network_of(self, address: Address) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Sender:
    """Somebody of the public. `cookie` is the random one that the browser has or gets now;
    `known_by_cookie`: it had it already."""

    address: Address | None
    cookie: str
    known_by_cookie: bool


class Receipt(msgspec.Struct, frozen=True):
    """A report is on disk."""

    id: str
    notes: tuple[str, ...] = ()
    """`city_unknown`: counted for its region or country; `far_from_cities`: likewise."""


class LineError(msgspec.Struct, frozen=True):
    code: str
    message: str
    field: str | None = None


class LineAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to one line of a batch: an id or an error."""

    line: int
    id: str | None = None
    error: LineError | None = None
    notes: tuple[str, ...] = ()


_Rest: TypeAlias = tuple[object, ...]


class _Waiting:
    """A report on its way into the journal; `fields` are those of its row behind `at_ms`."""

    __slots__ = ("at_ms", "done", "fields", "key")

    def __init__(
        self, fields: _Rest, at_ms: int | None, key: str | None, done: asyncio.Future[int]
    ) -> None:
        self.fields = fields
        self.at_ms = at_ms
        self.key = key
        self.done = done


class IntakeDesk:
    """One per process. Its methods raise `Refusal`, `TooMany` and `Unavailable`."""

    def __init__(
        self,
        *,
        catalogue: FindsServices,
        gazetteer: ResolvesPlaces,
        geography: Geography,
        keys: ReporterKeys,
        limits: Limits,
        journal: IntakeJournal,
        clock: Clock,
        examined: Callable[[], Awaitable[None]] | None = None,
        gate: Gate | None = None,
    ) -> None:
        """`examined` returns when no backfill waits to be examined any more; `gate` asks for work
        while there is an attack."""
        self._examined = examined
        self._gate = gate
        self._resolver = Resolver(catalogue, gazetteer)
        self._catalogue = catalogue
        self._geography = geography
        self._keys = keys
        self._limits = limits
        self._journal = journal
        self._clock = clock
        self._ids = IdSequence()
        self._answered = AnsweredRequests()
        self._waiting: list[_Waiting] = []
        self._on_the_way: dict[str, tuple[int, asyncio.Future[int]]] = {}
        """Key -> hash of the report's subject, and the id when it is on disk."""
        self._batches: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._recording: asyncio.Task[None] | None = None

    def recall(self) -> None:
        """Learns from the journal which requests of the last day are answered. Call at start."""
        since_ms = to_ms(self._clock.now()) - KEPT_MS
        last_id = 0
        for _, entry in self._journal.read(self._journal.position_before(since_ms)):
            if isinstance(entry, ReportsTaken):
                self._answered.learn(entry)
                last_id = max(last_id, entry.rows[-1].id if entry.rows else 0)
        self._ids = IdSequence(last_id)

    def turn_keys(self) -> None:
        """Destroys reporter keys that are due. Call at least hourly."""
        self._keys.turn(self._clock.now())

    async def take_public(
        self,
        given: ReportInput,
        sender: Sender,
        idempotency_key: str | None = None,
        *,
        work: str | None = None,
        by_form: bool = False,
    ) -> Receipt:
        """A report of the public: who and from where its connection says. `work` is what was done
        for a challenge; `by_form`: by a browser that cannot."""
        for field in ("at", "reporter", "network"):
            if getattr(given, field) is not None:
                raise Refusal("operator_only", f"{field} needs an operator's token.", field=field)
        now = self._clock.now()
        address = sender.address
        guess = None if address is None else self._geography.country_of(address)
        resolved = self._resolver.resolve(given, guess)
        text = text_of(given.text)
        reporter, before = self._keys.reporter(person_of(address, sender.cookie), now)
        keys = self._public_keys(idempotency_key, sender, now)
        answered = await self._find_answered(keys, resolved[:3])
        if answered is not None:
            return _receipt(answered, resolved.note)
        network = block = None
        if address is not None:
            network = self._geography.network_of(address) or self._keys.network(address)
            block = self._keys.block(address)
        if self._gate is not None:
            self._gate.check(resolved.service, work, block, to_ms(now), by_form=by_form)
        self._check_limits(reporter, before, network, to_ms(now))
        fields = (
            *resolved[:6],
            reporter,
            before,
            network,
            block,
            False,
            text,
            keys[0] if keys else None,
        )
        report_id = await self._record(fields, None, keys[0] if keys else None)
        return _receipt(report_id, resolved.note)

    def slug_of(self, named: str) -> str:
        """Of the service with this slug, name or alias; refuses (`unknown_service`)."""
        return self._resolver.service(named).slug

    def _check_limits(
        self, reporter: str, before: str | None, network: str | None, now_ms: int
    ) -> None:
        try:
            self._limits.take(reporter, before, network, now_ms)
        except TooMany:
            if self._gate is not None:
                self._gate.limited(now_ms)
            raise

    async def take_operators(
        self, given: ReportInput, operator: str, idempotency_key: str | None = None
    ) -> Receipt:
        """One report by an operator's token."""
        key = self._operator_key(operator, idempotency_key)
        now = self._clock.now()
        at_ms, fields, note = self._operator_fields(given, now, to_ms(now), key)
        if key is not None:
            subject = self._resolver.resolve(given)[:3]
            answered = await self._find_answered([key], subject)
            if answered is not None:
                return _receipt(answered, note)
        return _receipt(await self._record(fields, at_ms, key), note)

    async def take_batch(
        self, body: bytes, operator: str, idempotency_key: str | None = None
    ) -> list[LineAnswer]:
        """Reports by an operator's token, a JSON object a line; blank lines are skipped.

        Every line is answered by itself and the good ones are kept together, in one entry. With
        an idempotency key, lines that were taken before get the ids that they have.
        """
        lines = _decode_lines(body)
        key = self._operator_key(operator, idempotency_key)
        if key is None:
            return await self._take_lines(lines, None)
        lock = self._batches.setdefault(key, asyncio.Lock())
        async with lock:
            return await self._take_lines(lines, key)

    async def end_backfill(self, services: Sequence[str]) -> list[str]:
        """Says that all reports of the past are in; returns when the services were examined."""
        if not services:
            raise Refusal("no_services", "Name at least one service.", field="services")
        named = sorted({self._resolver.service(text).slug for text in services})
        await self._journal.append(BackfillEnded(to_ms(self._clock.now()), named))
        if self._examined is not None:
            await self._examined()
        return named

    def _operator_key(self, operator: str, idempotency_key: str | None) -> str | None:
        if idempotency_key is None:
            return None
        _check_key(idempotency_key)
        return self._keys.operator_words(f"{operator}\n{idempotency_key}")

    def _operator_fields(
        self, given: ReportInput, now: datetime, now_ms: int, key: str | None
    ) -> tuple[int | None, _Rest, str | None]:
        """The report's own time, the fields of its row behind the time, and a note."""
        resolved = self._resolver.resolve(given)
        at_ms = None if given.at is None else at_ms_of(given.at, now_ms)
        reporter = before = None
        network = _network_word(given.network) if given.network else None
        if given.reporter:
            if len(given.reporter) > WORD_LENGTH:
                raise too_long("reporter", WORD_LENGTH)
            person = b"operator|" + given.reporter.encode()
            reporter, before = self._keys.reporter(person, now)
        trusted = reporter is None and network is None
        text = text_of(given.text)
        fields = (*resolved[:6], reporter, before, network, None, trusted, text, key)
        return at_ms, fields, resolved.note

    async def _take_lines(
        self, lines: Sequence[tuple[int, ReportInput | Refusal]], key: str | None
    ) -> list[LineAnswer]:
        taken_before = {} if key is None else self._answered.find_lines(key)
        now = self._clock.now()
        now_ms = to_ms(now)
        answers: list[LineAnswer] = []
        drafts: list[tuple[int, int, _Rest]] = []
        line_before: int | None = None
        for count, (line, given) in enumerate(lines, start=1):
            if count % _LINES_AT_A_TIME == 0:
                await asyncio.sleep(0)
            if line in taken_before:
                answers.append(LineAnswer(line, str(taken_before[line])))
                continue
            try:
                if isinstance(given, Refusal):
                    raise given
                at_ms, fields, note = self._operator_fields(
                    given, now, now_ms, row_key(key, line, line_before)
                )
            except Refusal as no:
                answers.append(LineAnswer(line, error=LineError(no.code, no.message, no.field)))
                continue
            drafts.append((len(answers), now_ms if at_ms is None else at_ms, fields))
            answers.append(LineAnswer(line, notes=() if note is None else (note,)))
            line_before = line
        if drafts:
            await self._write(drafts, answers)
        return answers

    async def _write(self, drafts: list[tuple[int, int, _Rest]], answers: list[LineAnswer]) -> None:
        """Puts all rows down in one entry and their ids into the answers."""
        received_ms = to_ms(self._clock.now())
        first_id = self._ids.take(received_ms, len(drafts))
        rows = [
            ReportRow(report_id, at_ms, *fields)  # type: ignore[arg-type]  # built in their order
            for report_id, (_, at_ms, fields) in enumerate(drafts, start=first_id)
        ]
        entry = ReportsTaken(received_ms, rows)
        await self._journal.append(entry)
        self._answered.learn(entry)
        for report_id, (index, _, _) in enumerate(drafts, start=first_id):
            said = answers[index]
            answers[index] = LineAnswer(said.line, str(report_id), None, said.notes)

    def _public_keys(self, idempotency_key: str | None, sender: Sender, now: datetime) -> list[str]:
        """Under what this request may be remembered, the form in which it will be first.

        A key is only good within the browser that sent it, or, where it had no cookie yet, within
        its address; the retry of such a request may bring the cookie that the first one got.
        """
        if idempotency_key is None:
            return []
        _check_key(idempotency_key)
        owners = [person_of(sender.address, "")]
        if sender.known_by_cookie:
            owners.insert(0, person_of(None, sender.cookie))
        words = b"\n" + idempotency_key.encode("utf-8", "surrogatepass")
        hashes = [self._keys.reporter(owner + words, now) for owner in owners]
        return [key for pair in hashes for key in pair if key is not None]

    async def _find_answered(self, keys: Sequence[str], subject: Subject) -> int | None:
        """The id that this request was answered with, or will be when it is on disk."""
        for each in keys:
            on_the_way = self._on_the_way.get(each)
            if on_the_way is not None:
                check_subject(on_the_way[0], subject)
                return await asyncio.shield(on_the_way[1])
            answered = self._answered.find(each, subject)
            if answered is not None:
                return answered
        return None

    async def _record(self, fields: _Rest, at_ms: int | None, key: str | None) -> int:
        """Waits until the report is on disk; those that wait together become one entry."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(fields, at_ms, key, done))
        if key is not None:
            self._on_the_way[key] = (hash(fields[:3]), done)
        if self._recording is None:
            self._recording = asyncio.create_task(self._record_waiting())
        return await asyncio.shield(done) if key is not None else await done

    async def _record_waiting(self) -> None:
        """A report's own time is that of its entry, so the journal's order is that of time."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            now_ms = to_ms(self._clock.now())
            first_id = self._ids.take(now_ms, len(waiting))
            rows = [
                ReportRow(report_id, now_ms if each.at_ms is None else each.at_ms, *each.fields)  # type: ignore[arg-type]  # built in their order
                for report_id, each in zip(itertools.count(first_id), waiting, strict=False)
            ]
            entry = ReportsTaken(now_ms, rows)
            try:
                await self._journal.append(entry)
            except Exception as error:
                self._settle(waiting, None, error)
            else:
                self._answered.learn(entry)
                self._settle(waiting, first_id, None)
        self._recording = None

    def _settle(
        self, waiting: list[_Waiting], first_id: int | None, error: Exception | None
    ) -> None:
        for index, each in enumerate(waiting):
            if each.key is not None:
                self._on_the_way.pop(each.key, None)
            if each.done.done():
                continue
            if first_id is not None:
                each.done.set_result(first_id + index)
            elif error is not None:
                each.done.set_exception(error)


def decode_report(body: bytes) -> ReportInput:
    """A report sent as JSON; raises `Refusal`."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise refusal_of(error) from None


def _decode_lines(body: bytes) -> list[tuple[int, ReportInput | Refusal]]:
    """Line numbers (from 1) with what stands there. Refuses a batch that is too long."""
    count = body.count(b"\n") + (not body.endswith(b"\n"))
    if count > 2 * BATCH_LINES:
        raise _too_many_lines()
    try:
        good = _decoder.decode_lines(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        good = []
    if len(good) == count:
        if count > BATCH_LINES:
            raise _too_many_lines()
        return list(enumerate(good, start=1))
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if len(lines) > BATCH_LINES:
        raise _too_many_lines()
    return [(number, _decode_line(line)) for number, line in lines]


def _decode_line(line: bytes) -> ReportInput | Refusal:
    if len(line) > LINE_BYTES:
        return Refusal("line_too_long", f"A line may have at most {LINE_BYTES} bytes.")
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return refusal_of(error)


def _too_many_lines() -> Refusal:
    return Refusal("too_large", f"A batch may have at most {BATCH_LINES} lines; send several.")


def _check_key(idempotency_key: str) -> None:
    if not 0 < len(idempotency_key) <= WORD_LENGTH:
        raise Refusal(
            "invalid_idempotency_key",
            f"An Idempotency-Key has 1 to {WORD_LENGTH} characters.",
            field="Idempotency-Key",
        )


@lru_cache(maxsize=4096)
def _network_word(network: str) -> str | None:
    """A network's name as pages may show it; None where nothing is left of it."""
    network = cleaned(network)
    if len(network) > WORD_LENGTH:
        raise too_long("network", WORD_LENGTH)
    if _ADDRESS.fullmatch(network):
        raise Refusal(
            "address_given",
            "A network is an ASN or a name; no address is kept here.",
            field="network",
        )
    return network or None


def _receipt(report_id: int, note: str | None) -> Receipt:
    return Receipt(str(report_id), () if note is None else (note,))
