"""Link-preview images, 1200 by 630: what a shared address looks like before it is opened.

They are SVG drawn to PNG with the font that the build brings, so they look alike everywhere.
"""

from __future__ import annotations

import resvg_py
from markupsafe import escape

from lapwing.outages.views import IncidentView, Series, ServiceLink, ServiceView, Shading
from lapwing.web.pages import charts, icons, words
from lapwing.web.pages.assets import Assets

WIDTH = 1200
HEIGHT = 630
_MARGIN = 72
_CHART_HEIGHT = 165
_FOOT_HEIGHT = 64
_NARROW = frozenset("iIjlt.,:;'|!()[] ")
_WIDE = frozenset("mwMW@%")
_TONES = {
    "ok": ("#1b7a4b", "#e3f2e8"),
    "suspected": ("#8a5a00", "#fbeccb"),
    "down": ("#b3261e", "#fbe3df"),
    "recovering": ("#1f5f9e", "#e0edf9"),
    "quiet": ("#52605e", "#e9ebe7"),
}
"""Ink and paper of each state."""
_STYLE = """
text { font-family: Inter; }
.chart-incident { fill: #b3261e; fill-opacity: 0.1 }
.chart-grid { stroke: #14211f; stroke-opacity: 0.1; fill: none }
.chart-band { fill: #0f5c57; fill-opacity: 0.13 }
.chart-area { fill: #14211f; fill-opacity: 0.1 }
.chart-usual { fill: none }
.chart-line { fill: none; stroke: #14211f; stroke-width: 4; stroke-linejoin: round }
.badge-plate { stroke: #000; stroke-opacity: 0.12 }
"""


def width_of(text: str, size: float) -> float:
    """About how wide bold text is, in pixels; a little more rather than less."""
    ems = sum(0.33 if c in _NARROW else 0.92 if c in _WIDE else 0.6 for c in text)
    return ems * size


def wrapped(text: str, size: float, width: float, most: int) -> list[str]:
    """The text in at most `most` lines of that width; what does not fit ends with an ellipsis."""
    lines: list[str] = [""]
    words_left = text.split()
    while words_left:
        word = words_left.pop(0)
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            words_left.insert(0, word)
            break
    cut = bool(words_left)
    last = lines[-1]
    while last and width_of(last + ("…" if cut else ""), size) > width:
        last, cut = last[:-1].rstrip(), True
    lines[-1] = last + ("…" if cut else "")
    return lines


class Cards:
    def __init__(self, assets: Assets, symbols: dict[str, str], mark: str) -> None:
        self._symbols = symbols
        self._mark = mark
        self._fonts = assets.fonts()

    def png(self, svg: str) -> bytes:
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                skip_system_fonts=True,
                font_files=self._fonts or None,
                font_family="Inter",
            )
        )

    def service(self, view: ServiceView) -> str:
        head, rest = words.split_answer(view.answer)
        facts = [
            f"{words.plural(view.reports_1h, 'report')} in the last hour",
            f"usually {words.expected(view.expected_1h)}",
        ]
        return self._card(
            service=view.service,
            eyebrow=f"{view.service.name} · {view.category_label}",
            tone=view.condition,
            state=words.CONDITIONS.get(view.condition, view.condition),
            title=f"{head}: {rest}" if head else rest,
            facts=" · ".join(facts),
            series=view.series,
            shadings=view.shadings,
            simulated=view.simulated,
        )

    def incident(self, view: IncidentView) -> str:
        summary = view.summary
        tone, state = words.STATES.get(summary.state, ("quiet", summary.state))
        facts = [
            words.plural(summary.reports, "report"),
            f"{words.count(summary.peak_15_min)} in the busiest 15 minutes",
            f"{words.duration(summary.duration_min)} long",
        ]
        began = words.stamp(summary.started_at, view.story.time_zone)
        return self._card(
            service=summary.service,
            eyebrow=f"{summary.service.name} · {began}",
            tone=tone,
            state=state,
            title=view.story.headline,
            facts=" · ".join(facts),
            series=view.series,
            shadings=view.shadings,
            simulated=summary.simulated,
        )

    def icon_png(self, size: int) -> bytes:
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" '
            f'width="{size}" height="{size}"><rect width="48" height="48" fill="#0d3b38"/>'
            f'<path transform="translate(9 9) scale(0.62)" fill="#f6f5f0" d="{self._mark}"/></svg>'
        )
        return self.png(svg)

    def _badge(self, service: ServiceLink) -> str:
        path = self._symbols.get(service.icon or "")
        return icons.inside(service, icons.drawn(path) if path else None)

    def _card(
        self,
        *,
        service: ServiceLink,
        eyebrow: str,
        tone: str,
        state: str,
        title: str,
        facts: str,
        series: Series,
        shadings: tuple[Shading, ...],
        simulated: bool,
    ) -> str:
        ink, paper = _TONES.get(tone, _TONES["quiet"])
        size = 58 if len(title) <= 60 else 50
        lines = wrapped(title, size, WIDTH - 2 * _MARGIN, 3 if size < 58 else 2)
        chart, _ = charts.drawing(series, shadings, WIDTH, _CHART_HEIGHT)
        note = "Simulated data" if simulated else "Lapwing: is it down, or is it me?"
        titles = "".join(
            f'<text x="{_MARGIN}" y="{216 + index * size * 1.16:.1f}" font-size="{size}" '
            f'font-weight="700" fill="#14211f" letter-spacing="-1">{escape(line)}</text>'
            for index, line in enumerate(lines)
        )
        facts_y = 216 + (len(lines) - 1) * size * 1.16 + 48
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}"><style>{_STYLE}</style>'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f6f5f0"/>'
            f'<g transform="translate(0 {HEIGHT - _FOOT_HEIGHT - _CHART_HEIGHT})">{chart}</g>'
            f'<rect width="{WIDTH}" height="14" fill="{ink}"/>'
            f'<svg x="{_MARGIN}" y="64" width="72" height="72" viewBox="0 0 48 48">'
            f"{self._badge(service)}</svg>"
            f'<text x="{_MARGIN + 96}" y="94" font-size="30" font-weight="700" fill="#14211f">'
            f"{escape(wrapped(eyebrow, 30, 860, 1)[0])}</text>"
            f'<text x="{_MARGIN + 96}" y="130" font-size="28" font-weight="700" fill="{ink}">'
            f"{escape(state)}</text>"
            f"{titles}"
            f'<text x="{_MARGIN}" y="{facts_y:.1f}" font-size="28" fill="#43514e">'
            f"{escape(wrapped(facts, 28, WIDTH - 2 * _MARGIN, 1)[0])}</text>"
            f'<rect y="{HEIGHT - _FOOT_HEIGHT}" width="{WIDTH}" height="{_FOOT_HEIGHT}" '
            f'fill="{paper}"/>'
            f'<path transform="translate({_MARGIN} {HEIGHT - 53}) scale(0.85)" fill="#0d3b38" '
            f'd="{self._mark}"/>'
            f'<text x="{_MARGIN + 54}" y="{HEIGHT - 23}" font-size="24" font-weight="700" '
            f'fill="#0d3b38">{escape(note)}</text></svg>'
        )
