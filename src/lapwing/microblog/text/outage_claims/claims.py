"""Which services a post says fail now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import regex

from lapwing.microblog.text.outage_claims.cues import CueReader
from lapwing.microblog.text.outage_claims.names import COMMA, Named, ServiceNames, Token
from lapwing.microblog.text.outage_claims.phrases.form import DOWN, FAILS, TROUBLE, WORKS

LONGEST_READ: Final = 1_000
"""Characters; who says that something is down says so soon."""
_MOST_NAMES: Final = 6
_MOST_TOKENS: Final = 60
"""Of one sentence; more is a list, not a sentence."""

_LINK = regex.compile(r"(?i:https?)://\S++")
_SENTENCE = regex.compile(r"((?:[^.!?…\n;。！？؟।]|\.(?!\s|$))+)([.!?…\n;。！？؟।\s]*)")
_TURN_WORDS = "but though although while whereas pero aber mas mais ama tapi lekin लेकिन لكن"
_TURN = frozenset(_TURN_WORDS.split())
"""What stands between two things said of different services, or of two times."""
_DETERMINER_WORDS = """
the my our your a an his her their this that these those both all no any some every in on
de la el le les der die das den mein dein mi tu su meu minha du une un o os
"""
_DETERMINERS = frozenset(_DETERMINER_WORDS.split())
_ARTICLES_OF_NOUNS = frozenset({"der", "die", "das", "den", "dem", "mein", "dein", "unser"})
"""German writes every noun with a capital."""
_PART_WORDS = "app apps site website web server servers service network login account messages"
_PARTS = frozenset(_PART_WORDS.split())
_HASHTAG_END = regex.compile(
    r"(?:is|are|s|still)?(?:down(?:again|now|today)?|outages?|notworking|crash(?:ed)?|broken"
    r"|caid[oa]|secayo|caiu|foradoar|kaputt|ausfall|storung|(?:en)?panne|coktu|gangguan|eror|error"
    r"|障害|落ちた|डाउन|बंद|معطل)\d{0,8}$"
)
_QUESTION: Final = frozenset("?？؟")
_OTHERS = r" , (?:my|our|his|her|their|mi|meu|mon|ma|mein|meine) "
"""After these something else is spoken of: "It isn't X, my wifi is down"."""
_PRONOUN = r"(?:it|its|it s|the app|the site|app|site|website|this app|this site)"


class _Clause(NamedTuple):
    tokens: list[Token]
    names: list[Named]
    asks: bool


class _Rules:
    """Where the cues of a cued sentence have to stand."""

    def __init__(self) -> None:
        self.cues = cues = CueReader()
        some = f"(?:(?!{_OTHERS}) {cues.filler}){{0,6}}+"
        failing = f"[{FAILS}{DOWN}]"
        self.after = regex.compile(rf" N{some} {failing} ")
        self.before = regex.compile(
            rf" [{FAILS}{TROUBLE}](?: (?!,){cues.filler}){{0,4}} N(?! s )"
            rf"(?= (?:$|{cues.filler}|[^\w\s] ))"
        )
        self.pronoun = regex.compile(rf" {_PRONOUN}{some} {failing} ")


class _Said(NamedTuple):
    fails: set[str]
    works: set[str]


class OutageClaims:
    """Finds what posts claim of the watched services; made once, at the start."""

    def __init__(self, services: Iterable[tuple[str, Iterable[str]]]) -> None:
        """`services`: slug, and its name with all aliases."""
        self._names = ServiceNames(services)
        self._rules = _Rules()

    def made_in(self, text: str) -> set[str]:
        """Slugs of the services that the text says fail now, or asks whether they do."""
        rules = self._rules
        claimed: set[str] = set()
        last: set[str] = set()
        for clause in _clauses(text[:LONGEST_READ], self._names):
            claimed |= _in_hashtags(clause.tokens, self._names)
            if clause.names:
                said = _read(clause, rules)
                claimed = (claimed - said.works) | said.fails
                last = {one.slug for one in clause.names if one.is_written_so or not one.is_common}
            elif claimed or last:
                cued = rules.cues.read(_spelled(clause.tokens, []))
                if WORKS in cued:
                    claimed = set()
                elif len(last) == 1 and rules.pronoun.search(cued):
                    claimed |= set() if rules.cues.is_denied(cued) else last
        return claimed


def _clauses(text: str, names: ServiceNames) -> Iterator[_Clause]:
    for sentence, ending in _SENTENCE.findall(_LINK.sub(" ", text)):
        asks = not _QUESTION.isdisjoint(ending)
        part: list[Token] = []
        for token in [*names.tokens_of(sentence)[:_MOST_TOKENS], None]:
            if token is None or token.folded in _TURN:
                yield _Clause(part, list(names.find(part))[:_MOST_NAMES], asks)
                part = []
            else:
                part.append(token)


def _in_hashtags(tokens: list[Token], names: ServiceNames) -> set[str]:
    found = set()
    for token in tokens:
        if token.sign == "#" and (end := _HASHTAG_END.search(token.folded)):
            found.add(names.find_hashtag(token.folded[: end.start()]))
    return {slug for slug in found if slug is not None}


def _read(clause: _Clause, rules: _Rules) -> _Said:
    fails, works = set(), set()
    for named, cued in _cued_for_each(clause, rules):
        found = _find_claim(cued, named, rules)
        if found and not rules.cues.is_denied(cued) and _is_the_service(clause, named):
            if _works_after(cued, found.end()):
                works.add(named.slug)
            else:
                fails.add(named.slug)
        elif WORKS in cued:
            works.add(named.slug)
    return _Said(fails, works)


def _cued_for_each(clause: _Clause, rules: _Rules) -> Iterator[tuple[Named, str]]:
    """Each name with the sentence's cues, in which it is "N" and the others are "M"."""
    words = rules.cues.read(_spelled(clause.tokens, clause.names)).split(" ")
    places = [at for at, word in enumerate(words) if word == "N"]
    if len(places) != len(clause.names):
        return  # a cue has taken a name for a word of its own
    for place in places:
        words[place] = "M"
    for place, named in zip(places, clause.names, strict=True):
        words[place] = "N"
        yield named, " ".join(words)
        words[place] = "M"


