"""What belongs to one person: notifications, lists, filters, markers and the like.

Each part is a table that follows the square's entries; `tables.py` puts them all on a square.
"""
