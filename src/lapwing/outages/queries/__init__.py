"""What pages and programs ask pillar 1, answered from memory; `views.py` has the shapes."""
