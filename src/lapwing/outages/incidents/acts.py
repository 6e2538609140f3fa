"""What operators do with an incident. Pure: an act and the incident in, the changed one out.

Every act may carry a `note`; impossible or malformed acts raise `Refusal` and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from lapwing.kernel.instants import from_ms
from lapwing.kernel.refusals import Refusal
from lapwing.outages.incidents.model import OPEN_STATES, Incident, State
from lapwing.outages.incidents.tracking import (
    TRANSITIONS,
    Step,
    confirmed,
    instant_text,
    is_over,
    moved,
    resumed_state,
    with_change,
)
from lapwing.outages.journal import OperatorActed


class Act(StrEnum):
    CONFIRM = "confirm"
    DISMISS = "dismiss"
    MERGE = "merge"
    EDIT = "edit"
    ANNOTATE = "annotate"
    RESOLVE = "resolve"
    REOPEN = "reopen"


LONGEST_TEXT: Mapping[str, int] = {"title": 160, "cause": 500, "note": 2000}
"""Characters."""

EARLIEST_ONSET = timedelta(days=31)
"""Before the detection; what is said to have begun earlier is a slip of the pen."""

_ALLOWED: Mapping[Act, frozenset[str]] = {
    Act.CONFIRM: frozenset({"note"}),
    Act.DISMISS: frozenset({"note"}),
    Act.MERGE: frozenset({"note", "into"}),
    Act.EDIT: frozenset({"note", "title", "cause", "started_at", "ended_at"}),
    Act.ANNOTATE: frozenset({"note"}),
    Act.RESOLVE: frozenset({"note", "ended_at", "cause"}),
    Act.REOPEN: frozenset({"note"}),
}


def apply_act(incident: Incident, acted: OperatorActed, into: Incident | None = None) -> Incident:
    """The incident after an operator's act.

    For a merge give the other incident as `into` (None: there is none of that id) and change it
    with `absorb`. Raises `Refusal`: `unknown_act`, `unknown_field`, `invalid_text`,
    `invalid_instant`, `invalid_span`, `note_missing`, `nothing_to_edit`, `incident_merged`,
    `incident_not_open`, `incident_not_closed`, `incident_already_confirmed`,
    `merge_target_missing`, `merge_target_unknown`, `merge_target_closed`, `merge_other_service`,
    `merge_with_itself`.
    """
    act = _act_of(acted)
    _check_fields(act, acted.details)
    if incident.state is State.MERGED and act is not Act.ANNOTATE:
        raise Refusal(
            "incident_merged",
            f"{incident.id} is part of {incident.merged_into} now; act on that one instead.",
        )
    done = _merge(incident, acted, into) if act is Act.MERGE else _DOINGS[act](incident, acted)
    return done if done is incident else _marked(done, acted.request)


def answered_before(incident: Incident, request: str) -> bool:
    """Whether the incident's history has an act that came with this request. Raises `Refusal`
    (`idempotency_key_reused`) where the same key came with another act."""
    key, _, _ = request.partition(":")
    for change in incident.changes:
        known = str(change.details.get("request", ""))
        if known and known.partition(":")[0] == key:
            if known != request:
                raise Refusal(
                    "idempotency_key_reused",
                    "This Idempotency-Key came with another act before; use a new one.",
                    field="Idempotency-Key",
                )
            return True
    return False


def _marked(incident: Incident, request: str) -> Incident:
    """With the request in the act's entry of the history, as `KEY:BODY` (hashes)."""
    if not request:
        return incident
    *before, last = incident.changes
    change = msgspec.structs.replace(last, details={**last.details, "request": request})
    return msgspec.structs.replace(incident, changes=(*before, change))


def absorb(into: Incident, merged: Incident, acted: OperatorActed) -> Incident:
    """The incident that another one was merged into: it spans both.

    `merged` is the other one as it was before the merge. Figures are added as if no report were
    in both; the caller puts exact ones in their place where it has the counts.
    """
    first, larger = (
        min(into, merged, key=lambda one: one.started_at),
        max(into, merged, key=lambda one: (one.peak_per_minute, one.id == into.id)),
    )
    ends = [into.ended_at, merged.ended_at]
    still_open = into.state in OPEN_STATES or merged.state in OPEN_STATES
    known_ends = [at for at in ends if at is not None]
    revives = still_open and into.state not in OPEN_STATES
    confirmations = [at for at in (into.confirmed_at, merged.confirmed_at) if at is not None]
    changed = msgspec.structs.replace(
        into,
        started_at=first.started_at,
        detected_at=min(into.detected_at, merged.detected_at),
        confirmed_at=min(confirmations, default=None),
        ended_at=None if still_open else max(known_ends, default=None),
        peak_at=larger.peak_at,
        peak_per_minute=larger.peak_per_minute,
        peak_15_min=max(into.peak_15_min, merged.peak_15_min),
        reports=into.reports + merged.reports,
        reports_first_20_min=first.reports_first_20_min,
        expected=into.expected + merged.expected,
        networks_seen=max(into.networks_seen, merged.networks_seen),
        parts=(*into.parts, merged.id),
    )
    details = {"merged": merged.id}
    at, note = from_ms(acted.at_ms), _note(acted)
    if revives:
        reopened = msgspec.structs.replace(changed, state=resumed_state(changed))
        return moved(into, reopened, at, Step.REOPENED, by=acted.by, note=note, details=details)
    return with_change(changed, at, acted.by, Step.ABSORBED, note=note, details=details)


