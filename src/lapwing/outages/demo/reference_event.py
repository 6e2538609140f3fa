"""The reports that the reference outage brings on top of an ordinary day's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from lapwing.kernel.instants import to_ms
from lapwing.outages.demo.background import SEED
from lapwing.outages.demo.choices import Choices
from lapwing.outages.demo.facts import REFERENCE_EVENT, ReferenceFacts
from lapwing.outages.demo.rows import Columns, Words, draw_blocks, reports
from lapwing.outages.demo.world import COUNTRIES, NETWORK_SHARES, WORLD, Cities, cities_of
from lapwing.outages.detection.model import FloatArray, IntArray
from lapwing.outages.model import ReportRow, Service

_FIRST_SEQUENCE = 1 << 20
_STEP_MS = 10_000
_STEPS_PER_MIN = 60_000 // _STEP_MS
_NO_CITY = 0.05
_NO_SYMPTOM = 0.02


def reference_event(
    service: Service,
    gazetteer: Cities,
    facts: ReferenceFacts = REFERENCE_EVENT,
    seed: int = SEED,
) -> list[ReportRow]:
    """In the order of time; about 158,000 reports, each by somebody else."""
    rng = np.random.Generator(np.random.PCG64([seed, 0]))
    at_ms = _instants(rng, facts)
    words = Words(
        services=[service.slug],
        symptoms=[[symptom.key for symptom in service.symptoms]],
        platforms=[[platform.key for platform in service.platforms]],
        countries=list(COUNTRIES),
        cities=[cities_of(code, gazetteer) for code in COUNTRIES],
    )
    count = len(at_ms)
    nothing = np.zeros(count, np.int64)
    country = Choices([_country_weights(facts)]).draw(rng, nothing)
    city = Choices(_city_weights(words, facts)).draw(rng, country)
    symptom = Choices([_weights(words.symptoms[0], facts.symptoms)]).draw(rng, nothing)
    columns = Columns(
        at_ms=at_ms,
        service=nothing,
        symptom=np.where(rng.random(count) < _NO_SYMPTOM, -1, symptom),
        platform=Choices([_weights(words.platforms[0], facts.platforms)]).draw(rng, nothing),
        country=country,
        city=np.where(rng.random(count) < _NO_CITY, -1, city),
        network=Choices([NETWORK_SHARES] * len(COUNTRIES)).draw(rng, country),
        block=draw_blocks(rng, count),
    )
    return reports(columns, words, rng, first_sequence=_FIRST_SEQUENCE)


def _instants(rng: Generator, facts: ReferenceFacts) -> IntArray:
    counts = rng.poisson(np.round(per_step(facts), 6))
    step = np.repeat(np.arange(len(counts)), counts)
    at_ms: IntArray = (
        to_ms(facts.started_at) + step * _STEP_MS + rng.integers(0, _STEP_MS, len(step))
    )
    return at_ms


def per_step(facts: ReferenceFacts) -> FloatArray:
    """Expected reports in each ten seconds since the start."""
    minutes = np.array([minute for minute, _ in facts.course])
    rates = np.log([rate for _, rate in facts.course])
    middles = (np.arange(int(minutes[-1] * _STEPS_PER_MIN)) + 0.5) / _STEPS_PER_MIN
    return np.exp(np.interp(middles, minutes, rates)) / _STEPS_PER_MIN


def _country_weights(facts: ReferenceFacts) -> list[float]:
    told = dict(facts.countries)
    rest = 1.0 - sum(told.values())
    usual = {code: share for code, (share, _) in COUNTRIES.items() if code in WORLD}
    others = sum(share for code, share in usual.items() if code not in told)
    return [
        told[code] if code in told else rest * usual.get(code, 0.0) / others for code in COUNTRIES
    ]


def _city_weights(words: Words, facts: ReferenceFacts) -> list[list[float]]:
    """By country; in India the told ones have their shares, all others go by their size, less
    than in proportion, so that no one city abroad stands out."""
    told = dict(facts.cities)
    weights = []
    for cities in words.cities:
        people = [(city.population + 1.0) ** 0.5 for city in cities]
        hit = sum(told.get(city.name, 0.0) for city in cities)
        others = sum(
            size for size, city in zip(people, cities, strict=True) if city.name not in told
        )
        weights.append(
            [
                told[city.name] if hit and city.name in told else (1.0 - hit) * size / others
                for size, city in zip(people, cities, strict=True)
            ]
        )
    return weights


def _weights(keys: Sequence[str], shares: tuple[tuple[str, float], ...]) -> list[float]:
    """The told shares in the order of the offered keys; evenly where none of them is offered."""
    told = dict(shares)
    weights = [told.get(key, 0.0) for key in keys]
    return weights if any(weights) else [1.0] * len(keys)
