"""Pillar 3: public live rooms in which the picture follows whoever speaks."""
