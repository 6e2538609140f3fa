"""The Geography port over MMDB files: ours of countries, an operator's of autonomous systems."""

from __future__ import annotations

from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, Final

import maxminddb
import structlog

import lapwing
from lapwing.ports.geography import Address, Geography, NoGeography
from lapwing.settings import WrongSetting

BUILT: Final = Path(lapwing.__file__).parent / "data" / "built" / "country.mmdb"

_log = structlog.get_logger()


def open_geography(country_database: Path = BUILT, asn_database: Path | None = None) -> Geography:
    """Without our own file, countries stay unknown; an operator's that is wrong stops the start."""
    countries = None
    if country_database.exists():
        countries = maxminddb.open_database(country_database)
    else:
        _log.warning("country_database_missing", file=country_database.name)
    networks = None if asn_database is None else _open_operators(asn_database)
    if countries is None and networks is None:
        return NoGeography()
    return MmdbGeography(countries, networks)


class MmdbGeography:
    def __init__(
        self, countries: maxminddb.Reader | None, networks: maxminddb.Reader | None
    ) -> None:
        self._countries = countries
        self._networks = networks

    def country_of(self, address: Address) -> str | None:
        """Reads `country_code` (ip-location-db), `country.iso_code` (MaxMind, DB-IP) and
        `country` (IPinfo)."""
        record = _look_up(self._countries, address)
        code = record.get("country_code") or record.get("country")
        if isinstance(code, dict):
            code = code.get("iso_code")
        return code.upper() if isinstance(code, str) and len(code) == 2 else None

    def network_of(self, address: Address) -> str | None:
        """Reads `autonomous_system_number` (MaxMind, DB-IP, ip-location-db) and `asn` (IPinfo)."""
        record = _look_up(self._networks, address)
        number = str(record.get("autonomous_system_number") or record.get("asn") or "")
        digits = number.upper().removeprefix("AS")
        return f"AS{digits}" if digits.isdecimal() and digits != "0" else None

    def close(self) -> None:
        for reader in (self._countries, self._networks):
            if reader is not None:
                reader.close()


def _look_up(reader: maxminddb.Reader | None, address: Address) -> dict[str, Any]:
    if reader is None:
        return {}
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif reader.metadata().ip_version == 4:
            return {}
    if not address.is_global:
        return {}
    record = reader.get(address)
    return record if isinstance(record, dict) else {}


def _open_operators(path: Path) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(path)
    except OSError as error:
        raise WrongSetting(
            f"LAPWING_ASN_DATABASE: cannot read {path}: {error.strerror or error}"
        ) from error
    except maxminddb.InvalidDatabaseError as error:
        raise WrongSetting(f"LAPWING_ASN_DATABASE: {path} is not an MMDB file: {error}") from error
