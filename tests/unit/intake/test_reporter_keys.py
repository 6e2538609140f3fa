"""Keyed hashes in place of addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from tests.unit.intake.desk_parts import MemoryKeyStore

from lapwing.outages.intake.reporter_keys import ReporterKeys, person_of

NOON = datetime(2023, 12, 21, 12, tzinfo=UTC)
ADDRESS = ip_address("203.0.113.7")


def test_a_days_key_is_destroyed_within_48_hours_of_its_making() -> None:
    store = MemoryKeyStore()
    keys = ReporterKeys(store, NOON)
    assert store.kept is not None
    made = set(store.kept.by_day.values())
    keys.turn(NOON + timedelta(days=1))
    assert made <= set(store.kept.by_day.values())
    keys.turn(NOON.replace(hour=0) + timedelta(days=2))
    assert not made & set(store.kept.by_day.values())


def test_the_same_person_has_another_hash_every_day() -> None:
    keys = ReporterKeys(MemoryKeyStore(), NOON)
    person = person_of(ADDRESS, "cookie")
    today, _ = keys.reporter(person, NOON)
    tomorrow, before = keys.reporter(person, NOON + timedelta(days=1))
    assert before == today != tomorrow
    assert keys.reporter(person, NOON + timedelta(days=2))[1] == tomorrow


def test_a_restart_keeps_the_keys() -> None:
    store = MemoryKeyStore()
    person = person_of(ADDRESS, "cookie")
    first = ReporterKeys(store, NOON)
    second = ReporterKeys(store, NOON + timedelta(hours=1))
    assert first.reporter(person, NOON) == second.reporter(person, NOON)
    assert first.block(ADDRESS) == second.block(ADDRESS)


def test_networks_and_blocks_are_as_large_as_routing_has_them() -> None:
    keys = ReporterKeys(MemoryKeyStore(), NOON)
    near, same_16, far = (ip_address(a) for a in ("203.0.113.99", "203.0.7.1", "203.1.113.7"))
    assert keys.block(ADDRESS) == keys.block(near) != keys.block(same_16)
    assert keys.network(ADDRESS) == keys.network(same_16) != keys.network(far)
    v6 = [ip_address(a) for a in ("2001:db8:1::1", "2001:db8:1:ff::2", "2001:db8:2::1")]
    assert keys.block(v6[0]) == keys.block(v6[1]) != keys.block(v6[2])
    assert keys.network(v6[0]) == keys.network(v6[2])


def test_networks_and_blocks_stay_comparable_from_day_to_day() -> None:
    keys = ReporterKeys(MemoryKeyStore(), NOON)
    before = keys.network(ADDRESS), keys.block(ADDRESS)
    keys.turn(NOON + timedelta(days=9))
    assert (keys.network(ADDRESS), keys.block(ADDRESS)) == before


def test_cookies_and_addresses_cannot_be_mixed_up() -> None:
    assert person_of(ip_address("65.65.65.65"), "B") != person_of(None, "AAAAB")
