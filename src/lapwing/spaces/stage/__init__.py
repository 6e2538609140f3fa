"""Who is on stage: levels in, decisions out. Pure; time is passed in."""

from lapwing.spaces.stage.picker import ring_picker, stage_picker
from lapwing.spaces.stage.preset import CALM, PRESETS, SNAPPY, Preset
from lapwing.spaces.stage.scene import Move, Reason, Scene, Shown
from lapwing.spaces.stage.stage import Stage

__all__ = [
    "CALM",
    "PRESETS",
    "SNAPPY",
    "Move",
    "Preset",
    "Reason",
    "Scene",
    "Shown",
    "Stage",
    "ring_picker",
    "stage_picker",
]
