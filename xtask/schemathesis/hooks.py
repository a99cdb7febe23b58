"""What schemathesis cannot know of the API."""

import itertools
import os

import schemathesis

NUMBERS = itertools.count()


@schemathesis.serializer("application/x-ndjson", "application/zip")
def raw(context, value):
    """Files are sent as the bytes they are."""
    return {"data": value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes requests that should be taken fit for the state of the server, which no schema tells."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if "Idempotency-Key" in (case.headers or {}):
        # the same key for another request is rightly 422
        case.headers["Idempotency-Key"] = f"key-{next(NUMBERS)}"
    if isinstance(case.body, dict):
        case.body = fitting(case.body)
    # in query and body it must be the same, and where people log in only their own name: the server's tests have the others
    for part in (case.query, case.body) if os.environ["FUZZ_MODE"] == "required" else (case.body,):
        if isinstance(part, dict):
            part.pop("user_id", None)


def fitting(body):
    body = {name: whole(value) for name, value in body.items()}
    # the only model that is always there
    if isinstance(body.get("model"), str):
        body["model"] = "recall"
    # of those that there are
    if isinstance(body.get("time_zone"), str):
        body["time_zone"] = "Europe/Paris"
    # in the future
    if body.get("expires_at"):
        body["expires_at"] = "2101-01-01T00:00:00Z"
    # once, and somebody who is there
    body.pop("take_over", None)
    # of a conversation that is named too
    if not body.get("conversation_id"):
        body.pop("parent_id", None)
    # nobody gives away what is not theirs
    if isinstance(body.get("permissions"), list):
        body["permissions"] = ["chat"]
    return body


def whole(value):
    """The server wants whole numbers written as such; JSON Schema takes 1.0 for one."""
    if isinstance(value, dict):
        return {name: whole(inner) for name, inner in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value
