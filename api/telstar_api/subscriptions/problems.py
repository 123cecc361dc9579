"""What can stand in the way of a subscription."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import ClassVar

from pydantic import Field

from telstar_api.entitlement.schemas import Offer, Price
from telstar_api.problems import Conflict, Problem, ProblemError


class ConflictProblem(Problem):
    """What is there already stands in the way. `offers`: for an add-on, itself with each base it can have."""

    offers: list[Offer] = Field(default_factory=list)


class SubscriptionConflict(Conflict):
    """It cannot be, as things stand; for an add-on without its base, the offers name both."""

    model = ConflictProblem

    def __init__(self, detail: str, offers: Sequence[Offer] = ()) -> None:
        super().__init__(detail)
        self.offers = list(offers)

    def problem(self) -> ConflictProblem:
        """The problem with its offers."""
        return ConflictProblem(**super().problem().model_dump(), offers=self.offers)


class DeclinedProblem(Problem):
    """A payment that was declined."""

    amount: Price


class PaymentDeclined(ProblemError):
    """The payment was declined: nothing was taken, changed or charged."""

    status = HTTPStatus.PAYMENT_REQUIRED
    model = DeclinedProblem
    # That it was tried stays on record.
    keeps_writes: ClassVar[bool] = True

    def __init__(self, reason: str, amount: Price) -> None:
        super().__init__(f"{reason} Use another payment method.")
        self.amount = amount

    def problem(self) -> DeclinedProblem:
        """The problem with the amount that was asked for."""
        return DeclinedProblem(**super().problem().model_dump(), amount=self.amount)
