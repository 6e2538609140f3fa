"""Tells outages in plain English, from the data alone. Pure."""

from lapwing.outages.story.answers import answer, earlier_within_a_day, history
from lapwing.outages.story.telling import Telling
from lapwing.outages.story.writer import POST_LIMIT, write

__all__ = ["POST_LIMIT", "Telling", "answer", "earlier_within_a_day", "history", "write"]
