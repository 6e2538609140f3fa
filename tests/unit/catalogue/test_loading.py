from __future__ import annotations

import pytest
import tomlkit
from hypothesis import example, given
from hypothesis import strategies as st

from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.loading import CatalogueRefused, Problem, Source, load_catalogue
from lapwing.outages.model import Platform, Symptom

BASE = """\
[symptoms]
feed = "Posts don't load"
login = "Can't log in"

[platforms]
web = "Web"
ios = "iPhone"

[categories.social]
name = "Social networks"
symptoms = ["feed", "login"]
platforms = ["web"]

[services.x]
name = "X"
aliases = ["Twitter"]
category = "social"
home_page = "https://x.com"
icon = "x"
colour = "1D9BF0"
"""


def load(*texts: str) -> Catalogue:
    return load_catalogue(Source(text, f"{number}.toml") for number, text in enumerate(texts))


def problems(*texts: str) -> list[str]:
    with pytest.raises(CatalogueRefused) as refused:
        load(*texts)
    assert refused.value.code == "wrong_catalogue"
    return [str(problem) for problem in refused.value.problems]


def test_a_service_offers_what_its_category_offers() -> None:
    service = load(BASE).get("x")
    assert service.symptoms == (
        Symptom("feed", "Posts don't load"),
        Symptom("login", "Can't log in"),
    )
    assert service.platforms == (Platform("web", "Web"),)
    assert service.colour == "1d9bf0"


def test_a_service_may_offer_something_else() -> None:
    own = BASE + 'symptoms = ["login"]\nplatforms = ["ios", "web"]\n'
    service = load(own).get("x")
    assert [symptom.key for symptom in service.symptoms] == ["login"]
    assert [platform.key for platform in service.platforms] == ["ios", "web"]


def test_a_later_file_overrides_single_fields() -> None:
    service = load(BASE, '[services.x]\nname = "Ex"\n').get("x")
    assert (service.name, service.home_page) == ("Ex", "https://x.com")


def test_a_later_file_can_remove_a_service() -> None:
    assert load(BASE, "[services.x]\nremoved = true\n").find("x") is None


def test_a_wrong_field_is_told_with_file_and_line() -> None:
    assert problems(BASE + 'countries = ["UK"]\n') == [
        '0.toml:21: service x: countries has "UK"; the ISO code is GB'
    ]


def test_all_that_is_wrong_in_all_files_is_told_at_once() -> None:
    own = """\
# ours
[services.x]
colour = "blue"
nmae = "Ex"

[services.y]
name = "Y"
category = "socal"
home_page = "y.example"
symptoms = ["fed"]
"""
    assert problems(BASE, own) == [
        '1.toml:3: service x: colour must be six hex digits such as "1d9bf0"',
        "1.toml:4: service x: nmae is not a field; did you mean name?",
        "1.toml:8: service y: category 'socal' is not known; did you mean social?",
        '1.toml:9: service y: home_page must be a web address such as "https://example.com"',
    ]


def test_an_unknown_symptom_is_told_with_the_nearest() -> None:
    assert problems(BASE + 'symptoms = ["fed"]\n') == [
        "0.toml:21: service x: symptoms 'fed' is not in [symptoms]; did you mean feed?"
    ]


def test_a_missing_field_is_told_at_the_entry() -> None:
    own = '\n\n[services.y]\nname = "Y"\ncategory = "social"\n'
    assert problems(BASE, own) == ["1.toml:3: service y: home_page is missing"]


def test_a_file_that_is_not_toml_is_told_with_the_line() -> None:
    assert problems(BASE, "# ours\n[services.y\n")[0].startswith("1.toml:2: not TOML")


def test_the_same_slug_twice_in_one_file_is_refused() -> None:
    assert problems(BASE + '[services.x]\nname = "Z"\n')[0].startswith("0.toml:21: not TOML")


def test_no_name_leads_to_two_services() -> None:
    own = """\
[services.y]
name = "Y"
aliases = ["TWITTER"]
category = "social"
home_page = "https://y.example"
"""
    assert problems(BASE, own) == ["1.toml:3: service y: aliases 'TWITTER' is already that of x"]


@pytest.mark.parametrize("slug", ["Y", "y_z", '"a b"', '"<script>"'])
def test_a_slug_is_of_plain_letters(slug: str) -> None:
    [problem] = problems(BASE, f"[services.{slug}]\nremoved = true\n")
    assert problem.startswith("1.toml:1: service ")
    assert problem.endswith("the key must be of a-z, 0-9 and -")


def test_what_is_no_table_is_refused_and_not_followed() -> None:
    assert problems(BASE, 'servces = 1\n[services]\ny = "Y"\n') == [
        "1.toml:1: unknown table [servces]; did you mean services?",
        "1.toml:3: service y: must be a table, [services.y]",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "name = 5",
        'name = ""',
        'name = "a\\nb"',
        "aliases = 'X'",
        "aliases = [1]",
        "countries = ['in']",
        "symptoms = []",
        "symptoms = [1]",
        "platforms = ['web', 'web']",
        "home_page = 'javascript:alert(1)'",
        "home_page = 'https://[x'",
        "icon = '../x'",
        "category = ['social']",
        "removed = 'yes'",
    ],
)
def test_values_of_a_wrong_kind_are_refused(line: str) -> None:
    assert problems(BASE, f"[services.x]\n{line}\n")[0].startswith("1.toml:2: service x: ")


@example({"name": "\x85", "category": "\x85", "home_page": ""}, "")
@given(
    st.dictionaries(
        st.sampled_from(["name", "category", "home_page", "symptoms", "aliases", "nmae"]),
        st.one_of(
            st.text(max_size=8),
            st.integers(),
            st.lists(st.text(max_size=4), max_size=3),
            st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
        ),
    ),
    st.text(max_size=8),
)
def test_whatever_is_written_is_taken_or_refused(fields: dict[str, object], slug: str) -> None:
    own = tomlkit.dumps({"services": {slug: fields}})
    told: tuple[Problem, ...] = ()
    try:
        load(BASE, own)
    except CatalogueRefused as refused:
        told = refused.problems
    lines = own.count("\n") + 1
    assert all(1 <= problem.line <= lines for problem in told)
