"""Names of services that mean something else as well ("signal", "free", "bahn")."""

from __future__ import annotations

from typing import Final

_SHORT: Final = 2
_CLEAR: Final = frozenset({"ig", "fb", "yt", "wa"})
"""Two letters that are no word of a language read here."""
_WORDS: Final = """
act alexa amazon apple asana axis bahn bard bbox bell belong bing bob booking bumble caixa
canvas charter chase chess chime claro classroom claude cod copilot cox cred cursor delta discord
docker echo exchange fidelity fido figma flow free gemini grok
hangouts hinge hue idea indigo indian jet kick kite line lol max medicare meet meta
nest net notion office ola orange otto passport personal pip pix plex polo proton pw realms
ring rogers rise s3 shaw signal sky slack snap sora southwest spectrum
steam stripe switch tally target teams tez threads three tim tinder
uber united valve vahan virgin visa vivo wiki wise zoom
"""
_COMMON: Final = frozenset(_WORDS.split())


def is_common_name(folded: str) -> bool:
    """Whether a name is a usual word, or a letter or two, so that it needs more around it than a
    failing verb to be taken for the service."""
    return (len(folded) <= _SHORT and folded not in _CLEAR) or folded in _COMMON
