"""Makes the reports of the demo: ordinary weeks and the reference outage. Pure, with a fixed seed.

Everything that comes of them is marked as simulated.
"""

from lapwing.outages.demo.background import Background, history
from lapwing.outages.demo.facts import REFERENCE_EVENT, ReferenceFacts
from lapwing.outages.demo.reference_event import reference_event

__all__ = ["REFERENCE_EVENT", "Background", "ReferenceFacts", "history", "reference_event"]
