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


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers if case.headers is not None else {}
    body = case.body if isinstance(case.body, dict) else {}
    if headers.get("webhook-signature") == SIGN:
        if "token" in body:
            # A plain platform's post; a signature beside it would make it a peer's.
            case.headers = {k: v for k, v in headers.items() if k.lower() != "webhook-signature"}
        else:
            kwargs["auth"] = Signature()
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
        st.dictionaries(name, st.none() | ident | st.floats(allow_nan=False)),
    )
    kind = st.sampled_from(["user", "room", "message", "platform", "receipt", "edit"])
    event = st.fixed_dictionaries({"id": st.one_of(st.uuids(version=4).map(str), name), "kind": kind, "body": body})
    return st.one_of(event.map(json.dumps), event.map(json.dumps), event.map(json.dumps), st.text(max_size=50))


schemathesis.openapi.media_type("application/x-ndjson", st.lists(events(), min_size=1, max_size=8).map(lambda lines: "\n".join(lines).encode()))
