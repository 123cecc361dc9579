"""The two web applications: for viewers, and for the operator."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from telstar_api import health, metrics, problems
from telstar_api.accounts.endpoints import router as accounts
from telstar_api.audit.endpoints import router as audit
from telstar_api.auth.endpoints import router as auth
from telstar_api.body_limit import BodyLimit
from telstar_api.channels.endpoints import router as channels
from telstar_api.channels.registration import router as registration
from telstar_api.context import Context
from telstar_api.database import unavailable
from telstar_api.diagnosis.endpoints import router as diagnosis
from telstar_api.drm.endpoints import plain_route as licences
from telstar_api.drm.endpoints import router as drm
from telstar_api.keys.custody import unopened
from telstar_api.keys.endpoints import router as keys
from telstar_api.keys.wrapping import WrongKeyEncryptionKey
from telstar_api.mail.outbox import router as outbox
from telstar_api.oidc.endpoints import router as oidc
from telstar_api.parental.endpoints import router as parental
from telstar_api.playback.endpoints import edge_router as edge
from telstar_api.playback.endpoints import router as playback
from telstar_api.player_errors.endpoints import router as player_errors
from telstar_api.policies.endpoints import router as policies
from telstar_api.schedule.endpoints import router as schedule
from telstar_api.subscriptions.endpoints import router as subscriptions
from telstar_api.subscriptions.support_endpoints import router as subscription_support
from telstar_api.subscriptions.webhook_endpoints import router as webhooks
from telstar_api.tstv.endpoints import router as tstv

VERSION = "0.1.0"


def public_app(context: Context | None = None) -> FastAPI:
    """Port 8000: what viewers and the edge ask. Without a context it can only be described."""
    app = _app("Telstar", context)
    for_viewers = (
        auth,
        accounts,
        oidc,
        parental,
        channels,
        schedule,
        drm,
        subscriptions,
        webhooks,
        player_errors,
        playback,
        edge,
        tstv,
        diagnosis,
    )
    for_staff = (policies, keys, audit, outbox, subscription_support)
    for router in for_viewers + for_staff:
        app.include_router(router)
    app.include_router(health.router)
    app.router.routes.insert(0, licences)  # before the route that describes it
    return app


def internal_app(context: Context | None = None) -> FastAPI:
    """Port 8443: what the operator asks."""
    app = _app("Telstar, internal", context)
    app.include_router(registration)
    return app


def _app(title: str, context: Context | None) -> FastAPI:
    app = FastAPI(
        title=title,
        version=VERSION,
        openapi_url="/api/v1/openapi.json" if title == "Telstar" else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        responses={"default": {"model": problems.Problem, "description": "Any other error."}},
    )
    app.state.context = context
    app.add_middleware(BodyLimit)
    app.add_middleware(metrics.Measured)
    problems.install(app)
    app.add_exception_handler(OperationalError, unavailable)
    app.add_exception_handler(PoolTimeout, unavailable)
    app.add_exception_handler(WrongKeyEncryptionKey, unopened)
    describe = app.openapi
    app.openapi = lambda: problems.as_problem_json(describe())  # type: ignore[method-assign]
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def openapi() -> dict[str, Any]:
    """The public application's OpenAPI document."""
    return public_app().openapi()
