"""A service's badge: its own picture or its initials on its own colour, always readable."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from lapwing.outages.views import ServiceLink

_FALLBACK_COLOURS = ("0f5c57", "6b4a1f", "3d4f8a", "7a3557", "3f6212", "5b4b8a", "155e75", "8a3d2a")


def luminance(colour: str) -> float:
    """Relative luminance of six hex digits, as WCAG 2 defines it."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink_on(colour: str) -> str:
    """White or black, whichever is easier to read on `colour`; always at least 4.5 to 1."""
    ground = luminance(colour) + 0.05
    return "ffffff" if 1.05 / ground >= ground / 0.05 else "000000"


def colour_of(service: ServiceLink) -> str:
    """Its own colour as six hex digits, or one that its slug always gets."""
    own = (service.colour or "").lstrip("#").lower()
    if re.fullmatch(r"[0-9a-f]{6}", own):
        return own
    return _FALLBACK_COLOURS[sum(service.slug.encode()) % len(_FALLBACK_COLOURS)]


def drawn(path: str) -> str:
    """A picture of 24 by 24 in the middle of the badge."""
    return f'<g transform="translate(11 11) scale(1.083)">{path}</g>'


def used(sprite_url: str, name: str) -> str:
    """The same picture, fetched with the sprite."""
    where = 'x="11" y="11" width="26" height="26"'
    return f'<use href="{escape(sprite_url)}#{escape(name)}" {where}/>'


def inside(service: ServiceLink, picture: str | None) -> str:
    """The badge's shapes in a box of 48 by 48, with its `picture` or else its initials."""
    colour = colour_of(service)
    ink = ink_on(colour)
    plate = f'<rect class="badge-plate" width="48" height="48" rx="12" fill="#{colour}"/>'
    if picture is not None:
        return f'{plate}<g fill="#{ink}">{picture}</g>'
    size = 20 if len(service.initials) < 3 else 15
    return (
        f'{plate}<text x="24" y="{24 + size * 0.36:g}" fill="#{ink}" font-size="{size}" '
        f'font-weight="700" text-anchor="middle">{escape(service.initials[:3])}</text>'
    )


def badge(service: ServiceLink, picture: str | None) -> Markup:
    """For a page, where the service's name stands beside it."""
    return Markup(  # noqa: S704 - names in it are escaped
        '<svg class="badge" viewBox="0 0 48 48" aria-hidden="true" focusable="false">'
        f"{inside(service, picture)}</svg>"
    )
