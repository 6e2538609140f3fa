"""The Mastodon client API: what phones' apps and other people's programs speak with Lapwing."""
