"""Contract of the `Geography` port, over every implementation."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest

from lapwing.adapters.mmdb_geography import BUILT, open_geography
from lapwing.ports.geography import Geography, NoGeography
from lapwing.settings import WrongSetting


@pytest.fixture(params=["nothing", "countries"])
def geography(request: pytest.FixtureRequest) -> Geography:
    return NoGeography() if request.param == "nothing" else open_geography()


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "100.64.0.1", "::1", "fe80::1", "0.0.0.0", "2001:db8::1"]
)
def test_addresses_of_no_country_have_none(geography: Geography, address: str) -> None:
    assert geography.country_of(ip_address(address)) is None
    assert geography.network_of(ip_address(address)) is None


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "193.99.144.80"])
def test_a_country_is_two_capitals_or_unknown(geography: Geography, address: str) -> None:
    code = geography.country_of(ip_address(address))
    assert code is None or (len(code) == 2 and code.isupper())


def test_an_address_written_as_ipv6_is_that_of_ipv4(geography: Geography) -> None:
    mapped = geography.country_of(ip_address("::ffff:49.36.0.1"))
    assert mapped == geography.country_of(ip_address("49.36.0.1"))


def test_without_our_file_nothing_is_known(tmp_path: Path) -> None:
    assert isinstance(open_geography(tmp_path / "country.mmdb"), NoGeography)


def test_a_database_of_countries_names_no_network() -> None:
    assert open_geography(asn_database=BUILT).network_of(ip_address("8.8.8.8")) is None


@pytest.mark.parametrize("content", [None, b"", b"not a database"])
def test_a_wrong_file_of_networks_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    wrong = tmp_path / "asn.mmdb"
    if content is not None:
        wrong.write_bytes(content)
    with pytest.raises(WrongSetting, match="LAPWING_ASN_DATABASE"):
        open_geography(asn_database=wrong)
