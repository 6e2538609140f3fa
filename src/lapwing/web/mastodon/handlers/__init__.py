"""The endpoints: each reads its request, calls an action or a query, and draws what comes."""

from __future__ import annotations

from typing import Final

from lapwing.web.mastodon.handlers.accounts import ACCOUNTS
from lapwing.web.mastodon.handlers.admin_accounts import ADMIN_ACCOUNTS
from lapwing.web.mastodon.handlers.admin_reports import ADMIN_REPORTS
from lapwing.web.mastodon.handlers.complaints import COMPLAINTS
from lapwing.web.mastodon.handlers.drawn import DRAWN
from lapwing.web.mastodon.handlers.filters import FILTERS
from lapwing.web.mastodon.handlers.instance import INSTANCE
from lapwing.web.mastodon.handlers.later import LATER
from lapwing.web.mastodon.handlers.lists import LISTS
from lapwing.web.mastodon.handlers.media import MEDIA
from lapwing.web.mastodon.handlers.notifications import NOTIFICATIONS
from lapwing.web.mastodon.handlers.profile import PROFILE
from lapwing.web.mastodon.handlers.relations import RELATIONS
from lapwing.web.mastodon.handlers.search import SEARCH
from lapwing.web.mastodon.handlers.status_acts import STATUS_ACTS
from lapwing.web.mastodon.handlers.statuses import STATUSES
from lapwing.web.mastodon.handlers.tags import TAGS
from lapwing.web.mastodon.handlers.timelines import TIMELINES
from lapwing.web.mastodon.routing import Routes

ROUTES: Final[tuple[Routes, ...]] = (
    TIMELINES,
    STATUSES,
    STATUS_ACTS,
    ACCOUNTS,
    RELATIONS,
    NOTIFICATIONS,
    LISTS,
    FILTERS,
    MEDIA,
    PROFILE,
    SEARCH,
    TAGS,
    LATER,
    COMPLAINTS,
    INSTANCE,
    DRAWN,
    ADMIN_ACCOUNTS,
    ADMIN_REPORTS,
)
