"""Liveness, readiness and metrics; not routed through the ingress."""

import contextlib

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from telstar_api import migrations
from telstar_api.context import ContextDep
from telstar_api.problems import Unavailable

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether this process answers at all."""
    return {"status": "alive"}


@router.get("/readyz")
async def readyz(context: ContextDep) -> dict[str, str]:
    """Whether requests can be answered. Else 503, and what to do.

    The database is there, has this version's tables, and no channel's keys are wrapped under a key-encryption
    key that is not here: a pod with the wrong one takes no viewer from those that have the right one.
    """
    try:
        found = await migrations.revision(context.database.engine)
    except migrations.DatabaseUnreachable as error:
        raise Unavailable("The database does not answer.") from error
    if found != migrations.head():
        raise Unavailable(
            f"The database is at migration {found}, not {migrations.head()}: run telstar-api migrate."
        )
    census = await context.custody.census(context.database.reading, context.wrapping, context.clock.now())
    if census.in_use:
        raise Unavailable(census.complaint())
    return {"status": "ready"}


@router.get("/metrics")
async def metrics(context: ContextDep) -> Response:
    """Prometheus' text format. What the database says is as old as its last answer."""
    with contextlib.suppress(SQLAlchemyError):
        await context.custody.census(context.database.reading, context.wrapping, context.clock.now())
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
