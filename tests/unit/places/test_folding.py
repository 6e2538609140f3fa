from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapwing.kernel.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("São Paulo", "sao paulo"),
        ("  O'Fallon ", "ofallon"),
        ("O Fallon", "ofallon"),
        ("Mc Kinney", "mckinney"),
        ("St. Louis", "saint louis"),
        ("Ft.  Worth", "fort worth"),
        ("Winston-Salem", "winston salem"),
        ("Straße", "strasse"),
        ("Ａ＆Ｂ", "a b"),
        ("İzmir", "izmir"),
        ("मुंबई", "मुंबई"),
        ("Мо\u0441ква", "москва"),
        ("...", ""),
        ("a\x00b", "a b"),
    ],
)
def test_spellings_become_one(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)
