from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lapwing.outages.catalogue.editing import csv_as_toml, import_toml, put_service
from lapwing.outages.catalogue.files import check_incoming, own_file, read_catalogue, save_own
from lapwing.outages.catalogue.loading import CatalogueRefused, Source

OWN = """\
# Ours, see the ticket of May.
[services.campus-wifi]  # the one in the library
name = "Campus Wi-Fi"
category = "telecom"
home_page = "https://it.example"
"""


def test_comments_and_other_entries_stay() -> None:
    text = put_service(OWN, "campus-wifi", {"name": "Wi-Fi", "aliases": ["eduroam"]})
    assert "# Ours, see the ticket of May." in text
    assert "# the one in the library" in text
    assert tomllib.loads(text)["services"]["campus-wifi"] == {
        "name": "Wi-Fi",
        "category": "telecom",
        "home_page": "https://it.example",
        "aliases": ["eduroam"],
    }


def test_the_first_entry_makes_the_file() -> None:
    assert put_service("", "x", {"name": "Ex"}) == '[services.x]\nname = "Ex"\n'


def test_a_field_can_be_taken_out() -> None:
    text = put_service(OWN, "campus-wifi", {"home_page": None})
    assert "home_page" not in text


def test_what_is_saved_is_laid_over_the_shipped_services(tmp_path: Path) -> None:
    save_own(tmp_path / "new", put_service(OWN, "x", {"name": "Ex"}))
    catalogue = read_catalogue(tmp_path / "new")
    assert catalogue.get("x").name == "Ex"
    assert catalogue.get("campus-wifi").symptoms


def test_a_wrong_entry_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    save_own(tmp_path, OWN)
    with pytest.raises(CatalogueRefused):
        save_own(tmp_path, put_service(OWN, "campus-wifi", {"category": "nonsense"}))
    assert own_file(tmp_path).read_text("utf-8") == OWN


def test_an_import_brings_services_categories_and_symptoms(tmp_path: Path) -> None:
    incoming = """\
[symptoms]
printing = "Printers don't print"
[categories.campus]
name = "Campus"
symptoms = ["printing"]
platforms = ["web"]
[services.printers]
name = "Printers"
category = "campus"
home_page = "https://print.example"
"""
    text, slugs = import_toml(OWN, incoming, "in.toml")
    catalogue = save_own(tmp_path, text)
    assert slugs == ["printers"]
    assert catalogue.get("printers").symptoms[0].label == "Printers don't print"
    assert "# the one in the library" in text


def test_a_csv_file_brings_services(tmp_path: Path) -> None:
    table = (
        "\ufeffslug,name,category,home_page,aliases,countries,removed\n"
        'my-bank,"My ""own"" Bank",banks,https://bank.example,MB; The Bank,IN,\n'
        "tinder,,,,,,yes\n"
    )
    text, slugs = import_toml(OWN, csv_as_toml(table, "in.csv"), "in.csv")
    catalogue = save_own(tmp_path, text)
    bank = catalogue.get("my-bank")
    assert slugs == ["my-bank", "tinder"]
    assert (bank.name, bank.aliases, bank.countries) == (
        'My "own" Bank',
        ("MB", "The Bank"),
        ("IN",),
    )
    assert catalogue.find("tinder") is None


def test_a_wrong_line_of_a_csv_file_is_told_with_its_number(tmp_path: Path) -> None:
    table = (
        "slug,name,category,home_page,aliases\n"
        'good,Good,banks,https://good.example,"a;\nb"\n'
        "bad,Bad,bankz,https://bad.example,\n"
    )
    with pytest.raises(CatalogueRefused) as refused:
        check_incoming(tmp_path, Source(csv_as_toml(table, "in.csv"), "in.csv"))
    assert [str(problem) for problem in refused.value.problems] == [
        "in.csv:4: service bad: category 'bankz' is not known; did you mean banks?"
    ]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("slug,nmae\nx,X\n", "in.csv:1: unknown column 'nmae'; did you mean name?"),
        ("slug,name\n,X\n", "in.csv:2: slug is missing"),
        ("slug,name\nx,X,Y\n", "in.csv:2: more cells than columns"),
    ],
)
def test_a_csv_file_of_another_shape_is_refused(table: str, reason: str) -> None:
    with pytest.raises(CatalogueRefused, match=reason.replace("?", r"\?")):
        csv_as_toml(table, "in.csv")


def test_an_import_that_is_not_toml_is_refused_with_its_line() -> None:
    with pytest.raises(CatalogueRefused, match=r"in\.toml:2: not TOML"):
        import_toml(OWN, "# new\n[services.y\n", "in.toml")
