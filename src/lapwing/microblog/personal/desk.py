"""What the actions on people's own things need."""

from __future__ import annotations

from dataclasses import dataclass, field

from lapwing.microblog.actions.context import Context
from lapwing.microblog.personal.catch_up_reading import CatchUp
from lapwing.microblog.personal.notification_views import NotificationViews
from lapwing.microblog.personal.tables import PersonalTables


@dataclass
class PersonalDesk:
    """The microblog's context with the personal tables that follow its square."""

    context: Context
    tables: PersonalTables
    notifications: NotificationViews = field(init=False)
    """For reading."""
    catch_up: CatchUp = field(init=False)

    def __post_init__(self) -> None:
        context = self.context
        self.notifications = NotificationViews(
            context.square, self.tables.notifications, context.now_ms
        )
        self.catch_up = CatchUp(context.square, self.tables.markers)
