"""On a real cluster: what the operator writes, and that it writes nothing in vain."""

import pytest
from support.operator_world import World, ready_channel, until

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio(loop_scope="module")]


async def test_nothing_is_written_while_nothing_changes(world: World) -> None:
    name = await ready_channel(world)
    await until("the Events", lambda: "StreamingBegan" in world.events(name))
    before, reconciled = world.writes(), world.reconciled()
    # Wakes the channel without changing anything that the operator wishes otherwise.
    for number in range(5):
        world.merge("ConfigMap", f"simlive-{name}", {"metadata": {"annotations": {"touched": str(number)}}})
        world.merge("Deployment", f"simlive-{name}", {"metadata": {"annotations": {"touched": str(number)}}})
    await until("reconciliations", lambda: world.reconciled() >= reconciled + 3)
    assert world.writes() == before


async def test_a_channels_life_costs_a_bounded_number_of_writes(world: World) -> None:
    name = await ready_channel(world)
    await until("a pod that was told", lambda: world.written(name).get("patch Pod/status"))
    world.merge("Channel", name, {"spec": {"displayName": "Renamed"}})
    await until("the new name", lambda: world.configuration(name)["spec"]["displayName"] == "Renamed")
    generation = world.get("Channel", name)["metadata"]["generation"]
    await until(
        "the status", lambda: world.get("Channel", name)["status"]["observedGeneration"] == generation
    )
    world.merge("Channel", name, {"spec": {"state": "Stopped", "reclaimPolicy": "Retain"}})
    await until("the stop", lambda: world.conditions(name)["Ready"] == ("False", "Stopped"))
    written = world.written(name)
    print(f"\nwrites of a channel's life: {written}")
    assert "patch Channel" not in written
    assert written["apply Secret"] == written["delete Deployment"] == 1
    assert written["apply ConfigMap"] <= 3  # made, renamed, stopped
    assert written["apply Deployment"] == 1
    assert written["patch Pod/status"] <= 2
    assert written["apply Channel/status"] <= 8
    assert written["create Event"] <= 6
    world.delete("Channel", name)
    await until("the Channel to be gone", lambda: world.get("Channel", name) is None)
    await until("its series to be gone", lambda: not world.written(name))
