"""Apps, codes and tokens."""

from __future__ import annotations

import asyncio
import base64
import hashlib

import pytest
from tests.account_desk import HERE, Office, open_office

from lapwing.accounts.model import Account, Standing
from lapwing.accounts.moderation_entries import Sanctioned
from lapwing.accounts.moderation_model import Act
from lapwing.accounts.oauth import (
    OUT_OF_BAND,
    Issued,
    Registration,
    authorize,
    check_asked,
    end_app,
    exchange_code,
    get_app,
    get_client,
    issue_to_app,
    register_app,
    revoke,
)
from lapwing.kernel.refusals import Refusal

BACK = "tusky://oauth"
VERIFIER = "v" * 43
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


async def registered(office: Office, scopes: str = "read write") -> Registration:
    uris = [BACK, OUT_OF_BAND, "https://app.example/back?x=1"]
    return await register_app(office.desk, "Tusky", uris, scopes, "https://tusky.app", HERE)


async def code_for(
    office: Office, app: Registration, person: Account, scope: str = "read", challenge: str = ""
) -> str:
    method = "S256" if challenge else ""
    asked = check_asked(app.app, BACK, "code", scope, challenge, method)
    return await authorize(office.desk, person, asked)


async def token_for(office: Office, person: Account, scope: str = "read") -> Issued:
    app = await registered(office)
    code = await code_for(office, app, person, scope)
    return await exchange_code(office.desk, app.app, code, BACK, "")


async def grant_refused(
    office: Office, app: Registration, code: str, uri: str = BACK, verifier: str = ""
) -> None:
    with pytest.raises(Refusal) as refused:
        await exchange_code(office.desk, app.app, code, uri, verifier)
    assert refused.value.code == "invalid_grant"


async def test_a_token_shows_who_lets_the_app_act_and_for_what() -> None:
    office = open_office()
    person = await office.person()
    issued = await token_for(office, person, "read:statuses")
    viewer = office.accounts.viewer_of_token(issued.secret)
    assert viewer is not None
    assert viewer.account == person
    assert viewer.app_name == "Tusky"
    assert viewer.may("read:statuses")
    assert not viewer.may("write:statuses")
    assert issued.secret.encode() not in b"".join(office.accounts.capture())
    assert office.accounts.viewer_of_token(issued.secret + "x") is None


async def test_a_code_that_comes_twice_takes_its_token_away() -> None:
    office = open_office()
    person = await office.person()
    app = await registered(office)
    code = await code_for(office, app, person)
    issued = await exchange_code(office.desk, app.app, code, BACK, "")
    await grant_refused(office, app, code)
    assert office.accounts.viewer_of_token(issued.secret) is None
    await grant_refused(office, app, code)


async def test_of_two_exchanges_at_once_neither_token_stays() -> None:
    office = open_office()
    person = await office.person()
    app = await registered(office)
    code = await code_for(office, app, person)
    results = await asyncio.gather(
        *(exchange_code(office.desk, app.app, code, BACK, "") for _ in range(2)),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Refusal) for result in results) == 1
    assert office.accounts.access.grants == {}


async def test_a_code_is_good_for_its_app_its_address_and_ten_minutes() -> None:
    office = open_office()
    person = await office.person()
    app, other = await registered(office), await registered(office)
    code = await code_for(office, app, person)
    await grant_refused(office, other, code)
    await grant_refused(office, app, code, uri=OUT_OF_BAND)
    await grant_refused(office, app, "unknown")
    office.clock.pass_ms(600_000)
    await grant_refused(office, app, code)


async def test_a_challenge_is_answered_by_its_verifier_alone() -> None:
    office = open_office()
    person = await office.person()
    app = await registered(office)
    code = await code_for(office, app, person, challenge=CHALLENGE)
    for wrong in ("", "w" * 43, CHALLENGE, "v" * 129):
        await grant_refused(office, app, code, verifier=wrong)
    issued = await exchange_code(office.desk, app.app, code, BACK, VERIFIER)
    assert office.accounts.viewer_of_token(issued.secret) is not None


