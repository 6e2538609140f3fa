"""Who may see a post. Timelines, threads, search, streams, notifications, caches and pages kept
from earlier all ask here, and nowhere else is it decided."""

from __future__ import annotations

from collections.abc import Callable

from lapwing.accounts.model import Account, Standing
from lapwing.accounts.registry import Accounts
from lapwing.microblog.model import Post, Relation, Visibility
from lapwing.microblog.posts import Posts, unknown_post
from lapwing.microblog.relations import Relations

NOBODY = 0
"""The viewer who is not signed in."""


class Permissions:
    def __init__(self, accounts: Accounts, posts: Posts, relations: Relations) -> None:
        self._accounts = accounts
        self._posts = posts
        self._relations = relations

    def may_see(self, viewer_id: int, post: Post) -> bool:
        """Whether the viewer (0: nobody signed in) may read the post."""
        if not self._may_read(viewer_id, post):
            return False
        if not post.repost_of_id:
            return True
        reposted = self._posts.find(post.repost_of_id)
        return reposted is not None and self._may_read(viewer_id, reposted)

    def get_visible(self, viewer_id: int, post_id: int) -> Post:
        """The post; one that the viewer may not see is unknown. Raises `Refusal`."""
        post = self._posts.get(post_id)
        if not self.may_see(viewer_id, post):
            raise unknown_post()
        return post

    def may_quote(self, viewer_id: int, post: Post) -> bool:
        if post.is_repost or not self.may_see(viewer_id, post):
            return False
        if viewer_id == post.account_id:
            return True
        if not post.is_for_everybody or post.quote_policy == "nobody":
            return False
        return post.quote_policy == "public" or self._relations.follows(viewer_id, post.account_id)

    def may_repost(self, viewer_id: int, post: Post) -> bool:
        """Posts for followers may be reposted by their author only."""
        if post.is_repost or not self.may_see(viewer_id, post):
            return False
        own = viewer_id == post.account_id and post.visibility is Visibility.FOLLOWERS
        return post.is_for_everybody or own

    def is_public_voice(self, account_id: int) -> bool:
        """Whether the account's posts belong on public timelines, in trends and in search."""
        account = self._accounts.find(account_id)
        return account is not None and account.standing is Standing.ACTIVE

    def wants(self, viewer_id: int, post: Post, now_ms: int) -> bool:
        """Whether a timeline that the viewer did not ask for by name should show the post: not
        from those they mute, nor about them, nor of those whom they or who block them."""
        involved = {post.account_id, *post.mentions}
        if post.repost_of_id:
            reposted = self._posts.find(post.repost_of_id)
            if reposted is None:
                return False
            involved.add(reposted.account_id)
        involved.discard(viewer_id)
        relations = self._relations
        if not viewer_id or not involved:
            return True
        if not (relations.of(viewer_id, Relation.MUTE) or relations.of(viewer_id, Relation.BLOCK)):
            return True
        blocked = relations.of(viewer_id, Relation.BLOCK)
        return not any(
            one in blocked or relations.mutes(viewer_id, one, now_ms) for one in involved
        )

    def wanted_by(self, viewer_id: int, now_ms: int) -> Callable[[Post], bool]:
        """`may_see` and `wants` in one, for the many posts of one page: what is known of the
        viewer is looked up once."""
        relations = self._relations
        is_careful = bool(
            relations.of(viewer_id, Relation.MUTE).ids
            or relations.of(viewer_id, Relation.BLOCK).ids
            or relations.to(viewer_id, Relation.BLOCK).ids
        )
        find_account, may_see = self._accounts.find, self.may_see

        def is_wanted(post: Post) -> bool:
            if is_careful or post.repost_of_id or post.visibility is not Visibility.PUBLIC:
                return may_see(viewer_id, post) and self.wants(viewer_id, post, now_ms)
            author = find_account(post.account_id)
            return author is not None and (author.is_there or post.account_id == viewer_id)

        return is_wanted

    def _may_read(self, viewer_id: int, post: Post) -> bool:
        author_id = post.account_id
        if viewer_id == author_id:
            return True
        author: Account | None = self._accounts.find(author_id)
        if author is None or not author.is_there:
            return False
        if viewer_id and self._relations.is_apart(viewer_id, author_id):
            return False
        visibility = post.visibility
        if visibility is Visibility.PUBLIC or visibility is Visibility.QUIET:
            return True
        if not viewer_id:
            return False
        if viewer_id in post.mentions:
            return True
        return visibility is Visibility.FOLLOWERS and self._relations.follows(viewer_id, author_id)
