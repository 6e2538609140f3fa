"""Reports made up from the OpenAPI document: never a 500, always what the document says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance
from tests.site.edge import sample_parts
from tests.site.test_reports import OPERATOR, OneToken
from tests.unit.intake.desk_parts import make_desk

from lapwing.adapters.memory_journal import MemoryJournal
from lapwing.outages.intake.limits import Allowance
from lapwing.web.api.reports import HANDLERS
from lapwing.web.site import create_site


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


_journal = MemoryJournal()
_parts = replace(
    sample_parts(),
    intake=make_desk(_journal, allowance=Allowance(10**9, 10**9)),
    tokens=OneToken(),
    journal=_journal,
)
schema = schemathesis.openapi.from_asgi(
    "/api/v1/openapi.json", create_site(_parts, HANDLERS)
).include(tag="reports")


@schema.parametrize()
@pytest.mark.parametrize("headers", [{}, OPERATOR], ids=["public", "operator"])
@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_answer_is_as_the_document_says(
    case: schemathesis.Case, headers: dict[str, str]
) -> None:
    checks = [not_a_server_error, status_code_conformance]
    if not case.path.endswith("/batch"):
        checks.append(response_schema_conformance)
    case.call_and_validate(headers=headers, checks=checks)
