"""CPIX: what is written has the form that the schema asks for, and only what can be kept is read."""

import base64
import secrets
import struct
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telstar_api.keys.cpix import Cpix
from telstar_api.keys.cpix_reading import MAX_BYTES
from telstar_api.keys.exchange import (
    COMMON,
    DEFAULT_SYSTEMS,
    WIDEVINE,
    DrmSystem,
    GivenKey,
    KeyExchange,
    ReceivedKey,
    Unreadable,
)
from telstar_api.keys.periods import periods

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NAMES = {"cpix": "urn:dashif:org:cpix", "pskc": "urn:ietf:params:xml:ns:keyprov:pskc"}
KID, KEY = "0123456789abcdef" * 2, bytes(range(16))

starts = st.lists(st.integers(0, 10**6).map(lambda s: START + timedelta(seconds=s)), min_size=1, max_size=6)


def given_keys(of: list[datetime]) -> list[GivenKey]:
    found = periods((secrets.token_hex(16), start) for start in of)
    return [GivenKey(each.kid, secrets.token_bytes(16), each) for each in found]


def written(keys: list[GivenKey], version: Any = "2.4", systems: Any = DEFAULT_SYSTEMS) -> ET.Element:
    return ET.fromstring(Cpix(version).write("news", keys, systems))


def test_a_document_has_its_lists_in_the_schema_s_order_and_each_element_s_own_attributes() -> None:
    """As cpix.xsd of DASH-IF has them: order of the lists, required attributes, forms of the values."""
    keys = given_keys([START, START + timedelta(hours=1)])
    root = written(keys)
    assert root.tag == f"{{{NAMES['cpix']}}}CPIX"
    assert root.attrib == {"contentId": "news", "version": "2.4"}
    order = ("ContentKeyList", "DRMSystemList", "ContentKeyPeriodList", "ContentKeyUsageRuleList")
    assert [each.tag.partition("}")[2] for each in root] == list(order)
    assert [len(each) for each in root] == [2, 2 * len(DEFAULT_SYSTEMS), 2, 2]
    assert all(set(each.attrib) == {"kid", "commonEncryptionScheme"} for each in root[0])
    assert all(set(each.attrib) == {"systemId", "kid", "name"} for each in root[1])
    assert all(set(each.attrib) >= {"id", "index"} for each in root[2])
    assert all(set(each.attrib) == {"kid", "intendedTrackType"} for each in root[3])
    for each in [*root[0], *root[1], *root[3]]:
        assert str(UUID(each.attrib["kid"])) == each.attrib["kid"]
    ids = [each.attrib["id"] for each in root[2]]
    assert len(set(ids)) == 2
    assert all(each[0] not in "0123456789" for each in ids)  # xs:ID is no number
    filters = [each.attrib["periodId"] for each in root.findall(".//cpix:KeyPeriodFilter", NAMES)]
    assert filters == ids


def test_keys_stand_under_their_kids() -> None:
    keys = given_keys([START, START + timedelta(hours=1)])
    found = {
        UUID(each.attrib["kid"]).hex: base64.b64decode(
            each.findtext("cpix:Data/pskc:Secret/pskc:PlainValue", "", NAMES), validate=True
        )
        for each in written(keys).iterfind("cpix:ContentKeyList/cpix:ContentKey", NAMES)
    }
    assert found == {each.kid: each.key for each in keys}


def test_periods_have_their_times_in_2_4_and_their_index_alone_in_2_3() -> None:
    keys = given_keys([START, START + timedelta(hours=1)])
    path = "cpix:ContentKeyPeriodList/cpix:ContentKeyPeriod"
    times = {"start": "2026-11-22T12:00:00Z", "end": "2026-11-22T13:00:00Z"}
    first, last = ({"id": f"period-{index}", "index": f"{index}"} for index in (1, 2))
    assert [each.attrib for each in written(keys).findall(path, NAMES)] == [first | times, last]
    assert [each.attrib for each in written(keys, "2.3").findall(path, NAMES)] == [first, last]
    assert written(keys, "2.3").attrib["version"] == "2.3"


