"""A platform without the library, played: it takes whatever is posted to it, notes it, and has no users."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Plain:
    """One that answers at a port of its own until it is closed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.posts: list[dict[str, Any]] = []
        """Each as its `path` and its `body`, in the order in which they came."""
        posts = self.posts

        class Answers(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(*((200, []) if self.path == "/users" else (404, {})))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.append({"path": self.path.removeprefix("/"), "body": json.loads(body)})
                self._answer(200, {"status": 200, "message": "taken"})

            def _answer(self, status: int, body: Any) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: what counts is noted."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        # A connection that its gateway keeps open does not keep the test.
        self._server.daemon_threads, self._server.block_on_close = True, False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
