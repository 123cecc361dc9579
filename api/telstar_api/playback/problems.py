"""The answers that playback alone gives: too much is watched at once; a session has ended, and how."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from pydantic import BaseModel, Field

from telstar_api.entitlement.rights import Mode
from telstar_api.entitlement.schemas import Offer, Reason
from telstar_api.playback.sessions import EndReason
from telstar_api.problems import Gone, Problem, ProblemError


class ConflictingSession(BaseModel):
    """A session of the account that is in the way."""

    session_id: uuid.UUID
    channel: str
    mode: Mode
    programme: str | None = Field(description="the title; null for live")
    device: str = Field(description="what it plays on", examples=["Firefox on Linux"])
    since: datetime


class TooMuchAtOnceProblem(Problem):
    """A refusal only because of what else the account plays; `take_over` with their ids ends those."""

    reasons: list[Reason]
    offers: list[Offer]
    conflicts: list[ConflictingSession]


class TooMuchAtOnce(ProblemError):
    """The account plays as much at once as it may: take a session over, or end one."""

    status = HTTPStatus.CONFLICT
    model = TooMuchAtOnceProblem

    def __init__(
        self, reasons: Sequence[Reason], offers: Sequence[Offer], conflicts: Sequence[ConflictingSession]
    ) -> None:
        super().__init__(" ".join(reason.message for reason in reasons))
        self.reasons, self.offers, self.conflicts = list(reasons), list(offers), list(conflicts)

    def problem(self) -> TooMuchAtOnceProblem:
        """The refusal with what is in the way."""
        basis = super().problem()
        return TooMuchAtOnceProblem(
            **basis.model_dump(), reasons=self.reasons, offers=self.offers, conflicts=self.conflicts
        )


class EndedBy(BaseModel):
    """How a session ended."""

    how: EndReason
    at: datetime
    device: str | None = Field(description="for `taken-over`: what plays in its place")
    session_id: uuid.UUID | None = Field(description="for `taken-over`: the session in its place")


class SessionEndedProblem(Problem):
    """A session that has ended, and how."""

    ended_by: EndedBy


class SessionEnded(Gone):
    """The session has ended; it says by whom and when."""

    model = SessionEndedProblem

    def __init__(self, ended_by: EndedBy) -> None:
        super().__init__(_sentence(ended_by))
        self.ended_by = ended_by

    def problem(self) -> SessionEndedProblem:
        """The end, in a sentence and in parts."""
        return SessionEndedProblem(**super().problem().model_dump(), ended_by=self.ended_by)


def _sentence(ended: EndedBy) -> str:
    match ended.how:
        case EndReason.TAKEN_OVER:
            return f"{ended.device or 'Another device'} took this stream's place at {ended.at:%H:%M} UTC."
        case EndReason.SIGNED_OUT:
            return "This playback session ended because its device was signed out: sign in again."
        case EndReason.VIEWER:
            return "This playback session was ended: begin a new one."
