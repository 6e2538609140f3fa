"""Scoring pickers on annotated meetings; nothing here runs in a live room."""
