"""All tables of people's own things, on one square."""

from __future__ import annotations

from lapwing.microblog.personal.conversations import Conversations
from lapwing.microblog.personal.drafts import Drafts
from lapwing.microblog.personal.endings import Endings
from lapwing.microblog.personal.filters import Filters
from lapwing.microblog.personal.lists import Lists
from lapwing.microblog.personal.markers import Markers
from lapwing.microblog.personal.notifications import Notifications
from lapwing.microblog.personal.push_subscriptions import PushSubscriptions
from lapwing.microblog.personal.scheduled import Scheduled
from lapwing.microblog.personal.suggestions import Suggestions
from lapwing.microblog.personal.tags import Tags
from lapwing.microblog.personal.trends import Trends
from lapwing.microblog.square import Square, Table


class PersonalTables:
    """Each hears every change of the square from now on, and is kept in its checkpoint."""

    def __init__(self, square: Square) -> None:
        self.notifications = Notifications(square)
        self.lists = Lists(square.relations)
        self.filters = Filters(square.posts)
        self.markers = Markers()
        self.conversations = Conversations(square)
        self.tags = Tags()
        self.scheduled = Scheduled()
        self.drafts = Drafts()
        self.push_subscriptions = PushSubscriptions(square.accounts, square.relations)
        self.endings = Endings()
        self.trends = Trends(square)
        self.suggestions = Suggestions(square)
        tables: list[Table] = [
            self.notifications,
            self.lists,
            self.filters,
            self.markers,
            self.conversations,
            self.tags,
            self.scheduled,
            self.drafts,
            self.push_subscriptions,
            self.endings,
            self.trends,
            self.suggestions,
        ]
        square.tables.extend(tables)

    def media_ids(self) -> set[int]:
        """Uploads that belong to no post yet and are not to be forgotten."""
        return self.scheduled.media_ids() | self.drafts.media_ids()
