"""The line to a PostgreSQL server, and what may happen to it around a COMMIT."""

from __future__ import annotations

import socket
import threading

from engine.journal.sql import connect


class Wire:
    """A proxy before the server. Armed, it meets the next COMMIT: it cuts before the server sees it, cuts after the
    server has done it, or leaves the server waiting with the transaction open (`silent`).

    With `swallows` nothing is cut: the client is left on a line that stays up, and hears nothing (`swallows before` the
    server sees the COMMIT, or `after`). With `and stays away` those who connect anew meet the same: no line, or a mute one.
    """

    def __init__(self, url: str) -> None:
        self._server = connect.parse_url(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        port = self._listener.getsockname()[1]
        wired = self._server.set(port=port).update_query_dict({"sslmode": "disable", "gssencmode": "disable"})
        self.url = wired.render_as_string(hide_password=False)
        self.armed: str | None = None
        self.is_down = False
        self.is_mute = False
        self.cuts = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_mute:
                self._open.append(client)
                continue
            if self.is_down:
                client.close()
                continue
            server = socket.create_connection((self._server.host, self._server.port))
            self._open += [client, server]
            told = (client, server, threading.Event(), threading.Event())
            threading.Thread(target=self._ask, args=told, daemon=True).start()
            threading.Thread(target=self._answer, args=told, daemon=True).start()

    def _ask(
        self,
        client: socket.socket,
        server: socket.socket,
        cut_at_answer: threading.Event,
        swallows: threading.Event,
    ) -> None:
        while data := _received(client):
            if b"COMMIT" in data and self.armed is not None:
                mode, self.armed = self.armed, None
                self.cuts += 1
                self.is_down = mode.endswith("and stays away")
                self.is_mute = self.is_down and mode.startswith("swallows")
                if mode.startswith("swallows"):
                    swallows.set()
                    if "before" in mode:
                        return
                elif not mode.startswith("after"):
                    _shut(client)
                    if not mode.startswith("silent"):
                        _shut(server)
                    return
                else:
                    cut_at_answer.set()
            if not _sent(server, data):
                break
        _shut(server)

    def _answer(
        self,
        client: socket.socket,
        server: socket.socket,
        cut_at_answer: threading.Event,
        swallows: threading.Event,
    ) -> None:
        while data := _received(server):
            if swallows.is_set():
                continue
            if cut_at_answer.is_set():
                _shut(server)
                break
            if not _sent(client, data):
                break
        if not swallows.is_set():
            _shut(client)


def _received(link: socket.socket) -> bytes:
    try:
        return link.recv(65536)
    except OSError:
        return b""


def _sent(link: socket.socket, data: bytes) -> bool:
    try:
        link.sendall(data)
    except OSError:
        return False
    return True


def _shut(link: socket.socket) -> None:
    try:
        link.shutdown(socket.SHUT_RDWR)
    except OSError as error:
        assert error.errno is not None  # it was shut already
