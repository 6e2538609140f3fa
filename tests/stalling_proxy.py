"""A way to a server that lets so many requests of a kind through, and holds the next for ever."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from types import TracebackType


class StallingProxy:
    """Between a command of Lapwing and the server whose data folder this is."""

    def __init__(self, data: Path, wanted: bytes, let_through: int) -> None:
        """Requests beginning with `wanted` are counted, over all connections."""
        self._wanted = wanted
        self._left = let_through
        owner_file = data / "owner.json"
        owner = json.loads(owner_file.read_text())
        self._port = int(owner["url"].rpartition(":")[2])
        self._listening = socket.create_server(("127.0.0.1", 0))
        here = self._listening.getsockname()[1]
        owner_file.write_text(json.dumps({**owner, "url": f"http://127.0.0.1:{here}"}))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> StallingProxy:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in (self._listening, *self._open):
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
            except OSError:  # closed: the test is over
                return
            self._open += [client, server]
            threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
            threading.Thread(target=_carry, args=(server, client), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        """A request's first bytes come in one piece: they fit a packet, and so does no other."""
        try:
            while content := client.recv(65_536):
                if content.startswith(self._wanted):
                    if self._left == 0:
                        return
                    self._left -= 1
                server.sendall(content)
        except OSError:
            return


def _carry(giver: socket.socket, taker: socket.socket) -> None:
    try:
        while content := giver.recv(65_536):
            taker.sendall(content)
    except OSError:
        return
