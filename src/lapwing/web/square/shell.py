"""What makes the site an app: the service worker, its page without a connection, and the part of
the frame that is the viewer's own."""

from __future__ import annotations

import json
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from lapwing.kernel.refusals import Refusal
from lapwing.web.answers import answer, page
from lapwing.web.contents import Content
from lapwing.web.square.drawing import Drawing

_WORKER = "src/service-worker.ts"
_SHELL = ("src/main.ts", "src/square.ts", "src/theme.ts", "mark.svg")


@get("/frame", include_in_schema=False)
async def frame(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """For pages that are the same for everybody: what of their frame is the viewer's own."""
    viewer = drawing.parts.viewer_of(request)
    return drawing.part(request, viewer, "square_frame.html", frame=drawing.frame(viewer))


@get("/service-worker.js", include_in_schema=False)
async def service_worker(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """At the root, as it may only look after what is below it; with the list of files that the
    page without a connection needs."""
    assets = drawing.parts.pages.assets
    script = assets.text(_WORKER)
    if not script:
        raise Refusal("unknown_page", "The front end is not built.")
    named = [assets.url(name) for name in _SHELL]
    shell = [url for url in named if url is not None]
    shell += [url for name in _SHELL for url in assets.styles(name)]
    body = f"self.SHELL={json.dumps(sorted({*shell, '/offline'}))};\n{script}"
    return answer(request, Content(body.encode(), b"text/javascript; charset=utf-8"))


@get("/offline", include_in_schema=False)
async def offline(
    request: Request[Any, Any, Any], drawing: NamedDependency[Drawing]
) -> Response[bytes]:
    """The same for everybody; the service worker keeps it."""
    return page(request, drawing.parts.pages.templates.get_template("square_offline.html").render())


HANDLERS = [frame, service_worker, offline]
