"""The methodology's text with the numbers that this server was set to."""

from __future__ import annotations

import math

from lapwing.outages.detection.rule import Rule


def rule_in_force(text: str, rule: Rule) -> str:
    """`text` states the budget of the default rule; the answer states that of `rule`."""
    usual = Rule()
    for phrase in (budget, threshold):
        text = text.replace(phrase(usual), phrase(rule))
    return text


def budget(rule: Rule) -> str:
    return f"α = {rule.alpha_per_year:g} false alarms per service and year"


def threshold(rule: Rule) -> str:
    return f"{math.exp(rule.log_threshold):,.0f} to 1"