async def test_what_an_app_asks_for_is_checked() -> None:
    office = open_office()
    app = (await registered(office)).app
    for response_type, scope, challenge, method, code in [
        ("token", "read", "", "", "unsupported_response_type"),
        ("code", "read push", "", "", "invalid_scope"),
        ("code", "nonsense", "", "", "invalid_scope"),
        ("code", "read", CHALLENGE, "plain", "invalid_request"),
        ("code", "read", "short", "S256", "invalid_request"),
        ("code", "read", "", "S256", "invalid_request"),
    ]:
        with pytest.raises(Refusal) as refused:
            check_asked(app, BACK, response_type, scope, challenge, method)
        assert refused.value.code == code


async def test_nobody_is_sent_where_the_app_never_said() -> None:
    office = open_office()
    app = (await registered(office)).app
    assert get_app(office.desk, app.client_id, BACK) == app
    for uri in (BACK + "/", "tusky://oauth2", "https://app.example/back", "", BACK.upper()):
        with pytest.raises(Refusal) as refused:
            get_app(office.desk, app.client_id, uri)
        assert refused.value.code == "invalid_redirect_uri"
    with pytest.raises(Refusal) as refused:
        get_app(office.desk, "unknown", BACK)
    assert refused.value.code == "invalid_client"


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "/relative",
        "https://",
        "https://a.example/#fragment",
        "https://a.example/ space",
        "https://a.example/\r\nSet-Cookie: x",
        "http://[::1",
        "x" * 2100,
        "",
    ],
)
async def test_an_address_that_is_none_is_not_registered(uri: str) -> None:
    office = open_office()
    with pytest.raises(Refusal) as refused:
        await register_app(office.desk, "App", [uri], "read", "", HERE)
    assert refused.value.code == "invalid_redirect_uri"


async def test_an_app_shows_its_secret() -> None:
    office = open_office()
    app = await registered(office)
    assert get_client(office.desk, app.app.client_id, app.secret) == app.app
    for client, secret in [(app.app.client_id, "wrong"), ("unknown", app.secret), ("", "")]:
        with pytest.raises(Refusal) as refused:
            get_client(office.desk, client, secret)
        assert refused.value.code == "invalid_client"


async def test_an_app_has_a_token_of_its_own_that_is_nobody() -> None:
    office = open_office()
    app = (await registered(office)).app
    issued = await issue_to_app(office.desk, app, "read")
    assert office.accounts.viewer_of_token(issued.secret) is None
    grant = office.accounts.find_grant(issued.secret)
    assert grant is not None
    assert grant.account_id == 0
    with pytest.raises(Refusal, match="push"):
        await issue_to_app(office.desk, app, "push")


async def test_a_token_is_revoked_by_its_app_and_an_app_by_its_person() -> None:
    office = open_office()
    person = await office.person()
    app, other = await registered(office), await registered(office)
    tokens = [
        await exchange_code(office.desk, app.app, await code_for(office, app, person), BACK, "")
        for _ in range(3)
    ]
    with pytest.raises(Refusal, match="not authorized"):
        await revoke(office.desk, other.app, tokens[0].secret)
    await revoke(office.desk, app.app, tokens[0].secret)
    await revoke(office.desk, app.app, tokens[0].secret)
    assert [office.accounts.viewer_of_token(each.secret) is None for each in tokens] == [
        True,
        False,
        False,
    ]
    await end_app(office.desk, person.id, app.app.id)
    assert all(office.accounts.viewer_of_token(each.secret) is None for each in tokens)


async def test_a_suspended_person_s_tokens_wait() -> None:
    office = open_office()
    person = await office.person()
    issued = await token_for(office, person)
    for act, seen in [(Act.SUSPEND, False), (Act.UNSUSPEND, True), (Act.SILENCE, True)]:
        await office.desk.write(
            Sanctioned(office.clock.now_ms, office.desk.fresh_id(), 1, person.id, act, "why")
        )
        assert (office.accounts.viewer_of_token(issued.secret) is not None) is seen
    assert office.accounts.get(person.id).standing is Standing.SILENCED
