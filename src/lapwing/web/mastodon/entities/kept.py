"""Drawn forms that are kept while there is room for them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

F = TypeVar("F")


class Kept(Generic[F]):
    """The forms asked for last, by id."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._forms: OrderedDict[int, F] = OrderedDict()
        self.find = self._forms.get
        """A form is found without being moved to the front: that would cost every reader, and
        who is asked for often is soon drawn again."""

    def __len__(self) -> int:
        return len(self._forms)

    def put(self, number: int, form: F) -> F:
        forms = self._forms
        forms[number] = form
        if len(forms) > self._room:
            forms.popitem(last=False)
        return form

    def drop(self, number: int) -> None:
        self._forms.pop(number, None)

    def clear(self) -> None:
        self._forms.clear()
