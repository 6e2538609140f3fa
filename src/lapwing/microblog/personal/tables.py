"""All tables of people's own things, on one square."""

from __future__ import annotations

from lapwing.microblog.personal.filters import Filters
from lapwing.microblog.personal.lists import Lists
from lapwing.microblog.personal.markers import Markers
from lapwing.microblog.personal.notifications import Notifications
from lapwing.microblog.square import Square


class PersonalTables:
    """Each hears every change of the square from now on, and is kept in its checkpoint."""

    def __init__(self, square: Square) -> None:
        self.notifications = Notifications(square)
        self.lists = Lists(square.relations)
        self.filters = Filters(square.posts)
        self.markers = Markers()
        square.tables.extend([self.notifications, self.lists, self.filters, self.markers])
