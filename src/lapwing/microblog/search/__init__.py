"""Search in posts, accounts and hashtags, without any server but the database. Pure."""