def _act_of(acted: OperatorActed) -> Act:
    try:
        return Act(acted.act)
    except ValueError:
        raise Refusal(
            "unknown_act",
            f"{acted.act!r} is no act; there are: {', '.join(Act)}.",
            field="act",
        ) from None


def _check_fields(act: Act, details: Mapping[str, Any]) -> None:
    for name in details:
        if name not in _ALLOWED[act]:
            known = ", ".join(sorted(_ALLOWED[act]))
            raise Refusal(
                "unknown_field", f"{act} has no field {name!r}; it has: {known}.", field=str(name)
            )


def _confirm(incident: Incident, acted: OperatorActed) -> Incident:
    _need_step(incident, Step.CONFIRMED, already=incident.confirmed_at is not None)
    return confirmed(incident, from_ms(acted.at_ms), acted.by, _note(acted))


def _dismiss(incident: Incident, acted: OperatorActed) -> Incident:
    _need_step(incident, Step.DISMISSED)
    at = from_ms(acted.at_ms)
    ended_at = incident.ended_at or max(at, incident.started_at)
    changed = msgspec.structs.replace(incident, state=State.FALSE_ALARM, ended_at=ended_at)
    return moved(incident, changed, at, Step.DISMISSED, by=acted.by, note=_note(acted))


def _resolve(incident: Incident, acted: OperatorActed) -> Incident:
    _need_step(incident, Step.RESOLVED)
    at = from_ms(acted.at_ms)
    ended_at = _instant(acted, "ended_at", at) or max(at, incident.started_at)
    changed = msgspec.structs.replace(incident, state=State.RESOLVED, ended_at=ended_at)
    if "cause" in acted.details:
        changed = msgspec.structs.replace(changed, cause=_text(acted, "cause"))
    _check_span(changed)
    details = _before_and_after(incident, changed, ("ended_at", "cause"))
    return moved(
        incident, changed, at, Step.RESOLVED, by=acted.by, note=_note(acted), details=details
    )


def _reopen(incident: Incident, acted: OperatorActed) -> Incident:
    if incident.state in OPEN_STATES:
        raise Refusal("incident_not_closed", f"{incident.id} is open: {incident.state}.")
    at = from_ms(acted.at_ms)
    if incident.state is State.FALSE_ALARM and is_over(incident):
        changed = msgspec.structs.replace(incident, state=State.RESOLVED)
    else:
        changed = msgspec.structs.replace(incident, state=resumed_state(incident), ended_at=None)
    return moved(incident, changed, at, Step.REOPENED, by=acted.by, note=_note(acted))


def _annotate(incident: Incident, acted: OperatorActed) -> Incident:
    note = _note(acted)
    if not note:
        raise Refusal("note_missing", "An annotation needs a note.", field="note")
    return with_change(incident, from_ms(acted.at_ms), acted.by, Step.ANNOTATED, note=note)


def _edit(incident: Incident, acted: OperatorActed) -> Incident:
    at = from_ms(acted.at_ms)
    edited: dict[str, Any] = {}
    for name in ("title", "cause"):
        if name in acted.details:
            edited[name] = _text(acted, name)
    if "started_at" in acted.details:
        edited["started_at"] = _instant(acted, "started_at", at) or incident.started_at
    if "ended_at" in acted.details:
        if incident.ended_at is None:
            raise Refusal(
                "incident_not_closed",
                f"{incident.id} has no end yet; to end it, resolve it.",
                field="ended_at",
            )
        edited["ended_at"] = _instant(acted, "ended_at", at) or incident.ended_at
    changed = msgspec.structs.replace(incident, **edited)
    details = _before_and_after(incident, changed, tuple(edited))
    if not details["after"]:
        raise Refusal("nothing_to_edit", "The edit would change nothing.")
    _check_span(changed)
    return with_change(changed, at, acted.by, Step.EDITED, note=_note(acted), details=details)


