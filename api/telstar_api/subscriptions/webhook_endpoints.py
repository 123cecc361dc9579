"""Where payment providers tell what became of payments."""

from typing import Annotated

from fastapi import APIRouter, Header, Request

from telstar_api.context import ContextDep
from telstar_api.database import WriteSession
from telstar_api.problems import BadRequest, Invalid, NotFound, documented
from telstar_api.subscriptions import stripe, webhooks
from telstar_api.subscriptions.schemas import Received

router = APIRouter(prefix="/api/v1/payments/webhooks", tags=["payments"])

# The signature is over the very bytes, so FastAPI is kept from reading the body itself.
RAW_BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.post("/stripe", responses=documented(BadRequest, NotFound, Invalid), openapi_extra=RAW_BODY)
async def receive_stripe_event(
    request: Request,
    session: WriteSession,
    context: ContextDep,
    stripe_signature: Annotated[str, Header(max_length=2000)] = "",
) -> Received:
    """A Stripe event: invoice.paid, invoice.payment_failed and customer.subscription.deleted count."""
    secret, now = context.settings.stripe_webhook_secret, context.clock.now()
    if secret is None:
        raise NotFound("Stripe's webhooks are off: set STRIPE_WEBHOOK_SECRET_FILE.")
    body = await request.body()
    try:
        stripe.verify(secret, stripe_signature, body, now)
        notice = stripe.read(body)
    except (stripe.SignatureRefused, stripe.Unreadable) as error:
        raise BadRequest(str(error)) from error
    if notice is None:
        return Received(outcome="ignored")
    return Received(outcome=await webhooks.receive(session, notice, now))
