"""Liveness, readiness and metrics; not routed through the ingress."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

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
    """Whether requests can be answered: the database is there and has this version's tables. Else 503."""
    try:
        found = await migrations.revision(context.database.engine)
    except migrations.DatabaseUnreachable as error:
        raise Unavailable("The database does not answer.") from error
    if found != migrations.head():
        raise Unavailable(
            f"The database is at migration {found}, not {migrations.head()}: run telstar-api migrate."
        )
    return {"status": "ready"}


@router.get("/metrics")
async def metrics() -> Response:
    """Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
