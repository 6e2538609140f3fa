"""The files that the front end's build left in `web/static`: hashed addresses and contents."""

from __future__ import annotations

import json
import re
from pathlib import Path

STATIC_FOLDER = Path(__file__).resolve().parent.parent / "static"
URL_PREFIX = "/static/"


class Assets:
    """Addresses by the names the build knows them by, such as `src/main.ts` or `world.svg`.

    Without a build (`is_built` is False) pages are still drawn, without styles and land.
    """

    def __init__(self, folder: Path = STATIC_FOLDER) -> None:
        self._folder = folder
        manifest = folder / ".vite" / "manifest.json"
        self.is_built = manifest.is_file()
        chunks = json.loads(manifest.read_text("utf-8")) if self.is_built else {}
        self._files: dict[str, str] = {}
        self._styles: dict[str, list[str]] = {}
        for name, chunk in chunks.items():
            self._files[name] = chunk["file"]
            self._styles[name] = chunk.get("css", [])

    def url(self, name: str) -> str | None:
        """Address of the file; None if the build has none of that name."""
        file = self._files.get(name)
        return URL_PREFIX + file if file else None

    def styles(self, name: str) -> list[str]:
        """Addresses of the style sheets that belong to a script."""
        return [URL_PREFIX + file for file in self._styles.get(name, [])]

    def path(self, name: str) -> Path | None:
        file = self._files.get(name)
        return self._folder / file if file else None

    def text(self, name: str) -> str:
        """The file's contents; empty if the build has none of that name."""
        path = self.path(name)
        return path.read_text("utf-8") if path else ""

    def symbols(self, name: str) -> dict[str, str]:
        """Contents of each `<symbol>` of an SVG sprite, by its id."""
        found = re.findall(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', self.text(name), re.S)
        return dict(found)

    def fonts(self) -> list[str]:
        """Paths of the font files that the link-preview images are written with.

        Plain Latin comes first: the drawing library takes the first file of the right weight, and
        looks into the others only for letters that are missing there.
        """
        names = [name for name in self._files if name.endswith(".ttf")]
        names.sort(key=lambda name: ("latin-ext" in name or "latin" not in name, name))
        return [str(self._folder / self._files[name]) for name in names]
