"""Lapwing: the public square for the hour when a service breaks."""

__version__ = "0.1.0"
