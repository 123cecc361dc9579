"""Reading CPIX documents from outside: XML without DTDs or entities, and only what Telstar can keep. Pure."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError  # types and errors: defusedxml parses

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from telstar_api.keys.exchange import SCHEME, ReceivedKey, Unreadable

CPIX, PSKC = "urn:dashif:org:cpix", "urn:ietf:params:xml:ns:keyprov:pskc"
NAMES = {"cpix": CPIX, "pskc": PSKC}
MAX_BYTES = 1024 * 1024
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Period:
    """A ContentKeyPeriod: its number, and its times where it has them."""

    number: int
    start: datetime | None
    end: datetime | None


def read(document: bytes) -> list[ReceivedKey]:
    """The keys of a CPIX document with clear keys (pskc:PlainValue), in the order they come into force.

    A key's start is that of its period or, where the period has none, the end of the period before it. One
    key alone needs no period. Raises Unreadable where a key is encrypted, belongs to a hierarchy or another
    scheme, or would not be the only one of its period.
    """
    root = _parse(document)
    _refuse_encrypted(root)
    keys = [_content_key(each) for each in root.findall("cpix:ContentKeyList/cpix:ContentKey", NAMES)]
    if not keys:
        raise Unreadable("there is no ContentKey in it")
    if len({kid for kid, _ in keys}) < len(keys):
        raise Unreadable("a kid stands in it twice")
    numbers = _periods_of_keys(root, [kid for kid, _ in keys])
    starts = _starts(root)
    ordered = sorted(keys, key=lambda each: numbers.get(each[0], 0))
    return [ReceivedKey(kid, key, starts[numbers[kid]] if kid in numbers else None) for kid, key in ordered]


def _parse(document: bytes) -> Element:
    if len(document) > MAX_BYTES:
        raise Unreadable(f"it has more than {MAX_BYTES} bytes")
    try:
        root: Element = fromstring(document, forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable("it has a document type declaration or entities, which are not read") from None
    except (ParseError, LookupError, ValueError) as error:
        raise Unreadable(f"it is no XML document: {error}") from None
    if root.tag != f"{{{CPIX}}}CPIX":
        raise Unreadable(f"its root is not CPIX in the namespace {CPIX}")
    return root


def _refuse_encrypted(root: Element) -> None:
    encrypted = root.find(".//pskc:EncryptedValue", NAMES)
    if encrypted is not None or root.find("cpix:DeliveryDataList", NAMES) is not None:
        raise Unreadable(
            "its keys are encrypted for a receiver (DeliveryDataList): have them delivered in clear "
            "(pskc:PlainValue) over a channel you trust, or decrypt the document first"
        )


def _content_key(element: Element) -> tuple[str, bytes]:
    kid = _kid(element)
    scheme = element.get("commonEncryptionScheme", SCHEME)
    if scheme != SCHEME:
        raise Unreadable(f"key {kid} is for the scheme {scheme}, and channels are encrypted with {SCHEME}")
    if element.get("dependsOnKey") is not None:
        raise Unreadable(
            f"key {kid} belongs to a key hierarchy (dependsOnKey), which players here do not know"
        )
    value = element.findtext("cpix:Data/pskc:Secret/pskc:PlainValue", namespaces=NAMES)
    if value is None:
        raise Unreadable(f"key {kid} has no pskc:PlainValue")
    try:
        key = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable(f"key {kid} is not base64") from None
    if len(key) != KEY_BYTES:
        raise Unreadable(f"key {kid} has {len(key)} bytes instead of {KEY_BYTES}")
    return kid, key


def _kid(element: Element) -> str:
    """A KID as the database has it. The UUID's text is big-endian (ISO/IEC 23001-7 §11.2)."""
    text = element.get("kid", "")
    try:
        kid = UUID(text)
    except ValueError:
        kid = None
    if kid is None or str(kid) != text.lower():
        raise Unreadable(f"{element.tag.partition('}')[2]} has a kid that is no UUID")
    return kid.hex


def _periods_of_keys(root: Element, kids: Sequence[str]) -> Mapping[str, int]:
    """The number of each key's period; empty where there is one key alone, for all time."""
    by_id = {element.get("id"): number for number, element in enumerate(_ordered_periods(root))}
    found: dict[str, set[int]] = {}
    for rule in root.findall("cpix:ContentKeyUsageRuleList/cpix:ContentKeyUsageRule", NAMES):
        for each in rule.findall("cpix:KeyPeriodFilter", NAMES):
            if each.get("periodId") not in by_id:
                raise Unreadable("a KeyPeriodFilter names a period that is not in it")
            found.setdefault(_kid(rule), set()).add(by_id[each.get("periodId")])
    if not found and len(kids) == 1:
        return {}
    for kid in kids:
        if len(found.get(kid, ())) != 1:
            raise Unreadable(f"key {kid} needs one KeyPeriodFilter: a channel has one key at a time")
    numbers = {kid: found[kid].copy().pop() for kid in kids}
    if len(set(numbers.values())) < len(kids):
        raise Unreadable("two keys are for the same period: one key serves all tracks of a channel")
    return numbers


def _ordered_periods(root: Element) -> list[Element]:
    periods = root.findall("cpix:ContentKeyPeriodList/cpix:ContentKeyPeriod", NAMES)
    if any(each.get(name) for each in periods for name in ("startOffset", "endOffset", "duration")):
        raise Unreadable(
            "a ContentKeyPeriod has offsets or a duration: a channel's periods have start and end"
        )
    try:
        return sorted(periods, key=lambda each: int(each.get("index", "0")))
    except ValueError:
        raise Unreadable("a ContentKeyPeriod's index is no number") from None


def _starts(root: Element) -> list[datetime | None]:
    """When each period begins, in order. Only the first may leave it open: its key is in force at once."""
    starts: list[datetime | None] = []
    before: datetime | None = None
    for number, element in enumerate(_ordered_periods(root)):
        start = _time(element, "start") or before
        if number > 0 and start is None:
            raise Unreadable("a ContentKeyPeriod has no start, and the one before it no end")
        starts.append(start)
        before = _time(element, "end")
    return starts


def _time(element: Element, name: str) -> datetime | None:
    text = element.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Unreadable(
            f"a ContentKeyPeriod's {name} is no time with an offset, such as 2027-01-01T00:00:00Z"
        )
    return moment
