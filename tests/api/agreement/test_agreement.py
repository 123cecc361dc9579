"""Guide, list of channels, playback, manifest, licence and diagnosis say the same, in a generated matrix.

Every pair of values of all factors meets in some cell; every single deviation from what is good is there, so
that each rule is alone in the way once; and some cells are drawn at random. A disagreement prints its cell.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from support import agreeing
from support.agreeing import Said, diagnosed, offered, played, without_others
from support.api_world import NOON
from support.cells import BASE, DAY, FACTORS, HOUR, MINUTE, MODES, PIN, Arranged, Cell
from support.covering import covering, deviations
from telstar_api.models import ChannelPolicy, UserSubscription

pytestmark = pytest.mark.timeout(900)  # on a machine that is busy with much else
YES = Said(True, frozenset())
GOOD_BASES = [{**BASE, "programme": time} for time in ("running", "just-over")]
CELLS = list(
    {
        tuple(cell.items()): cell
        for cell in [
            *covering(FACTORS),
            *(cell for base in GOOD_BASES for cell in deviations(base, FACTORS, at_most=1)),
        ]
    }.values()
)


async def test_every_cell_of_the_matrix_agrees(arranged: Arranged) -> None:
    allowed, disagreements = 0, []
    for values in CELLS:
        async with arranged(values) as cell:
            try:
                allowed += await agrees(cell, values)
            except AssertionError as error:
                disagreements.append(f"{values}\n    {error}")
    print(f"{len(CELLS)} cells, {len(CELLS) * len(MODES)} questions, {allowed} of them answered yes")
    assert not disagreements, "The parts disagree on:\n" + "\n".join(disagreements)
    assert allowed > len(CELLS) // 5


# What is good as often as all that is not, so that most cells have only some things in the way.
ANY_CELL = st.fixed_dictionaries(
    {
        name: st.one_of(st.just(good), st.sampled_from([good, *others]))
        for name, (good, *others) in FACTORS.items()
    }
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(ANY_CELL)
async def test_random_cells_agree(arranged: Arranged, values: dict[str, str]) -> None:
    async with arranged(values) as cell:
        await agrees(cell, values)


async def agrees(cell: Cell, values: Mapping[str, str]) -> int:
    """Hold all parts side by side in one cell; how many modes are allowed."""
    if values["account"] == "inactive":
        return await nobody_is_let_in(cell)
    guide = await agreeing.guide_actions(cell)
    heard = [await mode_agrees(cell, mode, guide[mode], values) for mode in MODES]
    assert without_others(heard[0]) == await agreeing.listed(cell), "the list of channels"
    return sum(said.allowed for said in heard)


async def nobody_is_let_in(cell: Cell) -> int:
    """An account that is not active gets no answer at all, and support is told why first."""
    client = cell.client(cell.viewer)
    for path in ("/api/v1/channels", "/api/v1/guide", f"/api/v1/diagnosis?channel={cell.channel.name}"):
        assert (await client.get(path)).status_code == 401, path
    for mode in MODES:
        assert (await agreeing.play(cell, mode)).status_code == 401, f"{mode}: playback"
        programme = None if mode == "live" else cell.programme.id
        found = await agreeing.diagnosis(cell, mode, programme, staff=True)
        assert not found["verdict"]["allowed"], f"{mode}: the diagnosis"
        assert "not active" in found["verdict"]["message"], f"{mode}: the sentence on top"
    assert await agreeing.licence(cell) == 401, "the licence"
    return 0


async def mode_agrees(cell: Cell, mode: str, guide: Said, values: Mapping[str, str]) -> Said:
    """One mode: the guide's action, playback's answer, and the diagnosis of viewer and support."""
    about = await agreeing.diagnosis(cell, mode, cell.programme.id)
    assert without_others(diagnosed(about)) == guide, f"{mode}: the guide"
    programme = None if mode == "live" else cell.programme.id
    found = await agreeing.diagnosis(cell, mode, programme)
    staff = await agreeing.diagnosis(cell, mode, programme, staff=True)
    assert diagnosed(found) == diagnosed(staff), f"{mode}: support is told otherwise than the viewer"
    assert offered(found["remedies"]) == offered(staff["remedies"]), f"{mode}: support is offered otherwise"
    answer = await agreeing.play(cell, mode)
    said = played(answer)
    assert said == diagnosed(found), f"{mode}: playback"
    if not said.allowed:
        assert await agreeing.licence(cell) == 403, f"{mode}: a licence without a session"
        assert offered(answer.json()["offers"]) == offered(found["remedies"]), f"{mode}: the offers"
    if said.codes == {"pin-required"}:
        answer = await agreeing.play(cell, mode, PIN)
        assert answer.status_code == 201, f"{mode}: with the PIN"
    if answer.status_code == 201:
        await session_agrees(cell, mode, answer.json(), values)
    return said


async def session_agrees(cell: Cell, mode: str, session: dict[str, str], values: Mapping[str, str]) -> None:
    """What was begun can be watched: manifest, licence, and the diagnosis of the open session."""
    expected = 503 if values["storage"] == "damaged" else 200
    assert (await agreeing.playlist(cell, session)).status_code == expected, f"{mode}: the manifest"
    assert await agreeing.licence(cell) == 200, f"{mode}: the licence"
    programme = None if mode == "live" else cell.programme.id
    assert diagnosed(await agreeing.diagnosis(cell, mode, programme)) == YES, f"{mode}: while it is watched"
    await agreeing.end(cell, session)


OFF = {"live": "disabled", "start_over": "disabled", "catch_up": "disabled"}
# What changes while a session is open: in which row, which values.
CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": ("programme", {}),
    "subscription-ends": ("subscription", {"ends_at": NOON + MINUTE}),
    "subscription-shrinks": ("subscription", {"product_id": "live-only"}),
    "payment-lapses": ("subscription", {"paid_until": NOON - 10 * DAY}),
    "blackout-of-channel": ("policy", OFF),
    "blackout-of-programme": ("programme", OFF),
    "programme-ends": ("programme", {"ends_at": NOON - MINUTE}),
    "programme-moves": ("programme", {"starts_at": NOON - MINUTE, "ends_at": NOON + HOUR}),
    "channel-stops": ("channel", {"state": "Stopped"}),
    "maintenance-begins": ("policy", {"maintenance_from": NOON, "maintenance_until": NOON + HOUR}),
    "territory-narrows": ("programme", {"territories": ["AT"]}),
    "rating-rises": ("programme", {"age": 18}),
}


async def test_open_sessions_agree_after_the_world_has_changed(arranged: Arranged) -> None:
    disagreements, stopped = [], 0
    cells = [(mode, change) for mode in MODES for change in CHANGES]
    for mode, change in cells:
        time = "just-over" if mode == "catch-up" else "running"
        async with arranged(
            {**BASE, "programme": time, "territory": "inside", "age": "within-limit"}
        ) as cell:
            try:
                stopped += await agrees_after(cell, mode, change)
            except AssertionError as error:
                disagreements.append(f"{mode}, {change}\n    {error}")
    print(f"{len(cells)} cells of open sessions, {stopped} of them stopped")
    assert not disagreements, "The parts disagree on:\n" + "\n".join(disagreements)
    assert len(cells) // 3 < stopped < len(cells)


async def agrees_after(cell: Cell, mode: str, change: str) -> bool:
    """Begin, change the world, then hold playlist, licence and diagnosis side by side; whether it stopped."""
    session = (await agreeing.play(cell, mode)).json()
    await happens(cell, change)
    programme = None if mode == "live" else cell.programme.id
    said = diagnosed(await agreeing.diagnosis(cell, mode, programme))
    assert said == diagnosed(await agreeing.diagnosis(cell, mode, programme, staff=True)), "support"
    playlist = await agreeing.playlist(cell, session)
    if said.allowed:
        assert playlist.status_code == 200, f"the manifest: {playlist.text}"
    else:
        assert playlist.status_code == 403, f"the manifest: {playlist.text}"
        codes = {reason["code"] for reason in playlist.json()["reasons"]}
        assert codes == said.codes, "the manifest's reasons"
    assert await agreeing.licence(cell) == playlist.status_code, "the licence"
    return not said.allowed


async def happens(cell: Cell, change: str) -> None:
    """Let it happen; a minute later all of it is so."""
    session = cell.world.session
    taken = select(UserSubscription).where(UserSubscription.user_id == cell.viewer.id)
    rows = {
        "subscription": (await session.scalars(taken)).one(),
        "policy": await session.get_one(ChannelPolicy, cell.channel.name),
        "programme": cell.programme,
        "channel": cell.channel,
    }
    where, values = CHANGES[change]
    for name, value in values.items():
        setattr(rows[where], name, value)
    await session.flush()
    cell.world.clock.turn(MINUTE)
