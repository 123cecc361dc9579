"""Two requests at once do not both get the last place."""

import asyncio
from pathlib import Path

import httpx
from support.api_process import shared_world
from support.tape import Tape, write
from telstar_api import main
from telstar_api.auth.tokens import Viewer
from telstar_api.tstv.windows import milliseconds

REQUESTS = 8
PLACES = 2


async def test_of_many_at_once_as_many_begin_as_there_are_places(
    migrated_database: str, secret_files: dict[str, Path], tmp_path: Path
) -> None:
    async with shared_world(migrated_database, secret_files, tmp_path) as world:
        started = milliseconds(world.clock.now()) // 1000 * 1000 - 60_000
        write(Tape(start=started).record(12), tmp_path / "news")
        await world.channel("news")
        (await world.product("basic", ("news", "live", None))).max_streams = PLACES
        user = await world.viewer("basic")
        sign_ins = [await world.sign_in(user) for _ in range(REQUESTS)]
        await world.session.commit()
        tokens = [
            world.context.tokens.issue(Viewer(user.id, "subscriber", sign_in), world.clock.now())
            for sign_in in sign_ins
        ]
        transport = httpx.ASGITransport(main.public_app(world.context))
        async with httpx.AsyncClient(transport=transport, base_url="http://telstar.test") as client:
            answers = await asyncio.gather(
                *(
                    client.post(
                        "/api/v1/playback",
                        json={"channel": "news", "mode": "live"},
                        headers={"Authorization": f"Bearer {token}"},
                    )
                    for token in tokens
                )
            )
            statuses = sorted(answer.status_code for answer in answers)
            assert statuses == [201] * PLACES + [409] * (REQUESTS - PLACES), answers[0].text
            begun = {answer.json()["session_id"] for answer in answers if answer.status_code == 201}
            for answer in answers:
                if answer.status_code == 409:
                    assert {item["session_id"] for item in answer.json()["conflicts"]} == begun
