"""What schemathesis can't know from the description: the token of a plain platform, how a peer signs, what a batch looks like."""

import base64
import hashlib
import hmac
import json
import os
import time
import uuid

import requests
import schemathesis
from hypothesis import strategies as st

PLAIN, PEER = os.environ["INTEGRADOR_TOKEN"], os.environ["INTEGRADOR_PEER_TOKEN"].encode()
SIGN = "to be signed"  # as schemathesis.toml has it


def uuid7():
    random = uuid.uuid4().int & ((1 << 76) - 1)
    return str(uuid.UUID(int=int(time.time() * 1000) << 80 | 7 << 76 | random))


class Signature(requests.auth.AuthBase):
    """Signs the bytes that are really sent."""

    def __call__(self, request):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        ident, stamp = uuid7(), str(int(time.time()))
        mac = hmac.new(PEER, f"{ident}.{stamp}.".encode() + body, hashlib.sha256)
        request.headers["webhook-id"], request.headers["webhook-timestamp"] = ident, stamp
        request.headers["webhook-signature"] = "v1," + base64.b64encode(mac.digest()).decode()
        request.headers["integrador-node"] = "net core"
        return request


def written(value):
    """A number without a fraction is written without one: JSON Schema takes 4.0 for an integer, the protocol does not."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, list):
        return [written(item) for item in value]
    return {key: written(item) for key, item in value.items()} if isinstance(value, dict) else value


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers if case.headers is not None else {}
    if isinstance(case.body, dict):
        case.body = written(case.body)
    body = case.body if isinstance(case.body, dict) else {}
    if headers.get("webhook-signature") == SIGN:
        if isinstance(body.get("platform"), str) and "token" not in body or case.operation.path == "/batch":
            kwargs["auth"] = Signature()
            # Of a peer it means nothing.
            case.headers = {k: v for k, v in headers.items() if k.lower() != "idempotency-key"}
        else:
            # A plain platform's post; a signature beside the token would make it a peer's.
            case.headers = {k: v for k, v in headers.items() if k.lower() != "webhook-signature"}
    if isinstance(body.get("token"), str):
        body["token"] = PLAIN
    if isinstance(body.get("platform"), str):
        body["platform"] = "net core"
    if isinstance(body.get("roomOriginalPlatform"), str) and len(body["roomOriginalPlatform"]) % 2:
        body["roomOriginalPlatform"] = "BuasApp"


def events():
    name = st.text(min_size=1, max_size=20)
    ident = st.one_of(st.integers(-(2**63), 2**63 - 1), name)
    platform = st.sampled_from(["net core", "net core", "net core", "BuasApp", "Nowhere", ""])
    common = {"platform": platform, "name": name, "id": ident}
    body = st.one_of(
        st.fixed_dictionaries(common, optional={"active": st.booleans()}),
        st.fixed_dictionaries({**common, "type": st.sampled_from(["public", "private", "?"]), "users": st.lists(st.dictionaries(platform, st.lists(ident)))}),
        st.fixed_dictionaries({"platform": platform, "roomOriginalPlatform": platform, "roomId": ident, "senderId": ident, "text": st.text()}),
        st.dictionaries(name, st.none() | ident | st.floats(allow_nan=False, allow_infinity=False)),
    )
    kind = st.sampled_from(["user", "room", "message", "platform", "receipt", "edit"])
    event = st.fixed_dictionaries({"id": st.one_of(st.uuids(version=4).map(str), name), "kind": kind, "body": body})
    return event.map(json.dumps)


schemathesis.openapi.media_type("application/x-ndjson", st.lists(events(), min_size=1, max_size=8).map(lambda lines: "\n".join(lines).encode()))
