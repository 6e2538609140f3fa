"""Complaints, sanctions, appeals and blocks."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from tests.account_desk import HERE, PASSWORD, Office, open_office

from lapwing.accounts.blocking import block, lift
from lapwing.accounts.blocks import find_address_block, find_domain_block, find_word_block, shown
from lapwing.accounts.complaints import Draft, assign, complain, reopen, resolve
from lapwing.accounts.leaving import delete_account
from lapwing.accounts.model import Account, Role, Standing
from lapwing.accounts.moderation_model import Act, BlockKind, Category, Subject
from lapwing.accounts.opening import Application, sign_up
from lapwing.accounts.registry import Accounts
from lapwing.accounts.sanctioning import appeal, decide_appeal, sanction
from lapwing.accounts.signing_in import begin_session
from lapwing.kernel.refusals import Refusal, TooMany


async def people(office: Office) -> tuple[Account, Account, Account]:
    """Somebody, a moderator and an admin."""
    return (
        await office.person(),
        await office.person("mod_one", role=Role.MODERATOR),
        await office.person("admin_one", role=Role.ADMIN),
    )


def log(office: Office) -> list[str]:
    return [line.what for line in office.accounts.moderation.audit]


async def refused(call: object) -> str:
    with pytest.raises(Refusal) as refusal:
        await call  # type: ignore[misc]
    return refusal.value.code


async def test_complaints_of_every_kind_end_in_one_queue() -> None:
    office = open_office()
    person, moderator, _ = await people(office)
    drafts = [
        Draft(person.id, Category.SPAM, " buys followers ", post_ids=(5, 5, 6)),
        Draft(subject=Subject.SPACE, reference="space-7", category=Category.VIOLATION),
        Draft(subject=Subject.REPORT, reference="x-20231221-0509", category=Category.SPAM),
    ]
    made = [await complain(office.desk, moderator.id if n else 0, d) for n, d in enumerate(drafts)]
    assert office.accounts.moderation.open_complaints() == made
    assert made[0].post_ids == (5, 6)
    assert made[0].comment == "buys followers"
    assert office.accounts.moderation.complaints_about(person.id) == [made[0]]


async def test_what_cannot_be_a_complaint_is_refused() -> None:
    office = open_office()
    person, _, _ = await people(office)
    assert await refused(complain(office.desk, 0, Draft(77))) == "unknown_account"
    assert await refused(complain(office.desk, 0, Draft())) == "unknown_account"
    long = Draft(person.id, comment="x" * 1001)
    assert await refused(complain(office.desk, 0, long)) == "comment_too_long"
    for reference in ("", "x/../y", "x" * 121):
        about = Draft(subject=Subject.SPACE, reference=reference)
        assert await refused(complain(office.desk, 0, about)) == "unknown_reference"
    many = Draft(person.id, post_ids=tuple(range(21)))
    assert await refused(complain(office.desk, 0, many)) == "too_many_posts"
    for _ in range(30):
        await complain(office.desk, person.id, Draft(person.id))
    with pytest.raises(TooMany):
        await complain(office.desk, person.id, Draft(person.id))


async def test_a_complaint_is_taken_resolved_and_opened_again() -> None:
    office = open_office()
    person, moderator, admin = await people(office)
    made = await complain(office.desk, 0, Draft(person.id))
    state = office.accounts.moderation
    await assign(office.desk, moderator, made.id, moderator.id)
    assert state.get_complaint(made.id).assigned_to == moderator.id
    await resolve(office.desk, admin, made.id, "Nothing wrong.")
    assert state.open_complaints() == []
    assert await refused(resolve(office.desk, admin, made.id, "")) == "wrong_state"
    await reopen(office.desk, moderator, made.id)
    assert await refused(reopen(office.desk, moderator, made.id)) == "wrong_state"
    assert log(office) == ["complaint_assigned", "complaint_resolved", "complaint_reopened"]
    assert await refused(assign(office.desk, person, made.id, person.id)) == "forbidden"
    assert await refused(assign(office.desk, moderator, made.id, person.id)) == "forbidden"
    assert await refused(resolve(office.desk, moderator, 5, "")) == "unknown_complaint"


@pytest.mark.parametrize(
    ("act", "standing", "undo"),
    [
        (Act.WARN, Standing.ACTIVE, None),
        (Act.SILENCE, Standing.SILENCED, Act.UNSILENCE),
        (Act.SUSPEND, Standing.SUSPENDED, Act.UNSUSPEND),
        (Act.SENSITIVE, Standing.ACTIVE, Act.NOT_SENSITIVE),
    ],
)
async def test_an_act_is_told_logged_resolves_its_complaint_and_is_undone(
    act: Act, standing: Standing, undo: Act | None
) -> None:
    office = open_office(mail=True)
    person, moderator, _ = await people(office)
    made = await complain(office.desk, 0, Draft(person.id))
    await sanction(office.desk, moderator, person.id, act, "Against rule 2.", complaint_id=made.id)
    account = office.accounts.get(person.id)
    assert account.standing is standing
    assert account.marked_sensitive is (act is Act.SENSITIVE)
    assert "Against rule 2." in office.mailer.letters[-1].text
    assert "/settings/notices" in office.mailer.letters[-1].text
    assert office.accounts.moderation.open_complaints() == []
    assert log(office) == [act.value, "complaint_resolved"]
    [kept] = office.accounts.moderation.sanctions_of(person.id)
    assert (kept.act, kept.reason, kept.by) == (act, "Against rule 2.", moderator.id)
    if undo is not None:
        again = sanction(office.desk, moderator, person.id, act, "again")
        assert await refused(again) == "wrong_state"
        await sanction(office.desk, moderator, person.id, undo, "It was a mistake.")
        account = office.accounts.get(person.id)
        assert account.standing is Standing.ACTIVE
        assert account.marked_sensitive is False


async def test_who_may_act_on_whom() -> None:
    office = open_office()
    person, moderator, admin = await people(office)
    owner = await office.person("boss", role=Role.OWNER)
    for by, whom, act in [
        (person, moderator, Act.WARN),
        (person, person, Act.WARN),
        (moderator, moderator, Act.UNSILENCE),
        (moderator, admin, Act.WARN),
        (moderator, person, Act.DELETE),
        (admin, owner, Act.SUSPEND),
    ]:
        assert await refused(sanction(office.desk, by, whom.id, act, "why")) == "forbidden"
    assert await refused(sanction(office.desk, admin, person.id, Act.WARN, " ")) == "reason_missing"
    no_posts = sanction(office.desk, admin, person.id, Act.DELETE_POSTS, "why")
    assert await refused(no_posts) == "posts_missing"
    assert log(office) == []


async def test_a_deletion_by_a_moderator_is_for_good_and_keeps_the_log() -> None:
    office = open_office(mail=True)
    person, _, admin = await people(office)
    made = await complain(office.desk, person.id, Draft(admin.id, comment="is unkind"))
    session = await begin_session(office.desk, person, "")
    await sanction(office.desk, admin, person.id, Act.DELETE, "Sold stolen things.")
    gone = office.accounts.find(person.id)
    assert gone is not None
    assert gone.standing is Standing.DELETED
    assert office.accounts.find_session(session.secret, office.clock.now_ms) is None
    assert office.accounts.erased == [person.id]
    assert office.accounts.moderation.get_complaint(made.id).comment == ""
    assert log(office) == ["delete"]
    assert "settings/notices" not in office.mailer.letters[-1].text


async def _appealed(office: Office, act: Act = Act.SUSPEND) -> tuple[Account, Account, int]:
    person, moderator, admin = await people(office)
    await sanction(office.desk, moderator, person.id, act, "Against rule 2.")
    [kept] = office.accounts.moderation.sanctions_of(person.id)
    await appeal(office.desk, person.id, kept.id, "It was a quotation.")
    return moderator, admin, kept.id


async def test_an_appeal_is_made_once_and_an_approved_one_undoes_the_act() -> None:
    office = open_office(mail=True)
    moderator, admin, sanction_id = await _appealed(office)
    state = office.accounts.moderation
    person_id = state.get_sanction(sanction_id).account_id
    assert [each.id for each in state.waiting_appeals()] == [sanction_id]
    assert await refused(appeal(office.desk, person_id, sanction_id, "Please")) == "wrong_state"
    own = decide_appeal(office.desk, moderator, sanction_id, False, "")
    assert await refused(own) == "forbidden"
    await decide_appeal(office.desk, admin, sanction_id, True, "You are right.")
    assert office.accounts.get(person_id).standing is Standing.ACTIVE
    assert "You are right." in office.mailer.letters[-1].text
    again = decide_appeal(office.desk, admin, sanction_id, False, "")
    assert await refused(again) == "wrong_state"
    assert log(office) == ["suspend", "appeal_approved"]


async def test_a_rejected_appeal_changes_nothing() -> None:
    office = open_office()
    _, admin, sanction_id = await _appealed(office, Act.SILENCE)
    await decide_appeal(office.desk, admin, sanction_id, False, "It was none.")
    kept = office.accounts.moderation.get_sanction(sanction_id)
    assert office.accounts.get(kept.account_id).standing is Standing.SILENCED
    assert (kept.approved, kept.decision) == (False, "It was none.")


async def test_an_appeal_that_comes_late_or_from_another_is_refused() -> None:
    office = open_office()
    person, moderator, _ = await people(office)
    await sanction(office.desk, moderator, person.id, Act.WARN, "why")
    [kept] = office.accounts.moderation.sanctions_of(person.id)
    other = await office.person("bina")
    assert await refused(appeal(office.desk, other.id, kept.id, "x")) == "unknown_sanction"
    assert await refused(appeal(office.desk, person.id, kept.id, "")) == "appeal_length"
    office.clock.pass_ms(20 * 24 * 3_600_000 + 1)
    assert await refused(appeal(office.desk, person.id, kept.id, "x")) == "too_late"


async def test_a_blocked_domain_lets_nobody_sign_up() -> None:
    office = open_office()
    _, moderator, _ = await people(office)
    block_id = await block(office.desk, moderator, BlockKind.DOMAIN, "@Spam.Example", "throwaway")
    for email in ("a@spam.example", "a@mail.spam.example"):
        given = Application("bina", email, PASSWORD)
        assert await refused(sign_up(office.desk, given, HERE)) == "email_blocked"
    await sign_up(office.desk, Application("bina", "a@notspam.example", PASSWORD), HERE)
    await lift(office.desk, moderator, block_id)
    await sign_up(office.desk, Application("carla", "a@spam.example", PASSWORD), HERE)
    assert log(office) == ["domain_blocked", "domain_unblocked"]


async def test_a_blocked_range_is_kept_as_a_hash_and_ends() -> None:
    office = open_office()
    _, moderator, _ = await people(office)
    await block(office.desk, moderator, BlockKind.ADDRESSES, "203.0.113.7/24", "flood", days=2)
    await block(office.desk, moderator, BlockKind.ADDRESSES, "2001:db8:1::/48", "flood", days=9)
    kept = b"".join(office.accounts.capture())
    assert b"203.0" not in kept
    assert b"2001:db8" not in kept
    blocks = list(office.accounts.moderation.blocks.values())
    assert [shown(each) for each in blocks] == ["IPv4/24", "IPv6/48"]
    key, now_ms = office.desk.block_key, office.clock.now_ms

    def is_blocked(address: str, key: bytes = key, now_ms: int = now_ms) -> bool:
        return find_address_block(blocks, ip_address(address), key, now_ms) is not None

    assert is_blocked("203.0.113.250")
    assert is_blocked("2001:db8:1:ffff::5")
    assert not is_blocked("203.0.114.1")
    assert not is_blocked("2001:db8:2::5")
    assert not is_blocked("203.0.113.250", key=b"another key")
    assert not is_blocked("203.0.113.250", now_ms=now_ms + 2 * 24 * 3_600_000)
    assert find_address_block(blocks, None, key, now_ms) is None
    given = Application("bina", "bina@example.org", PASSWORD)
    assert await refused(sign_up(office.desk, given, HERE)) == "blocked"
    office.clock.pass_ms(2 * 24 * 3_600_000)
    await sign_up(office.desk, given, HERE)


async def test_blocked_words_are_found_however_they_are_written() -> None:
    office = open_office()
    _, moderator, _ = await people(office)
    await block(office.desk, moderator, BlockKind.WORD, "Buy Followers", "spam")
    await block(office.desk, moderator, BlockKind.WORD, "žargon", "why")
    blocks = list(office.accounts.moderation.blocks.values())
    now_ms = office.clock.now_ms
    for text in ["buy followers", "Please BUY, followers now!", "zargon", "Ｂｕｙ followers"]:
        assert find_word_block(blocks, text, now_ms) is not None, text
    for text in ["buy more followers", "zargons", "", "followers buy"]:
        assert find_word_block(blocks, text, now_ms) is None, text
    given = Application("buy_followers", "b@example.org", PASSWORD)
    assert await refused(sign_up(office.desk, given, HERE)) == "username_reserved"


@pytest.mark.parametrize(
    ("kind", "value", "days"),
    [
        (BlockKind.ADDRESSES, "203.0.113.0/24", 0),
        (BlockKind.ADDRESSES, "0.0.0.0/0", 5),
        (BlockKind.ADDRESSES, "::/16", 5),
        (BlockKind.ADDRESSES, "everybody", 5),
        (BlockKind.DOMAIN, "localhost", 0),
        (BlockKind.DOMAIN, "a..b", 0),
        (BlockKind.WORD, " !? ", 0),
        (BlockKind.WORD, "x" * 101, 0),
        (BlockKind.WORD, "word", 4000),
    ],
)
async def test_what_cannot_be_blocked_is_refused(kind: BlockKind, value: str, days: int) -> None:
    office = open_office()
    person, moderator, _ = await people(office)
    call = block(office.desk, moderator, kind, value, "why", days)
    assert await refused(call) == "block_invalid"
    call = block(office.desk, person, BlockKind.WORD, "word", "why")
    assert await refused(call) == "forbidden"


async def test_moderation_survives_a_restart() -> None:
    office = open_office()
    _, admin, sanction_id = await _appealed(office)
    await decide_appeal(office.desk, admin, sanction_id, True, "You are right.")
    await block(office.desk, admin, BlockKind.DOMAIN, "spam.example", "throwaway")
    chunks = list(office.accounts.capture())
    restored = Accounts()
    restored.restore(chunks)
    assert list(restored.capture()) == chunks
    assert list(office.folded_again().capture()) == chunks
    assert restored.moderation.sanctions_of(
        restored.moderation.get_sanction(sanction_id).account_id
    )
    email = "a@spam.example"
    blocks = restored.moderation.blocks.values()
    assert find_domain_block(blocks, email, office.clock.now_ms) is not None


async def test_who_complained_is_forgotten_with_the_account() -> None:
    office = open_office()
    person, moderator, _ = await people(office)
    made = await complain(office.desk, person.id, Draft(moderator.id, comment="I saw it"))
    await delete_account(office.desk, person.id)
    kept = office.accounts.moderation.get_complaint(made.id)
    assert (kept.by, kept.comment) == (0, "")
