"""All tables, by room. Times are UTC; what a row is about is said by its class."""

from telstar_api.models.accounts import (
    Attempts,
    ExternalIdentity,
    KnownDevice,
    OidcRequest,
    OutboxMessage,
    PasswordReset,
    RefreshToken,
    Registration,
    Revocation,
    SignIn,
    User,
)
from telstar_api.models.audit import AuditRecord
from telstar_api.models.base import Base, Policy
from telstar_api.models.channels import Channel, ChannelPolicy, ScheduleEntry
from telstar_api.models.content_keys import DrmKey, KeyUse
from telstar_api.models.subscriptions import (
    Payment,
    PaymentNotice,
    Product,
    ProductEntitlement,
    SubscriptionEvent,
    UserSubscription,
)
from telstar_api.models.viewing import PlayerError, TstvSession

__all__ = [
    "Attempts",
    "AuditRecord",
    "Base",
    "Channel",
    "ChannelPolicy",
    "DrmKey",
    "ExternalIdentity",
    "KeyUse",
    "KnownDevice",
    "OidcRequest",
    "OutboxMessage",
    "PasswordReset",
    "Payment",
    "PaymentNotice",
    "PlayerError",
    "Policy",
    "Product",
    "ProductEntitlement",
    "RefreshToken",
    "Registration",
    "Revocation",
    "ScheduleEntry",
    "SignIn",
    "SubscriptionEvent",
    "TstvSession",
    "User",
    "UserSubscription",
]