def _find_claim(cued: str, named: Named, rules: _Rules) -> regex.Match[str] | None:
    found = rules.after.search(cued) or rules.before.search(cued)
    if found is None and named.is_written_so:
        found = _by_pronoun(cued, rules)
    return found


def _by_pronoun(cued: str, rules: _Rules) -> regex.Match[str] | None:
    """ "X was fine, now it's down": where nothing else is named between."""
    start = cued.find(" N ")
    if start < 0 or " M " in cued[start:]:
        return None
    return rules.pronoun.search(cued, start)


def _works_after(cued: str, end: int) -> bool:
    rest = cued[end - 1 :].partition(" M ")[0]
    return WORKS in rest


def _is_the_service(clause: _Clause, named: Named) -> bool:
    """Whether a name that is a usual word as well means the service here."""
    if not named.is_common:
        return True
    before = clause.tokens[named.start - 1].folded if named.start else ""
    after = clause.tokens[named.end].folded if named.end < len(clause.tokens) else ""
    if after in _PARTS:
        return True
    if named.is_written_so:
        return before not in _ARTICLES_OF_NOUNS
    return before not in _DETERMINERS and (clause.asks or _asks_around(clause.tokens))


def _asks_around(tokens: list[Token]) -> bool:
    return any(token.folded in ("anyone", "anybody", "everyone") for token in tokens)


def _spelled(tokens: list[Token], names: list[Named]) -> str:
    """The sentence's words between blanks, "N" for each of the names."""
    words = [token.folded for token in tokens]
    for each in reversed(names):
        words[each.start : each.end] = ["N"]
    while words and words[-1] == COMMA:
        words.pop()
    return f" {' '.join(words)} "