def test_a_system_says_what_it_can_and_leaves_the_rest_to_its_service() -> None:
    (key,) = given_keys([START])
    found = written([key]).findall("cpix:DRMSystemList/cpix:DRMSystem", NAMES)
    assert [UUID(each.attrib["systemId"]) for each in found] == [each.system_id for each in DEFAULT_SYSTEMS]
    boxes = {each.attrib["name"]: each.findtext("cpix:PSSH", None, NAMES) for each in found}
    assert boxes[WIDEVINE.name] is None
    box = base64.b64decode(boxes[COMMON.name] or "")
    # ISO/IEC 23001-7 §8.1: size, type, version 1, system, one KID, no data.
    size, kind, version, system, count, kid, rest = struct.unpack(">I4sI16sI16sI", box)
    assert (size, kind, version, system) == (len(box), b"pssh", 1 << 24, COMMON.system_id.bytes)
    assert (count, kid.hex(), rest) == (1, key.kid, 0)


@given(starts)
def test_what_was_written_is_read_again(of: list[datetime]) -> None:
    keys = given_keys(of)
    again = Cpix().read(Cpix().write("news", keys, DEFAULT_SYSTEMS))
    assert {each.kid: each.key for each in again} == {each.kid: each.key for each in keys}
    if len(keys) > 1:
        assert {each.kid: each.valid_from for each in again} == {each.kid: each.period.start for each in keys}
    else:  # an open period alone has no time in it
        assert again[0].valid_from is None


def test_cpix_is_a_key_exchange_and_the_systems_are_drm_systems() -> None:
    exchange: KeyExchange = Cpix()
    systems: tuple[DrmSystem, ...] = DEFAULT_SYSTEMS
    assert exchange.media_type == "application/xml"
    assert len({each.system_id for each in systems}) == len(systems)


def content_key(kid: str = str(UUID(KID)), value: str | None = None, attributes: str = "") -> str:
    plain = base64.b64encode(KEY).decode() if value is None else value
    data = f"<cpix:Data><pskc:Secret><pskc:PlainValue>{plain}</pskc:PlainValue></pskc:Secret></cpix:Data>"
    return f'<cpix:ContentKey kid="{kid}" {attributes}>{data}</cpix:ContentKey>'


def document(keys: str, rest: str = "", before: str = "", prologue: str = "") -> bytes:
    names = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMES.items())
    lists = f"{before}<cpix:ContentKeyList>{keys}</cpix:ContentKeyList>{rest}"
    return f"{prologue}<cpix:CPIX {names}>{lists}</cpix:CPIX>".encode()


def period_list(*attributes: str) -> str:
    each = "".join(f'<cpix:ContentKeyPeriod id="p{i}" {text}/>' for i, text in enumerate(attributes))
    return f"<cpix:ContentKeyPeriodList>{each}</cpix:ContentKeyPeriodList>"


def rule_list(*rules: tuple[str, str]) -> str:
    each = "".join(
        f'<cpix:ContentKeyUsageRule kid="{kid}"><cpix:KeyPeriodFilter periodId="{period}"/>'
        "<cpix:VideoFilter/><cpix:AudioFilter/></cpix:ContentKeyUsageRule>"
        for kid, period in rules
    )
    return f"<cpix:ContentKeyUsageRuleList>{each}</cpix:ContentKeyUsageRuleList>"


A, B = str(UUID("a" * 32)), str(UUID("b" * 32))
HOURS = ('start="2026-11-22T12:00:00Z" end="2026-11-22T13:00:00Z"', 'start="2026-11-22T14:00:00+01:00"')


def test_one_key_alone_needs_no_period() -> None:
    assert Cpix().read(document(content_key(str(UUID(KID)).upper()))) == [ReceivedKey(KID, KEY, None)]


def test_a_key_takes_its_period_s_start_or_the_end_of_the_one_before() -> None:
    keys = content_key(B) + content_key(A)
    for second in (HOURS[1], 'index="7"'):
        rest = period_list(f'index="6" {HOURS[0]}', f"{second}") + rule_list((A, "p0"), (B, "p1"))
        if "index" not in second:
            rest = rest.replace('index="6" ', "")
        found = Cpix().read(document(keys, rest))
        assert [(each.kid, each.valid_from) for each in found] == [
            ("a" * 32, START),
            ("b" * 32, START + timedelta(hours=1)),
        ]


BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no XML document"),
    "no XML": (b"<", "no XML document"),
    "cut off": (document(content_key())[:-5], "no XML document"),
    "another root": (b"<CPIX/>", "root is not CPIX"),
    "no key": (document("").replace(b"<cpix:ContentKeyList></cpix:ContentKeyList>", b""), "no ContentKey"),
    "too long": (document(content_key(), "<!--" + "x" * MAX_BYTES + "-->"), "more than"),
    "kid no UUID": (document(content_key(KID)), "kid that is no UUID"),
    "kid in braces": (document(content_key("{" + A + "}")), "kid that is no UUID"),
    "kid twice": (document(content_key() * 2), "twice"),
    "no base64": (document(content_key(value="!")), "not base64"),
    "short": (document(content_key(value="AAAA")), "3 bytes"),
    "no value": (document(f'<cpix:ContentKey kid="{A}"/>'), "no pskc:PlainValue"),
    "another scheme": (document(content_key(attributes='commonEncryptionScheme="cbcs"')), "scheme cbcs"),
    "hierarchy": (document(content_key(attributes=f'dependsOnKey="{A}"')), "hierarchy"),
    "encrypted": (document(content_key(), before="<cpix:DeliveryDataList/>"), "encrypted for a receiver"),
    "encrypted value": (
        document(content_key().replace("PlainValue", "EncryptedValue")),
        "encrypted for a receiver",
    ),
    "two keys without periods": (document(content_key(A) + content_key(B)), "needs one KeyPeriodFilter"),
    "two keys of one period": (
        document(content_key(A) + content_key(B), period_list(HOURS[0]) + rule_list((A, "p0"), (B, "p0"))),
        "same period",
    ),
    "one key of two periods": (
        document(content_key(A), period_list(*HOURS) + rule_list((A, "p0"), (A, "p1"))),
        "needs one KeyPeriodFilter",
    ),
    "a period that is not there": (document(content_key(A), rule_list((A, "p9"))), "not in it"),
    "periods by index alone": (
        document(
            content_key(A) + content_key(B),
            period_list('index="1"', 'index="2"') + rule_list((A, "p0"), (B, "p1")),
        ),
        "no start, and the one before it no end",
    ),
    "an index that is none": (
        document(content_key(A), period_list('index="x"') + rule_list((A, "p0"))),
        "index is no number",
    ),
    "offsets": (
        document(content_key(A), period_list('startOffset="PT0S"') + rule_list((A, "p0"))),
        "offsets",
    ),
    "no time": (document(content_key(A), period_list('start="soon"') + rule_list((A, "p0"))), "is no time"),
    "no offset": (
        document(content_key(A), period_list('start="2026-11-22T12:00:00"') + rule_list((A, "p0"))),
        "is no time with an offset",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_kept_is_refused_with_the_reason_and_without_the_key(name: str) -> None:
    content, reason = BAD[name]
    with pytest.raises(Unreadable, match=reason) as refused:
        Cpix().read(content)
    assert base64.b64encode(KEY).decode() not in str(refused.value)


BOMB = "".join(
    f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' if i else '<!ENTITY e0 "0123456789">' for i in range(12)
)
ATTACKS = {
    "billion laughs": (f"<!DOCTYPE c [{BOMB}]>", "&e11;"),
    "external entity": ('<!DOCTYPE c [<!ENTITY e SYSTEM "file:///etc/passwd">]>', "&e;"),
    "external over the network": ('<!DOCTYPE c [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]>', "&e;"),
    "parameter entity": ('<!DOCTYPE c [<!ENTITY % e SYSTEM "file:///etc/passwd"> %e;]>', ""),
    "external subset": ('<!DOCTYPE c SYSTEM "http://127.0.0.1:9/c.dtd">', ""),
    "harmless document type": ("<!DOCTYPE c>", ""),
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_not_read(attack: str, encoding: str) -> None:
    prologue, value = ATTACKS[attack]
    content = document(content_key(value=value or None), prologue=prologue).decode().encode(encoding)
    with pytest.raises(Unreadable, match="document type declaration or entities"):
        Cpix().read(content)


@pytest.mark.parametrize("count", [50_000])
def test_deep_nesting_ends(count: int) -> None:
    with pytest.raises(Unreadable):
        Cpix().read(b"<a>" * count + b"</a>" * count)


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 20))
def test_whatever_the_bytes_the_answer_is_keys_or_a_reason(noise: bytes, at: int, cut: int) -> None:
    whole = document(content_key(A) + content_key(B), period_list(*HOURS) + rule_list((A, "p0"), (B, "p1")))
    for content in (noise, whole[:at] + noise[:20] + whole[at + cut :]):
        try:
            assert all(len(each.key) == 16 for each in Cpix().read(content))
        except Unreadable as error:
            assert base64.b64encode(KEY).decode() not in str(error)
