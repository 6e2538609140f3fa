"""Lapwing's things in the JSON forms of the Mastodon API.

A post's or account's form is drawn once to bytes and kept until it changes; what differs from
viewer to viewer is put between. Source of the forms: docs.joinmastodon.org/entities.
"""
