"""What this server is, and where its parts are."""

from __future__ import annotations

from typing import Any

import msgspec

from lapwing.kernel.refusals import Refusal
from lapwing.web.mastodon.answers import EMPTY_LIST, Answer, json_of
from lapwing.web.mastodon.entities.instants import instant
from lapwing.web.mastodon.entities.languages import LANGUAGES
from lapwing.web.mastodon.parts import MastodonParts
from lapwing.web.mastodon.requests import Request
from lapwing.web.mastodon.routing import Handler, Routes

INSTANCE = Routes()

_XRD = b"application/xrd+xml; charset=utf-8"
_JRD = b"application/jrd+json; charset=utf-8"


@INSTANCE.get("/api/v2/instance")
async def v2(parts: MastodonParts, request: Request) -> Answer:
    del request
    return json_of(parts.instance.v2(_contact(parts)))


@INSTANCE.get("/api/v1/instance")
async def v1(parts: MastodonParts, request: Request) -> Answer:
    del request
    return json_of(parts.instance.v1(_contact(parts)))


@INSTANCE.get("/api/v1/instance/rules")
async def rules(parts: MastodonParts, request: Request) -> Answer:
    del request
    return json_of(parts.instance.rule_forms())


@INSTANCE.get("/api/v1/instance/extended_description")
async def extended_description(parts: MastodonParts, request: Request) -> Answer:
    del request
    about = parts.instance.about
    return json_of({"updated_at": instant(parts.now_ms()), "content": about.description})


@INSTANCE.get("/api/v1/instance/privacy_policy")
async def privacy_policy(parts: MastodonParts, request: Request) -> Answer:
    del request
    url = f"{parts.addresses.base_url}/about-data"
    content = f'<p><a href="{url}">{url}</a></p>'
    return json_of({"updated_at": instant(parts.now_ms()), "content": content})


@INSTANCE.get("/api/v1/instance/terms_of_service")
async def terms_of_service(parts: MastodonParts, request: Request) -> Answer:
    del parts, request
    raise Refusal("unknown_terms", "There are none.")


@INSTANCE.get("/api/v1/instance/activity")
async def activity(parts: MastodonParts, request: Request) -> Answer:
    """Of twelve weeks, this one first: posts written, and people who joined."""
    del request
    return json_of(parts.weekly_activity())


@INSTANCE.get("/api/v1/instance/translation_languages")
async def translation_languages(parts: MastodonParts, request: Request) -> Answer:
    del parts, request
    return json_of({})


def _empty_list() -> Handler:
    async def answer(parts: MastodonParts, request: Request) -> Answer:
        del parts, request
        return Answer(EMPTY_LIST)

    return answer


for _path in (
    "/api/v1/instance/peers",
    "/api/v1/custom_emojis",
    "/api/v1/announcements",
):
    INSTANCE.get(_path)(_empty_list())


@INSTANCE.get("/api/v1/instance/domain_blocks")
async def domain_blocks(parts: MastodonParts, request: Request) -> Answer:
    """There are no other servers here to block."""
    del parts, request
    raise Refusal("unknown_page", "There are none.")


@INSTANCE.get("/api/v1/instance/languages")
async def languages(parts: MastodonParts, request: Request) -> Answer:
    """In which posts may be."""
    del parts, request
    return json_of([{"code": code, "name": name} for code, name in LANGUAGES.items()])


@INSTANCE.get("/health")
async def health(parts: MastodonParts, request: Request) -> Answer:
    """Whether the process answers."""
    del parts, request
    return Answer(b"OK", headers=[(b"content-type", b"text/plain; charset=utf-8")])


@INSTANCE.get("/.well-known/nodeinfo")
async def nodeinfo_links(parts: MastodonParts, request: Request) -> Answer:
    del request
    base = parts.addresses.base_url
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    return json_of({"links": [{"rel": rel, "href": f"{base}/nodeinfo/2.0"}]})


@INSTANCE.get("/nodeinfo/2.0")
async def nodeinfo(parts: MastodonParts, request: Request) -> Answer:
    del request
    return json_of(parts.instance.nodeinfo())


@INSTANCE.get("/.well-known/host-meta")
async def host_meta(parts: MastodonParts, request: Request) -> Answer:
    del request
    template = f"{parts.addresses.base_url}/.well-known/webfinger?resource={{uri}}"
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{template}"/>\n</XRD>\n'
    )
    return Answer(body.encode(), headers=[(b"content-type", _XRD)])


@INSTANCE.get("/.well-known/webfinger")
async def webfinger(parts: MastodonParts, request: Request) -> Answer:
    resource = request.params.get_text("resource")
    base = parts.addresses.base_url
    name = resource.removeprefix("acct:").removeprefix(f"{base}/@")
    account = parts.find_account(name)
    if account is None:
        raise Refusal("unknown_account", "There is no such account.")
    url = parts.addresses.account(account.username)
    form = {
        "subject": f"acct:{account.username}@{parts.instance.domain}",
        "aliases": [url],
        "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": url}
        ],
    }
    answer = json_of(form)
    answer.headers = [(b"content-type", _JRD)]
    return answer


@INSTANCE.get("/.well-known/change-password")
async def change_password(parts: MastodonParts, request: Request) -> Answer:
    del request
    target = f"{parts.addresses.base_url}/settings/password"
    return Answer(b"", 302, [(b"location", target.encode())])


def _contact(parts: MastodonParts) -> Any:
    account = parts.accounts.find(parts.instance.about.contact_id)
    if account is None or not account.is_there:
        return None
    return msgspec.Raw(parts.account_entities.draw(account.id))
