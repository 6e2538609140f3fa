from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from lapwing.cli.services import app
from lapwing.kernel.refusals import Refusal
from lapwing.outages.catalogue.files import own_file, read_catalogue


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAPWING_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def run(*words: str) -> Result:
    result = CliRunner().invoke(app, words)
    if isinstance(result.exception, Refusal):
        raise result.exception
    return result


ADD_WIFI = (
    *("add", "campus-wifi", "--name", "Campus Wi-Fi", "--category", "telecom"),
    *("--home-page", "https://it.example", "--alias", "eduroam;Wifi", "--symptom", "internet"),
)


def test_a_misspelt_name_finds_its_service(data: Path) -> None:
    assert "Twitter" in run("search", "twiter").output


def test_what_is_like_no_service_is_refused(data: Path) -> None:
    with pytest.raises(Refusal, match="No service is like"):
        run("search", "qqqqqqq")


def test_services_are_listed_by_category_and_country(data: Path) -> None:
    listed = run("list", "--category", "banks", "--country", "in").output
    assert "hdfc-bank" in listed
    assert "barclays" not in listed
    with pytest.raises(Refusal, match="No category 'bank'"):
        run("list", "--category", "bank")


def test_an_added_service_is_there_at_the_next_start(data: Path) -> None:
    assert "next start" in run(*ADD_WIFI).output
    service = read_catalogue(data).get("campus-wifi")
    assert service.aliases == ("eduroam", "Wifi")
    assert [symptom.key for symptom in service.symptoms] == ["internet"]


def test_a_slug_is_added_once(data: Path) -> None:
    run(*ADD_WIFI)
    with pytest.raises(Refusal, match="lapwing services edit campus-wifi"):
        run(*ADD_WIFI)


def test_a_wrong_service_is_not_saved(data: Path) -> None:
    with pytest.raises(Refusal, match="Not saved: service y: home_page must be a web address"):
        run("add", "y", "--name", "Y", "--category", "social", "--home-page", "y")
    assert not own_file(data).exists()


def test_a_shipped_service_is_edited_removed_and_brought_back(data: Path) -> None:
    run("edit", "x", "--name", "Ex", "--colour", "ffffff")
    assert read_catalogue(data).get("x").name == "Ex"
    run("edit", "x", "--remove")
    assert read_catalogue(data).find("x") is None
    run("edit", "x", "--restore")
    assert read_catalogue(data).get("x").name == "Ex"


def test_an_edit_of_nothing_or_of_no_service_is_refused(data: Path) -> None:
    with pytest.raises(Refusal, match="Say what to change"):
        run("edit", "x")
    with pytest.raises(Refusal, match="did you mean instagram"):
        run("edit", "instagrm", "--name", "I")
    with pytest.raises(Refusal, match="Not saved: service nobody: "):
        run("edit", "nobody", "--restore")


def test_a_file_is_imported_or_refused_with_its_own_lines(data: Path) -> None:
    good, bad = data / "good.csv", data / "bad.toml"
    good.write_text("slug,name,category,home_page\nmine,Mine,banks,https://mine.example\n")
    bad.write_text('[services.mine]\nname = "Mine"\ncolour = "red"\n')
    assert "1 services from good.csv" in run("import", str(good)).output
    with pytest.raises(Refusal, match=r"^bad\.toml:3: service mine: colour must be"):
        run("import", str(bad))
    assert read_catalogue(data).get("mine").colour is None


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "Cannot read"), (b"\xff\xfe[", "not UTF-8 text")]
)
def test_a_file_that_cannot_be_read_is_refused(
    data: Path, content: bytes | None, reason: str
) -> None:
    file = data / "in.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Refusal, match=reason):
        run("import", str(file))
