"""Every setting: its name, meaning, default and check. Read from `LAPWING_...` variables, which
win, and from the TOML file that `LAPWING_SETTINGS` names."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "LAPWING_"


class WrongSetting(Exception):
    """Stops the start: names the setting and what would be right."""


def _setting(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True)
class Settings:
    """All settings of one Lapwing, valid as a whole."""

    data: Path = _setting(Path("data"), "Folder that holds everything kept.")
    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8000, "Port to listen on.")
    url: str = _setting("", "Public address of the site; empty: http://HOST:PORT.")
    database: str = _setting("", "Database URL; empty: SQLite in the data folder.")
    trusted_proxies: tuple[str, ...] = _setting(
        (), "Address blocks (CIDR) of proxies whose forwarding headers count."
    )
    asn_database: Path | None = _setting(None, "MMDB file that tells an address's ASN.")
    false_alarms_per_service_year: float = _setting(
        0.1, "Budget of the detector: expected false alarms per service and year."
    )
    keep_reports_days: int = _setting(30, "Days after which single reports are forgotten.")
    keep_minutes_days: int = _setting(35, "Days for which counts per minute are kept.")
    keep_quarters_days: int = _setting(400, "Days for which counts per 15 minutes are kept.")
    keep_hours_days: int = _setting(3650, "Days for which counts per hour are kept.")
    reports_per_person_hour: int = _setting(30, "Reports that one person may send in an hour.")
    reports_per_network_minute: int = _setting(
        6000, "Reports that one network may send in a minute."
    )
    live_pages_per_address: int = _setting(
        100, "Live pages that one address may have open; a whole office or village may share one."
    )
    api_requests_per_5_minutes: int = _setting(
        300, "Requests that one account or address may send to the Mastodon API; 0: no limit."
    )
    api_uploads_per_30_minutes: int = _setting(
        30, "Uploads, and as many deletions, that one account may send; 0: no limit."
    )
    sign_up: str = _setting("open", "Who may have an account: open, approval, invitation, closed.")
    smtp_url: str = _setting(
        "", "Mail server, smtp(s)://USER:PASSWORD@HOST:PORT; empty: letters go to data/outbox."
    )
    mail_from: str = _setting("lapwing@localhost", "Address that letters come from.")
    password_grant: bool = _setting(
        False, "Apps may have a token for a name and password: only for trying apps out."
    )
    longest_post: int = _setting(500, "Characters that a post may have.")
    log_level: str = _setting("info", "debug, info, warning or error.")

    def __post_init__(self) -> None:
        for check in _CHECKS:
            check(self)

    @property
    def public_url(self) -> str:
        return self.url.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'lapwing.sqlite'}"


def load_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment and its TOML file give; raises `WrongSetting`."""
    given = _from_file(environment.get(PREFIX + "SETTINGS"))
    known = {setting.name: setting for setting in fields(Settings)}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or _is_for_others(variable) or not text.strip():
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known:
            raise WrongSetting(f"{variable} is no setting; `lapwing settings` lists them all.")
        given[name] = text
    unknown = given.keys() - known.keys()
    if unknown:
        raise WrongSetting(
            f"{', '.join(sorted(unknown))}: no such setting; `lapwing settings` lists them all."
        )
    return Settings(**{name: _parse(known[name], raw) for name, raw in given.items()})


def describe(settings: Settings) -> list[tuple[str, str, str]]:
    """Variable, present value and meaning of every setting."""
    return [
        (PREFIX + setting.name.upper(), _shown(getattr(settings, setting.name)), _meaning(setting))
        for setting in fields(Settings)
    ]


_PASSWORD = re.compile(r"(://[^:/@]*:)[^/@]*@")
"""In a URL, with what stands before it."""


def _is_for_others(variable: str) -> bool:
    """Read elsewhere: the name of the settings' own file, and what the tests are told."""
    return variable == PREFIX + "SETTINGS" or variable.startswith(PREFIX + "TEST_")


def _meaning(setting: Field[Any]) -> str:
    return str(setting.metadata["meaning"])


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else _PASSWORD.sub(r"\1***@", str(value))


