"""Parameters as clients send them, in the nested form that they mean."""

from __future__ import annotations

from typing import Any

import pytest

from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.params import (
    MOST_PARAMETERS,
    Params,
    Upload,
    parse_form,
    parse_json,
    parse_pairs,
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("status=Hello+there", {"status": "Hello there"}),
        ("id[]=1&id[]=2", {"id": ["1", "2"]}),
        (
            "source[privacy]=public&source[sensitive]=1",
            {"source": {"privacy": "public", "sensitive": "1"}},
        ),
        ("poll[options][]=a&poll[options][]=b", {"poll": {"options": ["a", "b"]}}),
        (
            "fields_attributes[0][name]=x&fields_attributes[0][value]=y",
            {"fields_attributes": {"0": {"name": "x", "value": "y"}}},
        ),
        (
            "keywords_attributes[][keyword]=a&keywords_attributes[][whole_word]=1"
            "&keywords_attributes[][keyword]=b",
            {"keywords_attributes": [{"keyword": "a", "whole_word": "1"}, {"keyword": "b"}]},
        ),
        ("a=1&a=2", {"a": "2"}),
        ("a[b=1", {"a[b": "1"}),
        ("status=%F0%9F%90%A6", {"status": "🐦"}),
    ],
)
def test_flat_names_say_nested_values(text: str, values: dict[str, Any]) -> None:
    assert parse_form(text).plain() == values


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a=1&a[b]=2", "invalid_parameter"),
        ("a[]=1&a[b]=2", "invalid_parameter"),
        ("a[b]=1&a=2", "invalid_parameter"),
        ("a" + "[b]" * 20 + "=1", "invalid_parameter"),
        ("status=%FF", "invalid_encoding"),
        ("&".join(f"a{n}=1" for n in range(MOST_PARAMETERS + 1)), "too_many_parameters"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_form(text)
    assert refused.value.code == code


def test_json_means_the_same_as_a_form() -> None:
    form = parse_form("status=x&sensitive=true&media_ids[]=1&poll[expires_in]=300")
    body = parse_json(
        b'{"status":"x","sensitive":true,"media_ids":["1"],"poll":{"expires_in":300}}'
    )
    for params in (form, body):
        assert params.text("status") == "x"
        assert params.flag("sensitive")
        assert params.ids("media_ids") == [1]
        assert params.nested("poll").find_number("expires_in") == 300


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "invalid_json"),
        (b"[1]", "invalid_json"),
        (b'"x"', "invalid_json"),
        (b"\xff", "invalid_json"),
        (b"[" * 100_000, "invalid_json"),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "invalid_parameter"),
        (b'{"id":[' + b"1," * MOST_PARAMETERS + b"1]}", "too_many_parameters"),
    ],
)
def test_json_that_is_too_much_or_none_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_json(body)
    assert refused.value.code == code


@pytest.mark.parametrize("word", ["true", "1", "on", "True", "t"])
def test_words_for_true(word: str) -> None:
    assert parse_form(f"x={word}").find_flag("x") is True


@pytest.mark.parametrize("word", ["false", "0", "off", ""])
def test_words_for_false(word: str) -> None:
    assert parse_form(f"x={word}").find_flag("x") is False


def test_what_was_not_sent_is_not_known() -> None:
    params = parse_form("")
    assert params.find_flag("x") is None
    assert params.find_text("x") is None
    assert params.find_id("x") is None
    assert params.number("limit", 20, 1, 40) == 20


@pytest.mark.parametrize(("sent", "used"), [("0", 1), ("17", 17), ("9999", 40), ("-3", 1)])
def test_a_limit_is_brought_within_its_bounds(sent: str, used: int) -> None:
    assert parse_form(f"limit={sent}").number("limit", 20, 1, 40) == used


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (lambda params: params.find_flag("x"), "x=perhaps"),
        (lambda params: params.find_number("x"), "x=many"),
        (lambda params: params.find_number("x"), "x=" + "9" * 40),
        (lambda params: params.find_id("x"), "x=-1"),
        (lambda params: params.find_id("x"), "x=1e3"),
        (lambda params: params.ids("x"), "x[]=1&x[]=b"),
        (lambda params: params.text("x"), "x[a]=1"),
        (lambda params: params.nested("x"), "x=1"),
        (lambda params: params.rows("x"), "x[]=1"),
        (lambda params: params.find_upload("x"), "x=file"),
        (lambda params: params.get_text("x"), "x=+"),
    ],
)
def test_the_wrong_form_is_refused_by_its_name(read: Any, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(parse_form(text))
    assert refused.value.field == "x"


def test_rows_come_in_the_order_of_their_numbers() -> None:
    params = parse_form("f[10][name]=k&f[2][name]=b&f[0][name]=a")
    assert [row.text("name") for row in params.rows("f")] == ["a", "b", "k"]


def test_files_are_found_however_deep() -> None:
    file = Upload("/nowhere", "a.png", "image/png", 3)
    params = parse_pairs([("a", "1"), ("b[c][]", file), ("d", file)])
    assert list(params.uploads()) == [file, file]


def test_the_body_wins_over_the_query() -> None:
    both = parse_form("limit=1&q=x").merged(Params({"limit": "2"}))
    assert both.plain() == {"limit": "2", "q": "x"}
