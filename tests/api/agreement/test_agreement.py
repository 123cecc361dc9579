"""Guide, list of channels, playback, manifest, licence and diagnosis say the same, in a generated matrix.

Every pair of values of all factors meets in some cell; and every one or two deviations from what is good are
there, so that each rule is alone in the way once, and beside each other. A disagreement prints its cell.
"""

from collections.abc import Mapping

from support import agreeing
from support.agreeing import Said, diagnosed, offered, played, without_others
from support.cells import BASE, FACTORS, MODES, Arranged, Cell
from support.covering import covering, deviations

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


async def agrees(cell: Cell, values: Mapping[str, str]) -> int:
    """Hold all parts side by side in one cell; how many modes are allowed."""
    guide = await agreeing.guide_actions(cell)
    heard = [await mode_agrees(cell, mode, guide[mode], values) for mode in MODES]
    assert without_others(heard[0]) == await agreeing.listed(cell), "the list of channels"
    return sum(said.allowed for said in heard)


async def mode_agrees(cell: Cell, mode: str, guide: Said, values: Mapping[str, str]) -> Said:
    """One mode: the guide's action, playback's answer, and the diagnosis of viewer and support."""
    about = await agreeing.diagnosis(cell, mode, cell.programme.id)
    assert without_others(diagnosed(about)) == guide, f"{mode}: the guide"
    programme = None if mode == "live" else cell.programme.id
    found = await agreeing.diagnosis(cell, mode, programme)
    staff = await agreeing.diagnosis(cell, mode, programme, staff=True)
    assert diagnosed(found) == diagnosed(staff), f"{mode}: support is told otherwise than the viewer"
    answer = await agreeing.play(cell, mode)
    said = played(answer)
    assert said == diagnosed(found), f"{mode}: playback"
    if said.allowed:
        await session_agrees(cell, mode, answer.json(), values)
    else:
        assert offered(answer.json()["offers"]) == offered(found["remedies"]), f"{mode}: the offers"
    return said


async def session_agrees(cell: Cell, mode: str, session: dict[str, str], values: Mapping[str, str]) -> None:
    """What was begun can be watched: manifest, licence, and the diagnosis of the open session."""
    expected = 503 if values["storage"] == "damaged" else 200
    assert (await agreeing.playlist(cell, session)).status_code == expected, f"{mode}: the manifest"
    assert await agreeing.licence(cell) == 200, f"{mode}: the licence"
    programme = None if mode == "live" else cell.programme.id
    assert diagnosed(await agreeing.diagnosis(cell, mode, programme)) == YES, f"{mode}: while it is watched"
    await agreeing.end(cell, session)
