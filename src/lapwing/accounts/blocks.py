"""Words, e-mail domains and address ranges that moderators keep out.

Of an address range only its length and a hash of its prefix under the server's key are kept: who
reads the journal without the key learns no address.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final, TypeAlias

from lapwing.accounts.mail_addresses import domain_of
from lapwing.accounts.moderation_model import Block, BlockKind
from lapwing.kernel.folding import fold
from lapwing.kernel.refusals import Refusal

Address: TypeAlias = IPv4Address | IPv6Address

_SHORTEST_PREFIX: Final = {4: 8, 6: 20}
"""A wider range would shut out whole countries."""
_LONGEST_WORD: Final = 100
_LONGEST_DOMAIN: Final = 253


def check_value(kind: BlockKind, text: str, key: bytes) -> str:
    """A block's value as it is kept. Raises `Refusal` (`block_invalid`)."""
    if kind is BlockKind.ADDRESSES:
        return _range_value(text.strip(), key)
    value = fold(text) if kind is BlockKind.WORD else text.strip().lower().strip("@.")
    longest = _LONGEST_WORD if kind is BlockKind.WORD else _LONGEST_DOMAIN
    if not 0 < len(value) <= longest or (kind is BlockKind.DOMAIN and not _is_domain(value)):
        wanted = "a word or phrase" if kind is BlockKind.WORD else "a domain such as example.org"
        raise Refusal("block_invalid", f"This takes {wanted}.", field="value")
    return value


def find_domain_block(blocks: Iterable[Block], email: str, now_ms: int) -> Block | None:
    """The block of the address's domain, or of one above it."""
    domain = domain_of(email)
    for block in _in_force(blocks, BlockKind.DOMAIN, now_ms):
        if domain == block.value or domain.endswith("." + block.value):
            return block
    return None


def find_address_block(
    blocks: Iterable[Block], address: Address | None, key: bytes, now_ms: int
) -> Block | None:
    """The block of a range that the address is in."""
    if address is None:
        return None
    hashed: dict[int, str] = {}
    for block in _in_force(blocks, BlockKind.ADDRESSES, now_ms):
        family, length = _length_of(block)
        if family != address.version:
            continue
        if length not in hashed:
            hashed[length] = _hash(ip_network((address, length), strict=False), key)
        if block.value == hashed[length]:
            return block
    return None


def find_word_block(blocks: Iterable[Block], text: str, now_ms: int) -> Block | None:
    """The block of a word or phrase in a text, however it is written."""
    words = f" {fold(text)} "
    for block in _in_force(blocks, BlockKind.WORD, now_ms):
        if f" {block.value} " in words:
            return block
    return None


def shown(block: Block) -> str:
    """What moderators see of it."""
    return block.value.partition(" ")[0] if block.kind is BlockKind.ADDRESSES else block.value


def _in_force(blocks: Iterable[Block], kind: BlockKind, now_ms: int) -> Iterable[Block]:
    return (
        block
        for block in blocks
        if block.kind is kind and (not block.expires_ms or now_ms < block.expires_ms)
    )


def _range_value(text: str, key: bytes) -> str:
    try:
        block = ip_network(text, strict=False)
    except ValueError:
        raise Refusal(
            "block_invalid",
            "This takes an address or a range such as 203.0.113.0/24 or 2001:db8::/32.",
            field="value",
        ) from None
    if block.prefixlen < _SHORTEST_PREFIX[block.version]:
        shortest = _SHORTEST_PREFIX[block.version]
        raise Refusal("block_invalid", f"A range is /{shortest} at the widest.", field="value")
    return _hash(block, key)


def _hash(block: IPv4Network | IPv6Network, key: bytes) -> str:
    packed = block.network_address.packed
    digest = blake2b(packed, key=key, digest_size=12, person=b"blocks").hexdigest()
    return f"IPv{block.version}/{block.prefixlen} {digest}"


def _length_of(block: Block) -> tuple[int, int]:
    family, _, length = block.value.partition(" ")[0].removeprefix("IPv").partition("/")
    return int(family), int(length)


def _is_domain(text: str) -> bool:
    return "." in text and all(part and part.isascii() for part in text.split("."))
