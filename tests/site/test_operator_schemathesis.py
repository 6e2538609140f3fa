"""Acts made up from the OpenAPI document: never a 500, always what the document says."""

from __future__ import annotations

import asyncio

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from tests.site.test_operator import open_desk

from lapwing.adapters.memory_journal import MemoryJournal

_desk = asyncio.run(open_desk(MemoryJournal()))
schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", _desk.site).include(tag="operator")


@schema.parametrize()
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_answer_is_as_the_document_says(case: schemathesis.Case) -> None:
    case.path_parameters["incident_id"] = _desk.incident.id
    case.call_and_validate(
        headers={"Authorization": _desk.client.headers["Authorization"]},
        checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
    )