def _merge(incident: Incident, acted: OperatorActed, into: Incident | None) -> Incident:
    _need_step(incident, Step.MERGED)
    if not acted.details.get("into"):
        raise Refusal(
            "merge_target_missing",
            f"Say by `into` which incident {incident.id} is part of.",
            field="into",
        )
    if into is None:
        raise Refusal(
            "merge_target_unknown",
            f"There is no incident {acted.details.get('into')!r} to merge into.",
            field="into",
        )
    if into.id == incident.id:
        raise Refusal("merge_with_itself", f"{incident.id} is the same incident.", field="into")
    if into.service != incident.service:
        raise Refusal(
            "merge_other_service",
            f"{into.id} is an incident of {into.service}, not of {incident.service}.",
            field="into",
        )
    if into.state in (State.MERGED, State.FALSE_ALARM):
        raise Refusal(
            "merge_target_closed",
            f"{into.id} is {into.state.replace('_', ' ')}; nothing can be merged into it.",
            field="into",
        )
    at = from_ms(acted.at_ms)
    changed = msgspec.structs.replace(
        incident,
        state=State.MERGED,
        merged_into=into.id,
        ended_at=incident.ended_at or max(at, incident.started_at),
    )
    return moved(
        incident,
        changed,
        at,
        Step.MERGED,
        by=acted.by,
        note=_note(acted),
        details={"into": into.id},
    )


_DOINGS: Mapping[Act, Callable[[Incident, OperatorActed], Incident]] = {
    Act.CONFIRM: _confirm,
    Act.DISMISS: _dismiss,
    Act.RESOLVE: _resolve,
    Act.REOPEN: _reopen,
    Act.ANNOTATE: _annotate,
    Act.EDIT: _edit,
}


def _need_step(incident: Incident, step: Step, *, already: bool = False) -> None:
    if already:
        raise Refusal("incident_already_confirmed", f"{incident.id} is confirmed already.")
    if step not in TRANSITIONS[incident.state]:
        raise Refusal(
            "incident_not_open",
            f"{incident.id} is {incident.state.replace('_', ' ')} and cannot be {step};"
            " reopen it first if it is not over.",
        )


def _note(acted: OperatorActed) -> str:
    return _text(acted, "note") or ""


def _text(acted: OperatorActed, name: str) -> str | None:
    """The field's text; None where it is missing, null or blank (which clears an edited field)."""
    raw = acted.details.get(name)
    if raw is None:
        return None
    if not isinstance(raw, str):
        raise Refusal("invalid_text", f"{name} must be a text.", field=name)
    text = raw.strip()
    if len(text) > LONGEST_TEXT[name]:
        raise Refusal(
            "invalid_text",
            f"{name} has {len(text)} characters; at most {LONGEST_TEXT[name]} are allowed.",
            field=name,
        )
    allowed = "\n\t" if name == "note" else ""
    if any(not mark.isprintable() and mark not in allowed for mark in text):
        raise Refusal("invalid_text", f"{name} has characters that cannot be shown.", field=name)
    return text or None


def _instant(acted: OperatorActed, name: str, now: datetime) -> datetime | None:
    raw = acted.details.get(name)
    if raw is None:
        return None
    at: datetime | None = None
    with suppress(TypeError, ValueError, OverflowError):
        local = datetime.fromisoformat(raw)
        at = local.astimezone(UTC) if local.tzinfo is not None else None
    if at is None:
        raise Refusal(
            "invalid_instant",
            f"{name} must be an instant with its zone, such as 2023-12-21T10:37:00+05:30.",
            field=name,
        )
    if at > now:
        raise Refusal("invalid_instant", f"{name} lies in the future.", field=name)
    return at


def _check_span(incident: Incident) -> None:
    if incident.started_at > incident.detected_at:
        raise Refusal(
            "invalid_span",
            f"It was detected at {instant_text(incident.detected_at)},"
            " so it cannot have begun later.",
            field="started_at",
        )
    if incident.started_at < incident.detected_at - EARLIEST_ONSET:
        raise Refusal(
            "invalid_span",
            f"It was detected at {instant_text(incident.detected_at)},"
            f" so it cannot have begun more than {EARLIEST_ONSET.days} days before that.",
            field="started_at",
        )
    if incident.ended_at is not None and incident.ended_at <= incident.started_at:
        raise Refusal(
            "invalid_span",
            f"It began at {instant_text(incident.started_at)}, so it must end after that.",
            field="ended_at",
        )


def _before_and_after(
    before: Incident, after: Incident, names: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return {
        "before": {name: _plain(getattr(before, name)) for name in changed},
        "after": {name: _plain(getattr(after, name)) for name in changed},
    }


def _plain(value: object) -> object:
    return instant_text(value) if isinstance(value, datetime) else value
