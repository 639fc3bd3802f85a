"""Content codings (section 8.4 of RFC 9110): which one a client gets, and how it is made."""

import sys
import zlib
from collections.abc import Mapping
from typing import Final, Protocol

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdCompressor
else:
    from backports.zstd import ZstdCompressor

IDENTITY: Final = "identity"
WORTHWHILE: Final = 1024
"""Bytes from which on compression saves more than it costs."""

_GZIP: Final = 16 + zlib.MAX_WBITS


class Compressor(Protocol):
    """Compresses a stream of bytes."""

    def compress(self, data: bytes, /) -> bytes:
        """Take some bytes and return what can be sent of them already."""

    def flush(self) -> bytes:
        """Return the rest."""


ENCODINGS: Final = ("zstd", "gzip")
"""The codings that are offered, the preferred one first."""


def compressor(encoding: str) -> Compressor | None:
    """Return what compresses in a coding, or None for `identity`. Raises ValueError for another coding."""
    if encoding == IDENTITY:
        return None
    if encoding == "gzip":
        return zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    if encoding == "zstd":
        return ZstdCompressor()
    raise ValueError(encoding)


def chosen_encoding(qualities: Mapping[str, float]) -> str:
    """Return the coding that a client wants most, given what it accepts and how much (section 12.5.3 of RFC 9110).

    One that it wants less than no coding at all is not chosen; without any that both know it is `identity`.
    """
    others = qualities.get("*", 0.0)
    best = max(ENCODINGS, key=lambda name: qualities.get(name, others))
    quality = qualities.get(best, others)
    return best if quality > 0 and quality >= qualities.get(IDENTITY, 0.0) else IDENTITY
