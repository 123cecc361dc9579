"""Well-formed ISO BMFF of a few hundred bytes: what an encoder would make, without its pictures."""

import struct


def init_segment(kind: str, kid: str | None, timescale: int = 1000, height: int = 720) -> bytes:
    """An init segment of one track, "video" or "audio"; kid is 32 hexadecimal digits, or None in clear."""
    entry = _video_entry(kid, height) if kind == "video" else _audio_entry(kid, timescale)
    handler = b"vide" if kind == "video" else b"soun"
    stbl = _box(b"stbl", _full(b"stsd", struct.pack(">I", 1) + entry))
    media = _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, timescale, 0, 0x55C4, 0))
    media += _full(b"hdlr", bytes(4) + handler + bytes(13)) + _box(b"minf", stbl)
    mvex = _box(b"mvex", _full(b"trex", struct.pack(">IIIII", 1, 1, 0, 0, 0)))
    return _box(b"ftyp", b"iso6") + _box(b"moov", _box(b"trak", _box(b"mdia", media)) + mvex)


def media_segment(start: int, duration: int, filling: bytes = b"", timescale: int = 1000) -> bytes:
    """A media segment of one sample; start and duration in milliseconds."""
    traf = _full(b"tfhd", struct.pack(">I", 1), flags=0x020000)
    traf += _full(b"tfdt", struct.pack(">Q", start * timescale // 1000), version=1)
    traf += _full(b"trun", struct.pack(">II", 1, duration * timescale // 1000), flags=0x100)
    moof = _box(b"moof", _full(b"mfhd", struct.pack(">I", 1)) + _box(b"traf", traf))
    return moof + _box(b"mdat", filling)


def _video_entry(kid: str | None, height: int) -> bytes:
    fixed = bytes(24) + struct.pack(">HH", height * 16 // 9 // 2 * 2, height) + bytes(50)
    inner = _box(b"avcC", bytes.fromhex("0164001f")) + _bit_rates(height * 1000)
    return _box(b"encv" if kid else b"avc1", fixed + inner + _protection(kid))


def _audio_entry(kid: str | None, rate: int) -> bytes:
    fixed = bytes(16) + struct.pack(">HHIHH", 2, 16, 0, min(rate, 48000), 0)
    specific = b"\x05\x02\x11\x90"
    config = b"\x04" + bytes([13 + len(specific)]) + b"\x40" + bytes(12) + specific
    es = b"\x03" + bytes([3 + len(config)]) + bytes(3) + config
    inner = _full(b"esds", es) + _bit_rates(128_000)
    return _box(b"enca" if kid else b"mp4a", fixed + inner + _protection(kid))


def _bit_rates(bits: int) -> bytes:
    return _box(b"btrt", struct.pack(">III", bits // 8, bits, bits))


def _protection(kid: str | None) -> bytes:
    if kid is None:
        return b""
    tenc = _full(b"tenc", bytes([0, 0, 1, 8]) + bytes.fromhex(kid))
    return _box(b"sinf", _box(b"schi", tenc))


def _box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def _full(kind: bytes, payload: bytes, version: int = 0, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags) + payload)
