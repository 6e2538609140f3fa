"""What operators do over HTTP: acts on incidents, with a token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, JSONBody, PathParameter
from litestar.types import ControllerRouterHandler
from msgspec import UNSET, Meta, UnsetType

from lapwing.accounts.tokens import Token, TokenRegistry
from lapwing.kernel.instants import to_ms
from lapwing.outages.incidents.acts import Act, answered_before
from lapwing.outages.incidents.model import Incident
from lapwing.outages.intake.submission import WORD_LENGTH
from lapwing.outages.journal import Journal, OperatorActed
from lapwing.ports.clock import Clock
from lapwing.web.answers import data as json_answer
from lapwing.web.api.incoming import Incoming
from lapwing.web.errors import ProblemAnswer

_JSON: Final = frozenset({b"application/json"})


@dataclass(frozen=True)
class OperatorDesk:
    """What acts go through. `check_act` gives the incident as the act would leave it and changes
    nothing, `get_incident` the present one; both raise `Refusal`."""

    tokens: TokenRegistry
    journal: Journal
    clock: Clock
    check_act: Callable[[OperatorActed], Incident]
    get_incident: Callable[[str], Incident]
    one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)


class ActRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An act and what belongs to it. A null title or cause takes the present one away."""

    act: Act
    note: Annotated[str, Meta(description="Kept in the history; plain text.")] | UnsetType = UNSET
    into: (
        Annotated[str, Meta(description="Merge: id of the incident that this one is part of.")]
        | UnsetType
    ) = UNSET
    title: Annotated[str | None, Meta(description="Edit: headline.")] | UnsetType = UNSET
    cause: (
        Annotated[str | None, Meta(description="Edit, resolve: what is known of the cause.")]
        | UnsetType
    ) = UNSET
    started_at: (
        Annotated[str, Meta(description="Edit: instant with its zone, not after the detection.")]
        | UnsetType
    ) = UNSET
    ended_at: (
        Annotated[str, Meta(description="Edit, resolve: instant with its zone, after the start.")]
        | UnsetType
    ) = UNSET

    def details(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.__struct_fields__ if name != "act"}
        return {name: value for name, value in given.items() if value is not UNSET}


def operator_guard(tokens: TokenRegistry, clock: Clock) -> Any:
    """A guard that lets only operators through, and only JSON, which no other site's form can
    send; the handler finds the token as `request.auth`."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        header = connection.headers.get("authorization")
        connection.scope["auth"] = await tokens.identify(header, clock.now())
        Incoming.of(connection.scope).check_media_type(_JSON)

    return guard


def operator_handlers(desk: OperatorDesk) -> list[ControllerRouterHandler]:
    """The handlers under /api/v1 that need a token."""

    @post(
        "/api/v1/incidents/{incident_id:str}/acts",
        operation_id="act_on_incident",
        summary="Confirm, dismiss, merge, edit, annotate, resolve or reopen an incident",
        tags=["operator"],
        status_code=200,
        guards=[operator_guard(desk.tokens, desk.clock)],
        responses={
            200: _response(Incident, "The incident after the act."),
            400: _response(ProblemAnswer, "The act is not right."),
            401: _response(ProblemAnswer, "No valid token."),
            403: _response(ProblemAnswer, "Another site's page sent this."),
            404: _response(ProblemAnswer, "There is no such incident."),
            409: _response(ProblemAnswer, "Not possible in the incident's present state."),
            413: _response(ProblemAnswer, "Too large."),
            415: _response(ProblemAnswer, "Not JSON."),
            503: _response(ProblemAnswer, "It cannot be kept now; see Retry-After."),
        },
        security=[{"operator": []}],
    )
    async def act_on_incident(
        request: Request[Any, Token, Any],
        incident_id: Annotated[
            str, PathParameter(description="For example `x-20231221-0509`.", max_length=120)
        ],
        data: JSONBody[ActRequest],
        idempotency_key: Annotated[
            str | None,
            HeaderParameter(
                name="Idempotency-Key",
                max_length=WORD_LENGTH,
                description="Any text of your own. A retry with the same changes nothing and gets"
                " the incident as it is.",
            ),
        ] = None,
    ) -> Response[bytes]:
        incident = await act(desk, request.auth, incident_id, data, idempotency_key)
        return json_answer(request, incident, cache_control=b"no-store")

    return [act_on_incident]


async def act(
    desk: OperatorDesk,
    token: Token,
    incident: str,
    wanted: ActRequest,
    idempotency_key: str | None = None,
) -> Incident:
    """Writes an operator's act into the journal; the incident as it is then.

    Raises `Refusal` if the act is impossible, `Unavailable` if the journal cannot be written.
    """
    request = "" if idempotency_key is None else _mark_of(token, idempotency_key, wanted)
    async with desk.one_at_a_time:  # or a retry may come while the first is being written
        if request and answered_before(desk.get_incident(incident), request):
            return desk.get_incident(incident)
        acted = OperatorActed(
            at_ms=to_ms(desk.clock.now()),
            by=token.name,
            act=wanted.act.value,
            incident=incident,
            details=wanted.details(),
            request=request,
        )
        desk.check_act(acted)
        await desk.journal.append(acted)
        return desk.get_incident(incident)


def _mark_of(token: Token, idempotency_key: str, wanted: ActRequest) -> str:
    """Hashes of the key, which is the token's own, and of what is wanted: histories are public."""
    whose = f"{len(token.name)} {token.name} {idempotency_key}".encode()
    parts = (whose, msgspec.json.encode(wanted))
    return ":".join(blake2b(part, digest_size=8).hexdigest() for part in parts)


def _response(shape: Any, what: str) -> ResponseSpec:
    return ResponseSpec(shape, description=what, generate_examples=False)
