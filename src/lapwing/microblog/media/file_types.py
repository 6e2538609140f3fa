"""What a file is, told by its first bytes alone: names and headers are only claims.

What is not in this list is refused: SVG and HTML (they carry scripts), HEIC, TIFF, PDF, playlists
(they name other files), archives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lapwing.kernel.refusals import Refusal
from lapwing.microblog.media.limits import MIB, MediaLimits

HEAD_BYTES: Final = 64 * 1024
"""As many of a file's first bytes as `find_file_type` wants to see."""


@dataclass(frozen=True, slots=True)
class FileType:
    """A format that is taken. `reader` is the decoder's name for it: Pillow's where it is a
    picture, FFmpeg's where it is a recording (video or sound)."""

    content_type: str
    reader: str
    is_picture: bool
    moves: bool = False
    """A picture of several frames, as far as its head tells."""

    @property
    def is_quick(self) -> bool:
        """Whether it is ready within a moment, so that a client may wait for it."""
        return self.is_picture and not self.moves


_JPEG: Final = FileType("image/jpeg", "JPEG", True)
_PNG: Final = FileType("image/png", "PNG", True)
_MOVING_PNG: Final = FileType("image/png", "PNG", True, moves=True)
_GIF: Final = FileType("image/gif", "GIF", True, moves=True)
_WEBP: Final = FileType("image/webp", "WEBP", True)
_MOVING_WEBP: Final = FileType("image/webp", "WEBP", True, moves=True)
_AVIF: Final = FileType("image/avif", "AVIF", True)
_MP4: Final = FileType("video/mp4", "mov", False)
_QUICKTIME: Final = FileType("video/quicktime", "mov", False)
_M4A: Final = FileType("audio/mp4", "mov", False)
_WEBM: Final = FileType("video/webm", "matroska", False)
_OGG: Final = FileType("audio/ogg", "ogg", False)
_MP3: Final = FileType("audio/mpeg", "mp3", False)
_AAC: Final = FileType("audio/aac", "aac", False)
_FLAC: Final = FileType("audio/flac", "flac", False)
_WAV: Final = FileType("audio/wav", "wav", False)

CONTENT_TYPES: Final = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "video/webm",
    "video/mp4",
    "video/quicktime",
    "audio/wave",
    "audio/wav",
    "audio/x-wav",
    "audio/vnd.wave",
    "audio/ogg",
    "audio/vorbis",
    "audio/mpeg",
    "audio/mp3",
    "audio/webm",
    "audio/flac",
    "audio/aac",
    "audio/m4a",
    "audio/x-m4a",
    "audio/mp4",
)
"""What clients may offer, with every name in use for it; `/api/v2/instance` states them."""


def find_file_type(head: bytes) -> FileType | None:
    """The type of the file that begins with `head` (`HEAD_BYTES` of it); None: none we take."""
    for begin, file_type in _BEGINNINGS:
        if head.startswith(begin):
            return file_type
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _MOVING_PNG if _png_moves(head) else _PNG
    if head.startswith(b"RIFF"):
        return _find_riff_type(head)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return _find_iso_type(head)
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return _WEBM
    return _find_bare_sound(head)


def get_file_type(head: bytes) -> FileType:
    """As `find_file_type`; refuses the rest (`media_empty`, `media_type_unsupported`)."""
    if not head:
        raise Refusal("media_empty", "The file is empty; choose another.", field="file")
    file_type = find_file_type(head)
    if file_type is None:
        raise Refusal(
            "media_type_unsupported",
            "This kind of file cannot be attached. JPEG, PNG, GIF, WebP and AVIF pictures can,"
            " and MP4, WebM and QuickTime video, and MP3, Ogg, Opus, FLAC, WAV, AAC and M4A sound.",
            field="file",
        )
    return file_type


def check_size(file_type: FileType, size_bytes: int, limits: MediaLimits) -> None:
    """Refuses (`media_too_large`) a file larger than files of its type may be."""
    most = limits.image_bytes if file_type.is_picture else limits.video_bytes
    if size_bytes > most:
        kind = "picture" if file_type.is_picture else "video or sound"
        raise Refusal(
            "media_too_large",
            f"The file has {size_bytes / MIB:.1f} MiB; a {kind} may have {most / MIB:.0f} MiB.",
            field="file",
        )


_BEGINNINGS: Final = (
    (b"\xff\xd8\xff", _JPEG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"OggS", _OGG),
    (b"fLaC", _FLAC),
    (b"ID3", _MP3),
)


def _png_moves(head: bytes) -> bool:
    """An `acTL` chunk before the first image data (PNG, third edition, 11.3.6.1)."""
    offset = 8
    while offset + 8 <= len(head):
        chunk = head[offset + 4 : offset + 8]
        if chunk in (b"acTL", b"IDAT"):
            return chunk == b"acTL"
        offset += 12 + int.from_bytes(head[offset : offset + 4], "big")
    return False


def _find_riff_type(head: bytes) -> FileType | None:
    if head[8:12] == b"WAVE":
        return _WAV
    if head[8:12] != b"WEBP":
        return None
    extended = head[12:16] == b"VP8X" and len(head) > 20
    return _MOVING_WEBP if extended and head[20] & 0x02 else _WEBP


def _find_iso_type(head: bytes) -> FileType | None:
    """By the major brand (ISO/IEC 14496-12, 4.3); QuickTime files may have none."""
    if head[4:8] != b"ftyp":
        return _QUICKTIME
    brand = head[8:12]
    if brand in (b"avif", b"avis"):
        return _AVIF
    if brand in (b"M4A ", b"M4B "):
        return _M4A
    if brand == b"qt  ":
        return _QUICKTIME
    return _MP4 if brand in _MP4_BRANDS or brand.startswith((b"iso", b"3gp", b"3g2")) else None


_MP4_BRANDS: Final = frozenset(
    (b"mp41", b"mp42", b"avc1", b"M4V ", b"M4VH", b"M4VP", b"dash", b"MSNV", b"f4v ", b"F4V ")
)


def _find_bare_sound(head: bytes) -> FileType | None:
    """MPEG audio without a tag in front: its frame header (ISO/IEC 11172-3, 2.4.1.3) and ADTS'."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return _AAC
    layer_3 = head[1] & 0xE6 == 0xE2
    bit_rate_index, sample_rate_index = head[2] >> 4, (head[2] >> 2) & 0b11
    return _MP3 if layer_3 and bit_rate_index not in (0, 15) and sample_rate_index != 3 else None
