"""The node's endpoints in the application: one route that hands everything to `Node.handle`, byte for byte."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from flask import Blueprint, Response, request

from .. import _errors
from .._node import Node
from . import _uwsgi

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def blueprint(prefix: str, max_body: int, node: Callable[[], Node]) -> Blueprint:
    """Whether a path exists and which method it takes is for the node to say. Routes of the application's own under the
    same prefix go first, being more specific."""
    mounted = Blueprint("integrador", __name__, url_prefix=prefix or None)

    @mounted.route("/<path:path>", methods=METHODS, provide_automatic_options=False)
    def handle(path: str) -> Response:
        # The limit is the protocol's, not the application's. What is over it is read no further than to show that.
        request.max_content_length = sys.maxsize
        body = _body(max_body)
        try:
            query = request.query_string.decode("latin-1")
            answer = node().handle(request.method, f"/{path}", query, request.headers.items(), body)
        except _errors.IntegradorError as error:
            return _not_now(error)
        return Response(answer.body, answer.status, answer.headers)

    return mounted


def _body(longest: int) -> bytes:
    if _uwsgi.server is not None and _comes_in_pieces():
        return _uwsgi.chunked_body(longest)
    body = bytearray()
    while len(body) < longest and (piece := request.stream.read(longest - len(body))):
        body += piece
    return bytes(body)


def _comes_in_pieces() -> bool:
    """Whether the body has no length, and the server doesn't put it together."""
    terminated = request.environ.get("wsgi.input_terminated", False)
    return "Transfer-Encoding" in request.headers and request.content_length is None and not terminated


def _not_now(error: _errors.IntegradorError) -> Response:
    """The node isn't open here, or closes: who sent it tries again."""
    body = json.dumps({"status": 503, "message": f"the node can't answer now: {error}"})
    return Response(body, 503, {"Retry-After": "1"}, mimetype="application/json")
