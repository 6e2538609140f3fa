"""What only the server, and partly the person, knows of an account."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Passkey(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A WebAuthn credential."""

    credential: bytes
    public_key: bytes
    sign_count: int
    name: str
    added_ms: int
    used_ms: int = 0


class Credentials(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How somebody proves who they are. Service accounts have none. Digests are SHA-256."""

    account_id: int
    email: str = ""
    password_hash: str = ""
    """argon2id in its usual text form; empty: there is no password to sign in with."""
    totp_secret: bytes = b""
    """Shared with the authenticator app (RFC 6238); empty: not in use."""
    totp_step: int = 0
    """The last time step whose code was taken: it and those before it are taken no more."""
    recovery_digests: tuple[bytes, ...] = ()
    passkeys: tuple[Passkey, ...] = ()
    reason: str = ""
    """Why they want to join, where moderators approve."""
    invitation_id: int = 0


class Purpose(StrEnum):
    """What a mailed code does."""

    CONFIRM = "confirm"
    """The address given at sign-up."""
    RESET = "reset"
    """A new password for somebody who forgot theirs."""
    CHANGE = "change"
    """A new address takes the place of the old one."""


class MailedCode(msgspec.Struct, array_like=True, frozen=True, gc=False):
    digest: bytes
    account_id: int
    purpose: Purpose
    email: str
    expires_ms: int


class Invitation(msgspec.Struct, array_like=True, frozen=True, gc=False):
    id: int
    made_by: int
    digest: bytes
    uses_left: int
    expires_ms: int
    made_ms: int


class Session(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A browser that is signed in."""

    id: int
    account_id: int
    digest: bytes
    begun_ms: int
    expires_ms: int
    browser: str
    """Family and system ("Firefox on Linux"): enough to know one's own, too little to be traced."""
    used_ms: int


class App(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A program that people let act for them."""

    id: int
    client_id: str
    secret_digest: bytes
    name: str
    website: str
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str]
    registered_ms: int


class Grant(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What an app's token may do. Without an account it is the app's own."""

    id: int
    digest: bytes
    app_id: int
    account_id: int
    scopes: frozenset[str]
    granted_ms: int
    code_digest: bytes = b""
    """Of the authorisation code that it was given for: used twice, the code takes it away."""
    used_ms: int = 0


class AuthorizationCode(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What an app exchanges for a token, once."""

    digest: bytes
    app_id: int
    account_id: int
    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    """PKCE, S256; empty: the app sent none."""
    expires_ms: int
    used: bool = False
