"""CPIX documents (DASH-IF Content Protection Information Exchange Format 2.3 and 2.4). Pure.

Written, for each key: one ContentKey, one ContentKeyPeriod, one ContentKeyUsageRule and a DRMSystem a system.
Version 2.3 knows a period by its index alone, as SPEKE 2.0 does; version 2.4 adds its times, as SPEKE 2.1.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

# Only to write: what comes from outside is parsed by defusedxml (cpix_reading).
from xml.etree import ElementTree as ET

from telstar_api.keys import cpix_reading
from telstar_api.keys.exchange import SCHEME, DrmSystem, GivenKey, ReceivedKey

CPIX, PSKC = cpix_reading.CPIX, cpix_reading.PSKC
Version = Literal["2.3", "2.4"]


@dataclass(frozen=True)
class Cpix:
    """CPIX as a KeyExchange; reads both versions, writes the one given. Keys stand in it in clear."""

    version: Version = "2.4"
    media_type: str = "application/xml"

    def read(self, document: bytes) -> list[ReceivedKey]:
        """The keys in a CPIX document. Raises Unreadable."""
        return cpix_reading.read(document)

    def write(self, channel: str, keys: Sequence[GivenKey], systems: Sequence[DrmSystem]) -> bytes:
        """A CPIX document (§5.1) whose contentId is the channel's name. Lists that are empty are left out."""
        root = ET.Element(f"{{{CPIX}}}CPIX", {"contentId": channel, "version": self.version})
        # In the order that the schema asks for.
        _list(root, "ContentKeyList", [_content_key(each) for each in keys])
        _list(root, "DRMSystemList", [_system(each, system) for system in systems for each in keys])
        _list(root, "ContentKeyPeriodList", [self._period(each) for each in keys])
        _list(root, "ContentKeyUsageRuleList", [_usage_rule(each) for each in keys])
        ET.register_namespace("cpix", CPIX)
        ET.register_namespace("pskc", PSKC)
        ET.indent(root)
        written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
        return written + b"\n"

    def _period(self, given: GivenKey) -> ET.Element:
        """A ContentKeyPeriod (§5.1.10): times come in pairs, so that an open period has its index alone."""
        period = given.period
        attributes = {"id": _period_id(given), "index": str(period.index)}
        if self.version != "2.3" and period.end is not None:
            attributes |= {"start": _time(period.start), "end": _time(period.end)}
        return ET.Element(f"{{{CPIX}}}ContentKeyPeriod", attributes)


def _list(root: ET.Element, name: str, elements: Sequence[ET.Element]) -> None:
    if elements:
        ET.SubElement(root, f"{{{CPIX}}}{name}").extend(elements)


def _content_key(given: GivenKey) -> ET.Element:
    attributes = {"kid": _uuid(given), "commonEncryptionScheme": SCHEME}
    element = ET.Element(f"{{{CPIX}}}ContentKey", attributes)
    data = ET.SubElement(element, f"{{{CPIX}}}Data")
    secret = ET.SubElement(data, f"{{{PSKC}}}Secret")
    ET.SubElement(secret, f"{{{PSKC}}}PlainValue").text = base64.b64encode(given.key).decode()
    return element


def _system(given: GivenKey, system: DrmSystem) -> ET.Element:
    attributes = {"systemId": str(system.system_id), "kid": _uuid(given), "name": system.name}
    element = ET.Element(f"{{{CPIX}}}DRMSystem", attributes)
    if box := system.pssh(given.kid):
        ET.SubElement(element, f"{{{CPIX}}}PSSH").text = base64.b64encode(box).decode()
    return element


def _usage_rule(given: GivenKey) -> ET.Element:
    attributes = {"kid": _uuid(given), "intendedTrackType": "ALL"}
    element = ET.Element(f"{{{CPIX}}}ContentKeyUsageRule", attributes)
    ET.SubElement(element, f"{{{CPIX}}}KeyPeriodFilter", {"periodId": _period_id(given)})
    return element


def _period_id(given: GivenKey) -> str:
    return f"period-{given.period.index}"


def _uuid(given: GivenKey) -> str:
    return str(UUID(given.kid))


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
