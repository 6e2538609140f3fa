"""Passkeys, with an authenticator made of software (WebAuthn, level 2: 6.1 and 7)."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from tests.account_desk import HERE, Office, open_office

from lapwing.accounts.leaving import delete_account
from lapwing.accounts.model import Account
from lapwing.accounts.passkeys import MOST, add, begin_adding, begin_sign_in, check_answer, remove
from lapwing.accounts.private import Passkey
from lapwing.kernel.refusals import Refusal

URL = "http://testserver.local"
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


def text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One key pair. What a test sets is what it says."""

    origin: str = URL
    host: str = "testserver.local"
    flags: int = _PRESENT | _VERIFIED
    count: int = 0
    id: bytes = b"credential-of-32-bytes-1234567890"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def create(self, options: str) -> dict[str, Any]:
        client = self._client("webauthn.create", options)
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + self._public_key()
        attestation = {
            "fmt": "none",
            "attStmt": {},
            "authData": self._data(self.flags | _ATTESTED) + credential,
        }
        response = {
            "clientDataJSON": text(client),
            "attestationObject": text(cbor2.dumps(attestation)),
        }
        return self._answer(response)

    def get(self, options: str) -> dict[str, Any]:
        self.count += 1
        client = self._client("webauthn.get", options)
        data = self._data(self.flags)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "clientDataJSON": text(client),
            "authenticatorData": text(data),
            "signature": text(self.key.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": None,
        }
        return self._answer(response)

    def _answer(self, response: dict[str, Any]) -> dict[str, Any]:
        name = text(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def _client(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        said = {"type": kind, "challenge": challenge, "origin": self.origin}
        return json.dumps(said).encode()

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _public_key(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        return cbor2.dumps(key)


async def with_passkey(office: Office) -> tuple[Account, Authenticator]:
    person = await office.person()
    key = Authenticator()
    ticket, options = begin_adding(office.desk, person.id)
    await add(office.desk, person.id, ticket, " My \n phone ", key.create(options))
    return person, key


def kept(office: Office, person: Account) -> list[Passkey]:
    return list(office.accounts.people.get_credentials(person.id).passkeys)


async def refused(call: Any) -> str:
    with pytest.raises(Refusal) as refusal:
        await call
    return refusal.value.code


async def test_a_passkey_signs_in_and_counts() -> None:
    office = open_office()
    person, key = await with_passkey(office)
    assert [each.name for each in kept(office, person)] == ["My phone"]
    for number in (1, 2):
        ticket, options = begin_sign_in(office.desk, HERE)
        assert (await check_answer(office.desk, ticket, key.get(options))).id == person.id
        assert kept(office, person)[0].sign_count == number


async def test_an_answer_is_taken_once_and_for_its_own_challenge() -> None:
    office = open_office()
    _, key = await with_passkey(office)
    ticket, options = begin_sign_in(office.desk, HERE)
    answer = key.get(options)
    await check_answer(office.desk, ticket, answer)
    assert await refused(check_answer(office.desk, ticket, answer)) == "ticket_expired"
    other, _ = begin_sign_in(office.desk, HERE)
    assert await refused(check_answer(office.desk, other, answer)) == "passkey_wrong"
    late, options = begin_sign_in(office.desk, HERE)
    office.clock.pass_ms(600_000)
    assert await refused(check_answer(office.desk, late, key.get(options))) == "ticket_expired"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://testserver.local.evil.example"},
        {"host": "evil.example"},
        {"flags": _PRESENT},
        {"flags": _VERIFIED},
        {"id": b"another-credential"},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"count": -1},
    ],
)
async def test_a_wrong_answer_is_refused(wrong: dict[str, Any]) -> None:
    office = open_office()
    person, key = await with_passkey(office)
    ticket, options = begin_sign_in(office.desk, HERE)
    await check_answer(office.desk, ticket, key.get(options))
    for name, value in wrong.items():
        setattr(key, name, value)
    ticket, options = begin_sign_in(office.desk, HERE)
    assert await refused(check_answer(office.desk, ticket, key.get(options))) == "passkey_wrong"
    assert kept(office, person)[0].sign_count == 1


async def test_a_wrong_registration_is_refused() -> None:
    office = open_office()
    person, key = await with_passkey(office)
    bina = await office.person("bina")
    ticket, options = begin_adding(office.desk, bina.id)
    stolen = add(office.desk, person.id, ticket, "", key.create(options))
    assert await refused(stolen) == "ticket_expired"
    ticket, options = begin_adding(office.desk, bina.id)
    known = add(office.desk, bina.id, ticket, "", key.create(options))
    assert await refused(known) == "passkey_known"
    for wrong in ({"origin": "https://evil.example"}, {"flags": _PRESENT}):
        ticket, options = begin_adding(office.desk, bina.id)
        made = Authenticator(id=b"new", **wrong).create(options)  # type: ignore[arg-type]
        assert await refused(add(office.desk, bina.id, ticket, "", made)) == "passkey_wrong"
    assert kept(office, bina) == []


async def test_a_removed_passkey_and_those_of_deleted_accounts_are_nobody_s() -> None:
    office = open_office()
    person, key = await with_passkey(office)
    ticket, options = begin_sign_in(office.desk, HERE)
    answer = key.get(options)
    await remove(office.desk, person.id, key.id)
    assert await refused(check_answer(office.desk, ticket, answer)) == "passkey_wrong"
    ticket, options = begin_adding(office.desk, person.id)
    await add(office.desk, person.id, ticket, "", key.create(options))
    await delete_account(office.desk, person.id)
    ticket, options = begin_sign_in(office.desk, HERE)
    assert await refused(check_answer(office.desk, ticket, key.get(options))) == "passkey_wrong"


async def test_nobody_collects_passkeys_without_end() -> None:
    office = open_office()
    person = await office.person()
    for number in range(MOST):
        ticket, options = begin_adding(office.desk, person.id)
        made = Authenticator(id=b"key %d" % number).create(options)
        await add(office.desk, person.id, ticket, "", made)
    with pytest.raises(Refusal) as refusal:
        begin_adding(office.desk, person.id)
    assert refusal.value.code == "too_many_passkeys"
