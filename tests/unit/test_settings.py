from pathlib import Path

import pytest

from lapwing.settings import Settings, WrongSetting, describe, load_settings


def test_defaults_are_valid_and_all_described() -> None:
    rows = describe(load_settings({}))
    assert rows[0][0] == "LAPWING_DATA"
    assert all(meaning for _, _, meaning in rows)


def test_variables_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "lapwing.toml"
    file.write_text('port = 9000\nhost = "0.0.0.0"\ntrusted_proxies = ["10.0.0.0/8"]\n')
    settings = load_settings({"LAPWING_SETTINGS": str(file), "LAPWING_PORT": "9001"})
    assert (settings.host, settings.port) == ("0.0.0.0", 9001)
    assert settings.trusted_proxies == ("10.0.0.0/8",)


def test_lists_are_given_with_commas() -> None:
    settings = load_settings({"LAPWING_TRUSTED_PROXIES": "10.0.0.0/8, ::1/128"})
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1/128")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LAPWING_PORT", "eighty"),
        ("LAPWING_PORT", "0"),
        ("LAPWING_URL", "example.org"),
        ("LAPWING_DATABASE", "mysql://x"),
        ("LAPWING_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("LAPWING_ASN_DATABASE", "nowhere.mmdb"),
        ("LAPWING_FALSE_ALARMS_PER_SERVICE_YEAR", "0"),
        ("LAPWING_KEEP_MINUTES_DAYS", "1"),
        ("LAPWING_LOG_LEVEL", "loud"),
        ("LAPWING_PROT", "8000"),
        ("LAPWING_URL", "https://example.org/outages"),
        ("LAPWING_KEEP_REPORTS_DAYS", "99999999999"),
    ],
)
def test_a_wrong_setting_stops_the_start_by_name(variable: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=variable):
        load_settings({variable: value})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("port = true", "LAPWING_PORT is True; it takes a whole number"),
        ("port = 8000.5", "LAPWING_PORT is 8000.5; it takes a whole number"),
        ("data = 5", "LAPWING_DATA is 5; it takes a path"),
        ("trusted_proxies = 5", "LAPWING_TRUSTED_PROXIES is 5; it takes a list"),
        ("host = 5", "LAPWING_HOST is 5; it takes a text"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_the_right_one(
    tmp_path: Path, line: str, says: str
) -> None:
    file = tmp_path / "lapwing.toml"
    file.write_text(line)
    with pytest.raises(WrongSetting, match=says):
        load_settings({"LAPWING_SETTINGS": str(file)})


def test_a_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "lapwing.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(WrongSetting, match=r"lapwing\.toml is not TOML"):
        load_settings({"LAPWING_SETTINGS": str(file)})


def test_an_empty_variable_is_one_that_is_not_set() -> None:
    """An empty host would listen on every address of the machine."""
    assert load_settings({"LAPWING_HOST": "", "LAPWING_PORT": " "}) == Settings()


def test_the_public_address_ends_without_a_slash() -> None:
    assert Settings(url="https://example.org/").public_url == "https://example.org"


def test_a_password_is_not_shown() -> None:
    shown = {name: value for name, value, _ in describe(Settings(database="postgresql://u:pw@h/n"))}
    assert shown["LAPWING_DATABASE"] == "postgresql://u:***@h/n"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"gone\.toml"):
        load_settings({"LAPWING_SETTINGS": str(tmp_path / "gone.toml")})


def test_the_database_defaults_to_the_data_folder() -> None:
    assert Settings(data=Path("kept")).database_url == "sqlite:///kept/lapwing.sqlite"


def test_what_the_tests_are_told_is_no_setting() -> None:
    told = {"LAPWING_TEST_REQUIRED": "1", "LAPWING_TEST_CHROMIUM": "/usr/bin/chromium"}
    assert load_settings(told) == Settings()
