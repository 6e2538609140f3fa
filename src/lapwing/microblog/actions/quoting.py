"""Who may quote one's posts, and taking a quote back."""

from __future__ import annotations

from lapwing.accounts.model import Viewer
from lapwing.kernel.refusals import Refusal
from lapwing.microblog.actions.context import Context
from lapwing.microblog.actions.posting import check_may_act, get_own
from lapwing.microblog.entries import QuotePolicySet, QuoteRevoked
from lapwing.microblog.model import Post, QuotePolicy
from lapwing.microblog.posts import unknown_post


async def set_quote_policy(
    context: Context, viewer: Viewer, post_id: int, policy: QuotePolicy
) -> Post:
    """The post as it is now; quotes that are there stay. Raises `Refusal`, `Unavailable`."""
    check_may_act(viewer.account)
    post = get_own(context, viewer.account_id, post_id)
    if not post.is_for_everybody and policy is not QuotePolicy.NOBODY:
        raise Refusal(
            "not_public",
            "Only public posts can be quoted by others.",
            field="quote_approval_policy",
        )
    if post.quote_policy is not policy:
        await context.journal.append(QuotePolicySet(context.now_ms(), post.id, policy))
    return context.square.posts.get(post_id)


async def revoke_quote(context: Context, viewer: Viewer, post_id: int, quoting_id: int) -> Post:
    """The quoting post, which shows the viewer's post no more. Raises `Refusal`,
    `Unavailable`."""
    check_may_act(viewer.account)
    post = get_own(context, viewer.account_id, post_id)
    quoting = context.square.posts.get(quoting_id)
    if quoting.quote_of_id != post.id:
        raise unknown_post()
    if not quoting.quote_revoked:
        await context.journal.append(QuoteRevoked(context.now_ms(), quoting.id))
    return context.square.posts.get(quoting_id)
