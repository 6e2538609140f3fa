"""Where things are on this server, as absolute addresses."""

from __future__ import annotations

from lapwing.accounts.model import Account
from lapwing.microblog.text.hashtags import normalise_hashtag
from lapwing.microblog.text.rendering import hashtag_path


class Addresses:
    """`base_url`: "https://this.host"."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def account(self, username: str) -> str:
        return f"{self.base_url}/@{username}"

    def post(self, username: str, post_id: int) -> str:
        return f"{self.base_url}/@{username}/{post_id}"

    def tag(self, name: str) -> str:
        return self.base_url + hashtag_path(normalise_hashtag(name))

    def media(self, key: str) -> str:
        """Of a file by its key among the media files."""
        return f"{self.base_url}/media/{key}"

    def avatar(self, account: Account) -> str:
        """The picture, or one that is drawn from the name."""
        if account.avatar:
            return self.media(account.avatar)
        return f"{self.base_url}/avatars/{account.username}.png"

    def header(self, account: Account) -> str:
        if account.header:
            return self.media(account.header)
        return f"{self.base_url}/headers/{account.username}.png"
