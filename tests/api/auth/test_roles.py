"""Endpoints that need a role."""

from typing import Annotated

import pytest
from fastapi import Depends, FastAPI
from support.api_world import World, client
from telstar_api import problems
from telstar_api.auth.roles import needs
from telstar_api.auth.tokens import Role, Viewer


@pytest.fixture
def for_support(world: World) -> FastAPI:
    """An application with one endpoint for support."""
    app = FastAPI(responses={"default": {"model": problems.Problem}})
    app.state.context = world.context
    problems.install(app)

    @app.get("/support", responses=problems.documented(problems.Unauthenticated, problems.Forbidden))
    async def ask(viewer: Annotated[Viewer, Depends(needs("support"))]) -> str:
        return viewer.role

    described = problems.as_problem_json(app.openapi())
    app.openapi = lambda: described  # type: ignore[method-assign]
    return app


@pytest.mark.parametrize(
    ("role", "status"), [("subscriber", 403), ("operator", 403), ("support", 200), ("admin", 200)]
)
async def test_a_role_is_needed_and_admins_have_all(
    world: World, for_support: FastAPI, role: Role, status: int
) -> None:
    user = await world.viewer(role=role)
    token = world.as_(user).headers["authorization"].removeprefix("Bearer ")
    answer = await client(for_support, token).get("/support")
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["detail"] == f"This needs the role support or admin; yours is {role}."


async def test_nobody_has_no_role(for_support: FastAPI) -> None:
    assert (await client(for_support).get("/support")).status_code == 401
