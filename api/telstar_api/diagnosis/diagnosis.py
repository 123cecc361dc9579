"""Why can't I watch this? Findings in, the answer out. Pure.

The verdict is entitlement's own, as playback asked for it. The other checks say where the trouble is when one
may watch and still cannot; they change no verdict.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from telstar_api.diagnosis import delivery, viewer
from telstar_api.diagnosis.check import Check
from telstar_api.diagnosis.findings import Findings
from telstar_api.diagnosis.words import deed
from telstar_api.entitlement.decision import Remedy as Offer
from telstar_api.entitlement.rules import Who

THOSE_WHO_RUN_IT = "Only those who run the channel can put this right: tell support if it lasts."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it may be watched, and the one sentence on top."""

    allowed: bool
    message: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would put a failed check right, and who can do it; or a product that would turn the no into a yes.

    `base_product_id` is to be taken first, where the product is an add-on that needs it.
    """

    message: str
    who: Who
    code: str | None = None
    product_id: str | None = None
    base_product_id: str | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The verdict, every check in order, and what would help."""

    verdict: Verdict
    checks: Sequence[Check]
    remedies: Sequence[Remedy]


def diagnose(findings: Findings) -> Diagnosis:
    """All that is to be said of these findings."""
    found = [*viewer.checks(findings), *delivery.checks(findings)]
    return Diagnosis(Verdict(findings.allowed, _sentence(findings, found)), found, _remedies(findings, found))


def _sentence(findings: Findings, found: Iterable[Check]) -> str:
    """The verdict in plain words, with the first cause in the chain that matters for it.

    A refusal is caused by a rule, whatever else is out of order; of what may be watched, the first known
    trouble is told.
    """
    who = "You" if findings.person.asks else findings.person.email
    if not findings.allowed:
        reason = findings.decision.reasons[0].message
        return reason if findings.person.asks else f"{who} cannot {deed(findings)}: “{reason}”"
    may = f"{who} may {deed(findings)}"
    trouble = next((check for check in found if not check.passed and check.known), None)
    if trouble is not None:
        return f"{may}, but something is wrong: {trouble.message}"
    return f"{may}, and nothing is wrong that could be looked at." if _gaps(found) else f"{may}."


def _gaps(found: Iterable[Check]) -> bool:
    return any(not check.known for check in found)


def _remedies(findings: Findings, found: Iterable[Check]) -> list[Remedy]:
    """Each failed check's fix in the order of the checks, then the products, cheapest first."""
    fixes = (_fix(findings, check) for check in found if not check.passed and check.fix)
    offers = (_offer(item) for item in findings.offers if not findings.allowed)
    return list(dict.fromkeys(chain(fixes, offers)))


def _fix(findings: Findings, check: Check) -> Remedy:
    hidden = check.who is Who.OPERATOR and not findings.for_staff
    return Remedy(THOSE_WHO_RUN_IT if hidden else check.fix, check.who, check.code)


def _offer(item: Offer) -> Remedy:
    price = sum(product.price for product in item.products)
    names = " with ".join(product.name for product in reversed(item.products))
    return Remedy(
        f"Take {names} for {price:.2f} {item.product.currency} a month.",
        Who.VIEWER,
        product_id=item.product.id,
        base_product_id=item.base.id if item.base else None,
    )
