"""toot, the command line client, against the running server: what its user would type."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import toot.settings
from click.testing import CliRunner
from tests.conformance.serve_for_clients import TOKEN_OF_THIRD
from toot import App, User, api, cli
from toot.cli import Context, TootObj, polls

Toot = Callable[..., str]
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def app(server_url: str) -> App:
    toot.settings.DISABLE_SETTINGS = True
    instance = api.get_instance(server_url).json()
    made = api.create_app(server_url)
    return App(instance["uri"], server_url, made["client_id"], made["client_secret"])


@pytest.fixture
def user(app: App) -> User:
    name = f"toots{time.time_ns() % 10**9}"
    token = api.register_account(app, name, f"{name}@example.org", PASSWORD, "en")
    return User(app.instance, name, token["access_token"])


@pytest.fixture
def run(app: App, user: User) -> Toot:
    def type_in(command: Any, *words: str) -> str:
        context = TootObj(test_ctx=Context(app, user))
        result = CliRunner().invoke(command, words, obj=context)
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    return type_in


def test_posting_and_reading_it(run: Toot) -> None:
    posted = json.loads(run(cli.post.post, "is it #down?", "--visibility", "unlisted", "--json"))
    assert posted["visibility"] == "unlisted"
    assert "is it" in run(cli.read.status, posted["id"])
    assert "is it" in run(cli.timelines.timeline)


def test_what_is_done_with_posts(run: Toot) -> None:
    post = json.loads(run(cli.post.post, "do something with it", "--json"))
    for verb in ("favourite", "unfavourite", "reblog", "unreblog", "bookmark", "pin", "unpin"):
        assert run(getattr(cli.statuses, verb), post["id"]).startswith("✓")
    assert run(cli.statuses.delete, post["id"]).startswith("✓")


def test_following_and_lists(run: Toot) -> None:
    run(cli.accounts.follow, "admin")
    assert "admin" in run(cli.accounts.following)
    run(cli.lists.create, "watchers")
    run(cli.lists.add, "watchers", "admin")
    assert "admin" in run(cli.lists.accounts, "watchers")
    run(cli.lists.delete, "watchers")
    run(cli.accounts.unfollow, "admin")


def test_polls(run: Toot) -> None:
    words = ("--poll-option", "up", "--poll-option", "down", "--poll-expires-in", "1h", "--json")
    post = json.loads(run(cli.post.post, "how is it?", *words))
    assert [option["title"] for option in post["poll"]["options"]] == ["up", "down"]
    voted = json.loads(run(polls.vote, post["poll"]["id"], "0", "--json"))
    assert voted["own_votes"] == [0]


def test_notifications(run: Toot, app: App, user: User) -> None:
    third = User(app.instance, "mastodonpy_test_2", TOKEN_OF_THIRD)
    api.post_status(app, third, f"@{user.username} look here")
    assert "look here" in run(cli.timelines.notifications)


def test_search_tags_and_the_server(run: Toot) -> None:
    run(cli.tags.follow, "outage")
    assert "outage" in run(cli.tags.followed)
    run(cli.tags.unfollow, "outage")
    assert "admin" in run(cli.read.search, "admin")
    assert "Lapwing" in run(cli.read.instance)
    assert run(cli.read.whoami)


def test_the_profile(run: Toot) -> None:
    words = ("--display-name", "Toots", "--note", "from a terminal")
    run(cli.accounts.update_account, *words)
    assert "from a terminal" in run(cli.read.whoami)
