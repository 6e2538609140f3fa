"""The mails that people get about their account."""

from __future__ import annotations

from lapwing.accounts.moderation_model import Act
from lapwing.ports.mail import Letter as Letter


def confirm(to: str, site: str, link: str, username: str) -> Letter:
    return Letter(
        to,
        f"Confirm your e-mail address for {site}",
        f"Welcome to {site}, @{username}.\n\nOpen this address to confirm that this mailbox is"
        f" yours; it holds for two days:\n\n{link}\n\n"
        "If you have not signed up, do nothing: the account goes by itself.\n",
    )


def known_already(to: str, site: str, link: str) -> Letter:
    return Letter(
        to,
        f"You have an account on {site}",
        f"Somebody, perhaps you, signed up on {site} with this address, which has an account"
        f" already. If you forgot the password, ask for a new one here:\n\n{link}\n\n"
        "If it was not you, do nothing.\n",
    )


def reset(to: str, site: str, link: str, username: str) -> Letter:
    return Letter(
        to,
        f"A new password for {site}",
        f"Somebody, perhaps you, asked for a new password for @{username} on {site}. Open this"
        f" address to choose one; it holds for an hour and works once:\n\n{link}\n\n"
        "If it was not you, do nothing: your password stays as it is.\n",
    )


def change(to: str, site: str, link: str, username: str) -> Letter:
    return Letter(
        to,
        f"Confirm your new e-mail address for {site}",
        f"@{username} on {site} wants to use this address. Open this to confirm it; it holds for"
        f" two days:\n\n{link}\n\nIf it was not you, do nothing.\n",
    )


def changed(to: str, site: str, what: str, link: str) -> Letter:
    """To the person after something that somebody else might have done in their name."""
    return Letter(
        to,
        f"{what} on {site}",
        f"{what} on {site}. If it was you, all is well. If not, choose a new password now:"
        f"\n\n{link}\n",
    )


def approved(to: str, site: str, link: str, username: str) -> Letter:
    return Letter(to, f"Welcome to {site}", f"@{username} may come in now: {link}\n")


def rejected(to: str, site: str, reason: str) -> Letter:
    why = f"\n\n{reason}" if reason else ""
    return Letter(
        to,
        f"Your sign-up on {site}",
        f"The moderators of {site} have not accepted your sign-up; nothing of it is kept.{why}\n",
    )


WHAT_WAS_DONE = {
    Act.WARN: "You have a warning",
    Act.SENSITIVE: "Your media are hidden behind a warning",
    Act.SILENCE: "Your posts are shown to your followers only",
    Act.SUSPEND: "Your account is suspended",
    Act.DELETE_POSTS: "Posts of yours were deleted",
    Act.DELETE: "Your account was deleted",
    Act.NOT_SENSITIVE: "Your media are shown without a warning again",
    Act.UNSILENCE: "Your posts are shown to everybody again",
    Act.UNSUSPEND: "Your account is open again",
}


def sanctioned(to: str, site: str, act: Act, reason: str, link: str) -> Letter:
    appeal = f"\n\nIf you think that this is wrong, say so once: {link}" if link else ""
    return Letter(
        to,
        f"{WHAT_WAS_DONE[act]} on {site}",
        f"The moderators of {site} decided: {WHAT_WAS_DONE[act].lower()}.\n\n{reason}{appeal}\n",
    )


def appeal_decided(to: str, site: str, approved_: bool, reason: str) -> Letter:
    word = "accepted: the act is undone" if approved_ else "not accepted"
    return Letter(to, f"Your appeal on {site}", f"Your appeal on {site} is {word}.\n\n{reason}\n")
