"""Promised beside observed: a server's own record, and the simulated run where there is one."""

from __future__ import annotations

import json

import pytest
from tests.unit.watching.lived import Lived

from lapwing.kernel.instants import start_of
from lapwing.outages.asked_views import CalibrationView
from lapwing.outages.queries.calibration import Calibration

RUN = {
    "budget": 0.1,
    "days": 60,
    "seed": 1,
    "holds": True,
    "classes": [
        {
            "counted": "services alone",
            "volume": "all",
            "services": 700,
            "service_years": 108.0,
            "false_incidents": 6,
            "rate": 0.056,
            "low": 0.02,
            "high": 0.121,
            "budget": 0.1,
            "holds": True,
        }
    ],
}


def found(lived: Lived, text: bytes | None = None) -> CalibrationView:
    return Calibration(lived.watch, lambda: start_of(lived.minute), lambda: text).find()


def test_a_server_s_own_record_tells_dismissed_from_never_borne_out() -> None:
    lived = Lived()
    lived.live(30)
    lived.live(1, 60)  # a single burst is never borne out
    lived.live(720)
    incident = lived.outage()
    lived.act("dismiss", incident)
    lived.live(720)
    own = found(lived).own
    assert own is not None
    assert own.services == 1
    days = (lived.minute - lived.watch.windows.first) / 1440  # type: ignore[operator]  # watched
    assert own.service_years == pytest.approx(days / 365)
    assert (own.declared, own.dismissed.events) == (2, 1)
    assert own.dismissed_or_never_borne_out.events == 2
    assert own.borne_out == 1
    assert own.dismissed.rate == pytest.approx(1 / own.service_years)
    assert own.dismissed.low * own.service_years == pytest.approx(0.0253, abs=1e-4)
    assert own.dismissed.high * own.service_years == pytest.approx(5.5716, abs=1e-4)


def test_a_server_without_a_whole_day_has_no_record_yet() -> None:
    lived = Lived()
    assert found(lived).own is None
    lived.live(1400, 0)
    assert found(lived).own is None


def test_the_simulated_run_is_read_and_a_broken_one_left_out() -> None:
    lived = Lived()
    view = found(lived, json.dumps(RUN).encode())
    assert view.simulated_run is not None
    assert view.simulated_run.classes[0].service_years == 108.0
    assert view.budget == 0.1
    assert found(lived).simulated_run is None
    assert found(lived, b'{"budget": "much"}').simulated_run is None
