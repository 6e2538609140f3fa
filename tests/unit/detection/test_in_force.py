from pathlib import Path

from lapwing.outages.detection.in_force import budget, rule_in_force, threshold
from lapwing.outages.detection.rule import Rule

TEXT = (Path(__file__).parents[3] / "docs" / "methodology.md").read_text()


def test_the_methodology_states_the_default_rule() -> None:
    assert budget(Rule()) in TEXT
    assert threshold(Rule()) in TEXT


def test_a_server_with_another_budget_states_its_own() -> None:
    told = rule_in_force(TEXT, Rule(alpha_per_year=2.0))
    assert "α = 2 false alarms per service and year" in told
    assert "262,800 to 1" in told
    assert budget(Rule()) not in told
