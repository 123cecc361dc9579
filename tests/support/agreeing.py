"""What each part of the API says about one and the same thing, over HTTP, held side by side."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx
from telstar_api.drm.schemas import encode
from telstar_api.entitlement.rules import RULES

from support.cells import KID, MODES, Cell

RULE_CODES = {rule.code for rule in RULES}
ABOUT_OTHERS = {"too-many-streams", "too-many-devices"}
Codes = frozenset[str]


@dataclass(frozen=True)
class Said:
    """Yes, or no for these reasons."""

    allowed: bool
    codes: Codes


def action(body: dict[str, Any]) -> Said:
    """An action of the guide or of the list of channels."""
    return Said(body["allowed"], frozenset(reason["code"] for reason in body["reasons"]))


def diagnosed(body: dict[str, Any]) -> Said:
    """A diagnosis: its verdict, and the rules of entitlement among its failed checks."""
    failed = {check["code"] for check in body["checks"] if not check["passed"]}
    return Said(body["verdict"]["allowed"], frozenset(failed & RULE_CODES))


def offered(remedies: Iterable[dict[str, Any]]) -> list[str]:
    """The products among remedies or offers, in order."""
    return [item["product_id"] for item in remedies if item["product_id"] is not None]


def without_others(said: Said) -> Said:
    """As somebody would hear who watches nothing else: what guide and list tell."""
    codes = said.codes - ABOUT_OTHERS
    return Said(not codes, codes)


async def diagnosis(
    cell: Cell, mode: str, programme: uuid.UUID | None, *, staff: bool = False
) -> dict[str, Any]:
    """The diagnosis that the viewer gets, or support about the viewer."""
    query = {"channel": cell.channel.name, "mode": mode}
    query |= {"programme_id": str(programme)} if programme else {}
    query |= {"user": str(cell.viewer.id)} if staff else {}
    answer = await cell.client(cell.staff if staff else cell.viewer).get("/api/v1/diagnosis", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def guide_actions(cell: Cell) -> dict[str, Said]:
    """What the guide says of the programme, by mode."""
    start, end = cell.programme.starts_at, cell.programme.ends_at
    times = {"from": start.isoformat(), "to": end.isoformat()}
    answer = await cell.client(cell.viewer).get("/api/v1/guide", params=times)
    assert answer.status_code == 200, answer.text
    (programme,) = answer.json()["channels"][0]["programmes"]
    return {mode: action(programme["actions"][mode]) for mode in MODES}


async def listed(cell: Cell) -> Said:
    """What the list of channels says of live."""
    answer = await cell.client(cell.viewer).get("/api/v1/channels")
    assert answer.status_code == 200, answer.text
    return action(answer.json()[0]["actions"]["live"])


async def play(cell: Cell, mode: str) -> httpx.Response:
    """Ask for a session."""
    body = {"channel": cell.channel.name, "mode": mode}
    body |= {} if mode == "live" else {"programme_id": str(cell.programme.id)}
    return await cell.client(cell.viewer).post("/api/v1/playback", json=body)


def played(answer: httpx.Response) -> Said:
    """What asking for a session was answered."""
    assert answer.status_code in (201, 403, 409), answer.text
    if answer.status_code == 201:
        return Said(True, frozenset())
    return Said(False, frozenset(reason["code"] for reason in answer.json()["reasons"]))


async def playlist(cell: Cell, session: dict[str, Any]) -> httpx.Response:
    """The session's manifest, as a player asks for it."""
    return await cell.client(None).get(session["manifest_url"])


async def licence(cell: Cell) -> int:
    """The status that a licence for the channel's key is answered with."""
    body = {"kids": [encode(bytes.fromhex(KID))], "type": "temporary"}
    return (await cell.client(cell.viewer).post("/api/v1/drm/license", json=body)).status_code


async def end(cell: Cell, session: dict[str, Any]) -> None:
    """Stop watching."""
    path = f"/api/v1/playback/{session['session_id']}"
    assert (await cell.client(cell.viewer).delete(path)).status_code == 204
