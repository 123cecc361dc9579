"""What is somebody's is nobody else's: every operation of the OpenAPI document, with the wrong token.

An operation that the document gains must fit one of the kinds below, or the last test fails.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest
from support.api_process import ApiProcess
from telstar_api import main

from .conftest import sign_in

# Whoever asks for these need not be signed in.
OPEN = {
    "POST /api/v1/auth/token",
    "POST /api/v1/auth/revoke",
    "GET /api/v1/auth/jwks.json",
    "GET /api/v1/auth/methods",
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/register/confirm",
    "POST /api/v1/auth/password-reset",
    "POST /api/v1/auth/password-reset/confirm",
    "POST /api/v1/auth/oidc/start",
    "POST /api/v1/auth/oidc/token",
    "POST /api/v1/payments/webhooks/stripe",
}
STAFF = "/api/v1/admin/"
# Path parameters that name what is one viewer's own.
OWNED = ("subscription_id", "session_id", "sign_in_id")
UNUSED = "00000000-0000-4000-8000-000000000000"
# A body that would be carried out, for those that need one.
BODIES: dict[str, dict[str, Any]] = {
    "POST /api/v1/subscriptions/{subscription_id}/change": {"product_id": "premium"},
    "POST /api/v1/subscriptions/{subscription_id}/pay": {},
    "POST /api/v1/admin/users/{user_id}/subscriptions/{subscription_id}/cancel": {"reason": "asked for it"},
    "POST /api/v1/admin/users/{user_id}/subscriptions/{subscription_id}/extend": {"reason": "ill", "days": 3},
    "PUT /api/v1/admin/channels/{name}/policy": {},
    "PUT /api/v1/admin/programmes/{programme_id}/policy": {},
    "PUT /api/v1/auth/parental-control": {"password": "x", "age_limit": None},
}
QUERIES = {"GET /api/v1/subscriptions/{subscription_id}/change": {"product_id": "premium"}}
TOKENS = {"none": None, "garbage": "Bearer x.y.z", "not a bearer": "Basic dTpw"}


def operations() -> list[str]:
    """Every operation, as `METHOD /path/{parameter}`."""
    return [
        f"{method.upper()} {path}" for path, methods in main.openapi()["paths"].items() for method in methods
    ]


def owned(operation: str) -> bool:
    return STAFF not in operation and any(f"{{{name}}}" in operation for name in OWNED)


SECURED = [operation for operation in operations() if operation not in OPEN]
OTHERS_OWN = [operation for operation in SECURED if owned(operation)]
FOR_STAFF = [operation for operation in SECURED if STAFF in operation]
LISTS = [
    operation
    for operation in SECURED
    if operation.startswith("GET ") and "{" not in operation and operation not in FOR_STAFF
]


class Owner(NamedTuple):
    """Somebody with things of their own, by the name that paths have for them."""

    client: httpx.Client
    things: dict[str, str]

    def sees(self) -> str:
        """All they see of what is theirs, but for what moves by itself."""
        paths = (
            "auth/sign-ins",
            "auth/me",
            "auth/parental-control",
            "subscriptions?history=true",
            "payments",
        )
        devices, *rest = [self.client.get(f"/api/v1/{path}").json() for path in paths]
        for device in devices:
            device.pop("last_used_at")
        return json.dumps([devices, rest])

    def plays_on(self) -> bool:
        session = self.things["session_id"]
        return self.client.post(f"/api/v1/playback/{session}/heartbeat").status_code == 200


@pytest.fixture(scope="module")
def owner(api: ApiProcess) -> Iterator[Owner]:
    """premium@example.com, who watches."""
    with sign_in(api, "premium") as client:
        playing = client.post("/api/v1/playback", json={"channel": "news", "mode": "live"})
        assert playing.status_code == 201, playing.text
        things = {
            "session_id": playing.json()["session_id"],
            "subscription_id": client.get("/api/v1/subscriptions").json()[0]["id"],
            "sign_in_id": client.get("/api/v1/auth/sign-ins").json()[0]["id"],
            "user_id": client.get("/api/v1/auth/me").json()["id"],
        }
        yield Owner(client, things)


@pytest.fixture(scope="module")
def other(api: ApiProcess) -> Iterator[httpx.Client]:
    """basic@example.com."""
    with sign_in(api, "basic") as client:
        yield client


def ask(client: httpx.Client, operation: str, things: dict[str, str], **more: Any) -> httpx.Response:
    """The operation on these things."""
    method, template = operation.split(" ")
    named = {"name": "news", "channel": "news", "programme_id": UNUSED, **things}
    body = BODIES.get(operation) if method != "GET" else None
    query = QUERIES.get(operation, {})
    return client.request(method, template.format(**named), json=body, params=query, **more)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("operation", SECURED)
def test_without_a_token_nothing_is_told(api: ApiProcess, owner: Owner, operation: str, token: str) -> None:
    header = TOKENS[token]
    with httpx.Client(base_url=api.url, headers={"Authorization": header} if header else {}) as nobody:
        answer = ask(nobody, operation, owner.things)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("operation", OTHERS_OWN)
def test_another_viewers_things_are_not_there(owner: Owner, other: httpx.Client, operation: str) -> None:
    before = owner.sees()
    answer = ask(other, operation, owner.things)
    assert answer.status_code == 404, answer.text
    missing = ask(other, operation, dict.fromkeys(OWNED, UNUSED))
    assert answer.json()["detail"] == missing.json()["detail"], "it tells that there is such a thing"
    assert owner.sees() == before
    assert owner.plays_on()


@pytest.mark.parametrize("operation", FOR_STAFF)
def test_what_is_for_staff_is_forbidden_to_viewers(owner: Owner, operation: str) -> None:
    before = owner.sees()
    answer = ask(owner.client, operation, owner.things)
    assert answer.status_code == 403, answer.text
    assert owner.sees() == before


@pytest.mark.parametrize("operation", LISTS)
def test_lists_hold_nothing_of_another_viewer(owner: Owner, other: httpx.Client, operation: str) -> None:
    answer = ask(other, operation, {})
    found = [name for name, thing in owner.things.items() if thing in answer.text]
    assert not found
    assert "premium@example.com" not in answer.text


@pytest.mark.parametrize("user", ["premium@example.com", UNUSED, "nobody@example.com"])
def test_why_another_viewer_cannot_watch_is_for_support_alone(other: httpx.Client, user: str) -> None:
    answer = other.get("/api/v1/diagnosis", params={"user": user, "channel": "news"})
    assert answer.status_code == 403
    assert user not in answer.text


def test_another_viewers_stream_cannot_be_taken_over(owner: Owner, other: httpx.Client) -> None:
    wish = {"channel": "news", "mode": "live", "take_over": [owner.things["session_id"]]}
    assert other.post("/api/v1/playback", json=wish).status_code in (201, 404, 409)
    assert owner.plays_on()


def test_every_operation_is_open_or_somebodys() -> None:
    """Whatever names a thing by a path parameter is covered by the tests above, or for all alike."""
    for operation in SECURED:
        if "{" in operation:
            assert operation in OTHERS_OWN or operation in FOR_STAFF, f"say whose {operation} is"
    assert set(operations()) >= OPEN
    document = main.openapi()["paths"]
    for operation in operations():
        method, path = operation.split(" ")
        assert bool(document[path][method.lower()].get("security")) is (operation not in OPEN), operation
