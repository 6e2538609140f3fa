"""The commands on sizes so small that they prove nothing but that they work."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from lapwing.adapters import r_surveillance
from lapwing.cli.evaluate import app
from lapwing.outages.evaluation.farrington import BUCKETS_A_WEEK


def test_the_null_run_tells_and_saves_every_class(tmp_path: Path) -> None:
    saved = tmp_path / "calibration.json"
    sizes = ["--services", "8", "--sliced", "4", "--days", "3", "--json"]

    done = CliRunner().invoke(app, ["null", *sizes, "--workers", "1", "--save", str(saved)])
    on_two = CliRunner().invoke(app, ["null", *sizes, "--workers", "2"])

    assert done.exit_code == on_two.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told == json.loads(saved.read_text(encoding="utf-8")) == json.loads(on_two.stdout)
    assert told["budget"] == 0.1
    assert {each["counted"] for each in told["classes"]} == {
        "services alone",
        "services with slices",
    }
    for each in told["classes"]:
        assert each["low"] <= each["rate"] <= each["high"]
        assert each["rate"] == pytest.approx(each["false_incidents"] / each["service_years"])


def test_the_delays_are_told_column_by_column_for_every_rule() -> None:
    sizes = ["--services", "10", "--instants", "2", "--branches", "3", "--learn-days", "3",
             "--tune-days", "1", "--workers", "1", "--json"]  # fmt: skip

    told = json.loads(CliRunner().invoke(app, ["delay", *sizes]).stdout)

    for column in told["columns"]:
        rules = [score["rule"] for score in column["rules"]]
        assert rules[0] == "Lapwing"
        assert len(rules) == 7
    outages = [each["outages"] for each in told["columns"]]
    assert sum(outages[:-4]) == sum(outages[-4:]) > 40
    large = [each for each in told["columns"] if "50 times" in each["column"]]
    assert large
    assert all(each["rules"][0]["missed"] < 0.5 for each in large)
    assert told["farrington_flexible"] == []
    assert "too short" in told["farrington_flexible_left_out"]


@pytest.mark.skipif(not r_surveillance.is_installed(), reason="R's surveillance is not installed")
def test_farrington_flexible_sees_a_jump_and_lets_the_usual_pass() -> None:
    usual = np.random.default_rng(1).poisson(4.0, 4 * BUCKETS_A_WEEK)
    jumped = usual.copy()
    jumped[-2:] += 60

    alarms = r_surveillance.farrington_flexible([usual, jumped], 6, 0.1)

    assert alarms.tolist() == [[False] * 6, [False] * 4 + [True] * 2]
