"""The services that are watched: loaded at start, searched by name, changed by the operator."""
