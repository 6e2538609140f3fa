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
    ],
)
def test_a_wrong_setting_stops_the_start_by_name(variable: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=variable):
        load_settings({variable: value})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"gone\.toml"):
        load_settings({"LAPWING_SETTINGS": str(tmp_path / "gone.toml")})


def test_the_database_defaults_to_the_data_folder() -> None:
    assert Settings(data=Path("kept")).database_url == "sqlite:///kept/lapwing.sqlite"
