"""Usernames, display names, and who may not be called what."""

from __future__ import annotations

import pytest

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.text.display_names import check_display_name
from lapwing.microblog.text.hashtags import find_hashtag, normalise_hashtag
from lapwing.microblog.text.lookalikes import ReservedNames, looks_like
from lapwing.microblog.text.usernames import check_username, is_username, service_username

RESERVED = ReservedNames(
    ["x", "X", "Twitter", "whatsapp", "PayPal", "sbi", "State Bank of India", "target", "ТІКТОК"],
    further=["about"],
)


@pytest.mark.parametrize("name", ["a", "bob_1", "A" * 30, "@Bob", " bob "])
def test_usernames(name: str) -> None:
    assert is_username(check_username(name))


@pytest.mark.parametrize(
    "name", ["", "a" * 31, "b.b", "b-b", "bøb", "ＢＯＢ", "Kelvin\u212a", "a b"]
)
def test_what_is_no_username(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_username(name)
    assert refused.value.field == "username"


def test_display_names() -> None:
    assert check_display_name(" Ada\n\u202e Lovelace ") == "Ada Lovelace"
    assert check_display_name("👩‍👩‍👧‍👦" * 30) == "👩‍👩‍👧‍👦" * 30
    assert check_display_name("") == ""
    for long in ("a" * 31, "e" + "\u0301e" * 310):
        with pytest.raises(Refusal):
            check_display_name(long)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("paypal", "раураl"),
        ("PayPal", "paypaI"),
        ("google", "g00gle"),
        ("twitter", "tw1tter"),
        ("whats_app", "WhatsApp"),
        ("whatsapp", "vvhatsapp"),
        ("tiktok", "ΤΙΚΤΟΚ"),
        ("amazon", "arnazon"),
        ("Itaú", "itau"),
        ("steam", "5team"),
        ("Ｘ", "x"),
    ],
)
def test_names_that_look_alike(one: str, other: str) -> None:
    assert looks_like(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("bob", "rob"), ("x", "y"), ("", ""), ("", "_"), ("हिन्दी", "हिन्दू"), ("o2", "oz")],
)
def test_names_that_do_not(one: str, other: str) -> None:
    assert not looks_like(one, other)


@pytest.mark.parametrize(
    ("username", "meant"),
    [
        ("x", "x"),
        ("tw1tter", "Twitter"),
        ("twitter_support", "Twitter"),
        ("official_x", "x"),
        ("whatsappofficial", "whatsapp"),
        ("sbi_customercare", "sbi"),
        ("statebankofindia", "State Bank of India"),
        ("anything_outages", "_outages"),
        ("adm1n", "admin"),
        ("about", "about"),
        ("tiktok", "ТІКТОК"),
    ],
)
def test_reserved_names(username: str, meant: str) -> None:
    assert RESERVED.find(username) == meant


@pytest.mark.parametrize(
    "username", ["bob", "xylophone", "supertwitterfan", "targetshooter", "in_it"]
)
def test_free_names(username: str) -> None:
    assert RESERVED.find(username) is None


def test_people_may_bear_a_service_s_name_alone() -> None:
    names = ReservedNames(["Max", "tim", "BoB"])
    assert names.find("max") is None
    assert names.find("Bob") is None
    assert names.find("tim_support") == "tim"
    assert names.find("b0b") == "BoB"


def test_each_service_has_an_account_name_of_its_own() -> None:
    assert service_username("x") == "x_outages"
    assert service_username("prime-video") == "prime_video_outages"
    long = [service_username("a" * 40 + end) for end in "bc"]
    assert all(map(is_username, long))
    assert len(set(long)) == 2


def test_hashtags_as_people_ask_for_them() -> None:
    assert find_hashtag(" #XDown ") == "xdown"
    assert find_hashtag("नमस्ते") == "नमस्ते"
    assert normalise_hashtag("ＸＤｏｗｎ") == "xdown"
    for wrong in ("", "#", "123", "a b", "a-b", "a" * 101, "a・"):
        assert find_hashtag(wrong) is None
