"""The catalogue's two files: the shipped one and the operator's own in the data folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import lapwing
from lapwing.outages.catalogue.catalogue import Catalogue
from lapwing.outages.catalogue.loading import Source, load_catalogue

SHIPPED: Final = Path(lapwing.__file__).parent / "data" / "services.toml"


def own_file(data: Path) -> Path:
    """Where the operator's entries are, in the folder of everything that is kept."""
    return data / "services.toml"


def read_own(data: Path) -> str:
    """The operator's file's text, empty while there is none."""
    try:
        return own_file(data).read_text("utf-8")
    except FileNotFoundError:
        return ""


def read_catalogue(data: Path | None = None) -> Catalogue:
    """Shipped services with the operator's on top; refuses (`CatalogueRefused`) wrong entries."""
    sources = [_shipped()]
    if data is not None and (own := read_own(data)):
        sources.append(Source(own, str(own_file(data))))
    return load_catalogue(sources)


def check_incoming(data: Path, incoming: Source) -> None:
    """Refuses (`CatalogueRefused`) a file to import whose entries would be wrong here."""
    sources = [_shipped(), Source(read_own(data), str(own_file(data))), incoming]
    load_catalogue(sources)


def save_own(data: Path, text: str) -> Catalogue:
    """Replaces the operator's file whole, after the catalogue with it has been found right."""
    target = own_file(data)
    catalogue = load_catalogue([_shipped(), Source(text, str(target))])
    data.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".toml.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(target)
    return catalogue


def _shipped() -> Source:
    return Source(SHIPPED.read_text("utf-8"), SHIPPED.name)
