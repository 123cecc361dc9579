"""Requests made up from the OpenAPI document, well-formed and not: no 5xx, no answer that is not documented.

The requests are schemathesis' own; the answers are held against the document by tests/support/documented.py,
which lets `default` stand for what any request can run into and for nothing else.
"""

from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from support.api_process import ApiProcess
from support.documented import Documented

from .conftest import sign_in

ROOT = Path(__file__).parents[3]
schema = schemathesis.openapi.from_path(ROOT / "api/openapi.json")
# The database is one and the same for all requests of this module, as it is in service.
FUZZ = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(params=["admin", "basic", None], ids=["admin", "viewer", "nobody"])
def client(request: pytest.FixtureRequest, api: ApiProcess) -> httpx.Client:
    """Somebody with every right, somebody with few, and nobody. Anew for each operation: some sign out."""
    return sign_in(api, request.param) if request.param else httpx.Client(base_url=api.url, timeout=30)


@schema.parametrize()
@FUZZ
def test_every_answer_is_a_documented_one(case: Case, client: httpx.Client, documented: Documented) -> None:
    answer = client.send(request_of(case, client))
    assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
    documented.hold(answer)


def request_of(case: Case, client: httpx.Client) -> httpx.Request:
    """The case as an httpx request; whose token it carries is the client's affair."""
    given = case.as_transport_kwargs(base_url=str(client.base_url))
    headers = {name: value for name, value in given.pop("headers").items() if name.lower() != "authorization"}
    given.pop("cookies", None)
    if isinstance(given.get("data"), bytes | str):
        given["content"] = given.pop("data")
    return client.build_request(headers=headers, **{k: v for k, v in given.items() if v is not None})