def _from_file(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    try:
        with Path(name).open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise WrongSetting(f"LAPWING_SETTINGS: cannot read {name}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSetting(f"LAPWING_SETTINGS: {name} is not TOML: {error}") from error


def _parse(setting: Field[Any], raw: Any) -> Any:
    kind = str(setting.type)
    name = PREFIX + setting.name.upper()
    try:
        if kind.startswith("tuple"):
            parts = raw.split(",") if isinstance(raw, str) else raw
            return tuple(str(part).strip() for part in parts if str(part).strip())
        if kind.startswith("Path"):
            return Path(raw) if raw != "" else setting.default
        if kind == "bool":
            return _parse_bool(raw)
        if isinstance(raw, bool) or (kind == "int" and isinstance(raw, float)):
            raise TypeError
        if kind == "int":
            return int(raw)
        if kind == "float":
            return float(raw)
        if not isinstance(raw, str):
            raise TypeError
        return raw
    except (TypeError, ValueError) as error:
        raise WrongSetting(f"{name} is {raw!r}; it takes {_WANTED[kind.split()[0]]}.") from error


def _parse_bool(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    wanted = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    try:
        return wanted[str(raw).lower()]
    except KeyError:
        raise ValueError from None


_WANTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "Path": "a path",
    "tuple[str,": "a list of texts",
}


_A_CENTURY_DAYS = 36_500


def _check_port(settings: Settings) -> None:
    if not 1 <= settings.port <= 65535:
        raise WrongSetting(f"LAPWING_PORT is {settings.port}; it takes 1 to 65535.")


def _check_url(settings: Settings) -> None:
    parts = urlsplit(settings.public_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path or parts.query:
        raise WrongSetting(
            f"LAPWING_URL is {settings.url!r}; it takes an address such as https://example.org."
        )


def _check_database(settings: Settings) -> None:
    if not settings.database_url.startswith(("sqlite:///", "postgresql://")):
        raise WrongSetting(
            "LAPWING_DATABASE takes sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."
        )


def _check_proxies(settings: Settings) -> None:
    for block in settings.trusted_proxies:
        try:
            ipaddress.ip_network(block)
        except ValueError as error:
            raise WrongSetting(
                f"LAPWING_TRUSTED_PROXIES has {block!r}; it takes blocks such as 10.0.0.0/8."
            ) from error


def _check_files(settings: Settings) -> None:
    path = settings.asn_database
    if path is not None and not path.is_file():
        raise WrongSetting(f"LAPWING_ASN_DATABASE: there is no file {path}.")


def _check_amounts(settings: Settings) -> None:
    if not 0 < settings.false_alarms_per_service_year <= 1000:
        raise WrongSetting(
            "LAPWING_FALSE_ALARMS_PER_SERVICE_YEAR takes a number above 0, at most 1000."
        )
    names = [setting.name for setting in fields(settings) if setting.name.startswith("keep_")]
    limits = ["reports_per_person_hour", "reports_per_network_minute", "live_pages_per_address"]
    for name in [*names, *limits]:
        if getattr(settings, name) < 1:
            raise WrongSetting(f"LAPWING_{name.upper()} takes a whole number of at least 1.")
    for name in names:
        if getattr(settings, name) > _A_CENTURY_DAYS:
            raise WrongSetting(f"LAPWING_{name.upper()} takes at most {_A_CENTURY_DAYS} days.")
    if settings.keep_minutes_days < 2:
        raise WrongSetting("LAPWING_KEEP_MINUTES_DAYS takes at least 2.")


def _check_accounts(settings: Settings) -> None:
    if settings.sign_up not in {"open", "approval", "invitation", "closed"}:
        raise WrongSetting("LAPWING_SIGN_UP takes open, approval, invitation or closed.")
    server = urlsplit(settings.smtp_url)
    if settings.smtp_url and not (
        server.scheme in {"smtp", "smtps", "smtp+starttls"} and server.hostname
    ):
        raise WrongSetting(
            "LAPWING_SMTP_URL takes smtps://HOST:PORT, smtp+starttls://HOST:PORT"
            " or smtp://HOST:PORT, with USER:PASSWORD@ before the host where needed."
        )
    if "@" not in settings.mail_from:
        raise WrongSetting("LAPWING_MAIL_FROM takes an e-mail address.")
    if not 1 <= settings.longest_post <= 100_000:
        raise WrongSetting("LAPWING_LONGEST_POST takes 1 to 100000.")


def _check_log_level(settings: Settings) -> None:
    if settings.log_level not in {"debug", "info", "warning", "error"}:
        raise WrongSetting("LAPWING_LOG_LEVEL takes debug, info, warning or error.")


_CHECKS = (
    _check_port,
    _check_url,
    _check_database,
    _check_proxies,
    _check_files,
    _check_amounts,
    _check_accounts,
    _check_log_level,
)
