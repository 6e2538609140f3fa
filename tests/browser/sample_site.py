"""A small real server of the sample views: pages, live fragments, and the JSON they ask for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
from tests import sample_views

from lapwing.outages.catalogue.catalogue import UnknownService
from lapwing.outages.model import Service
from lapwing.web.pages.assets import STATIC_FOLDER
from lapwing.web.pages.rendering import Pages

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; worker-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_TWITTER = Service("x", "X", "social", "https://x.com", (), (), aliases=("Twitter",))
_THREAD = b'<h2 id="thread-heading">What people say</h2><p>Nobody has said anything yet.</p>'
_METHOD = "# How an outage is recognised\n\nBy counting.\n\n| a | b |\n| - | - |\n| 1 | 2 |\n"


class SampleSite:
    """`live` holds, by path, the fragment that a page gets as soon as it listens."""

    def __init__(self) -> None:
        self.pages = Pages()
        self.posted: list[dict[str, list[str]]] = []
        self.live: dict[str, str] = {}
        self.url = ""
        pages = self.pages
        self._pages: dict[str, Callable[[dict[str, str]], str]] = {
            "/": lambda query: pages.home(
                sample_views.board(), query.get("category") or None, query.get("country") or None
            ),
            "/quiet": lambda _: pages.home(sample_views.board(quiet=True, stale=True)),
            "/incidents": lambda _: pages.incidents([sample_views.incident_summary("resolved")]),
            "/incidents/x-20231221-0509": lambda _: pages.incident(sample_views.incident_view()),
            "/incidents/ongoing": lambda _: pages.incident(sample_views.incident_view("ongoing")),
            "/incidents/held": lambda _: pages.incident(sample_views.held_view()),
            "/services/twiter": lambda _: pages.problem(
                404, "unknown_service", "", UnknownService("twiter", (_TWITTER,))
            ),
            "/search": lambda query: pages.search(
                query.get("q", ""), [sample_views.service_card()]
            ),
            "/services/x/reported": lambda _: pages.reported(sample_views.service_view()),
            "/methodology": lambda _: pages.methodology(_METHOD),
            "/methodology/arithmetic": lambda query: pages.arithmetic(
                sample_views.explanation_view(query["at"]) if "at" in query else None
            ),
            "/calibration": lambda _: pages.calibration(sample_views.calibration_view()),
            "/calibration/new": lambda _: pages.calibration(
                sample_views.calibration_view(recorded=False)
            ),
            "/about-data": lambda _: pages.about_data(),
            "/problem": lambda _: pages.problem(404, "unknown_page", "Nothing is here."),
        }
        for slug, condition in (
            ("x", "down"),
            ("fine", "ok"),
            ("unsure", "suspected"),
            ("better", "recovering"),
        ):
            view = sample_views.service_view(condition)
            self._pages[f"/services/{slug}"] = lambda _, view=view: pages.service(view)  # type: ignore[misc]
            self._pages[f"/services/{slug}/me"] = partial(self._nearby, condition)
        hostile = sample_views.service_view(name=sample_views.HOSTILE_NAME)
        self._pages["/services/hostile"] = lambda _: pages.service(hostile)
        self._data: dict[str, object] = {
            "/api/v1/here": {"country": "IN", "country_name": "India"},
            "/api/v1/incidents/x-20231221-0509": sample_views.incident_view(),
            "/api/v1/services/x": sample_views.service_view(),
            "/api/v1/places": {
                "places": [
                    {
                        "name": "Nagpur",
                        "country": "IN",
                        "country_name": "India",
                        "region_name": "Maharashtra",
                    }
                ]
            },
        }

    def _nearby(self, condition: str, query: dict[str, str]) -> str:
        city = query.get("city", "Pune")
        unknown = city if city == "Atlantis" else None
        view = sample_views.nearby_view(condition, city=None if unknown else city or None)
        draw = self.pages.nearby_part if "part" in query else self.pages.nearby
        return draw(view, unknown)

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        if path in self._pages:
            return 200, _HTML, self._pages[path](query).encode()
        if path in self._data:
            return 200, _JSON, msgspec.json.encode(self._data[path])
        if path.startswith("/incidents/") and path.endswith("/thread"):
            return 200, _HTML, _THREAD
        if path == "/service-worker.js":
            return 200, "text/javascript", b""
        if path == "/manifest.webmanifest":
            return 200, _JSON, self.pages.manifest().encode()
        if path.startswith("/icon-"):
            return 200, "image/png", self.pages.icon_png(192)
        file = STATIC_FOLDER / path.removeprefix("/static/")
        if path.startswith("/static/") and file.is_file():
            return 200, _TYPES.get(Path(path).suffix, "application/octet-stream"), file.read_bytes()
        return 404, _HTML, self.pages.problem(404, "unknown_page", "Nothing is here.").encode()


def _handler(site: SampleSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path.startswith("/live/"):
                self._stream(address.path)
                return
            query = {key: values[0] for key, values in parse_qs(address.query).items()}
            self._send(*site.answer(address.path, query))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            site.posted.append(parse_qs(body))
            self.send_response(303)
            self.send_header("location", "/services/x/reported")
            self.send_header("content-length", "0")
            self.end_headers()

        def _send(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(body)))
            self.send_header("content-security-policy", POLICY)
            self.end_headers()
            self.wfile.write(body)

        def _stream(self, path: str) -> None:
            message = site.live.get(path)
            if message is None:
                self._send(404, _HTML, b"")
                return
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            self.wfile.write(f"data: {message}\n\n".encode())
            self.wfile.flush()
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler


@contextmanager
def serving() -> Iterator[SampleSite]:
    """The site on a free port of this machine."""
    site = SampleSite()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
