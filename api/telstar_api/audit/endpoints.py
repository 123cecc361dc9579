"""The audit log over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from telstar_api.audit import service
from telstar_api.audit.schemas import Page
from telstar_api.audit.schemas import Query as RecordQuery
from telstar_api.auth.roles import needs
from telstar_api.database import ReadSession
from telstar_api.problems import Forbidden, Invalid, Unauthenticated, documented

router = APIRouter(prefix="/api/v1/admin/audit", tags=["admin"], dependencies=[Depends(needs("support"))])


@router.get("", responses=documented(Unauthenticated, Forbidden, Invalid))
async def read_audit_log(query: Annotated[RecordQuery, Query()], session: ReadSession) -> Page:
    """What was done, newest first; for support and admins."""
    return await service.page(session, query)
