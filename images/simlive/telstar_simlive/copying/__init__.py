"""Copy mode: files that have the channel's shape already go on the air without being encoded again.

`channel_fault` says whether a channel can have it at all, `examine` finds out the files' shapes, `plan_copy`
decides, `copy_list` and `copy_command` are what a run is made of.
"""

from telstar_simlive.copying.command import LIST_FILE, copy_command, copy_list, held, run_slots
from telstar_simlive.copying.eligibility import CopyPlan, Position, Refusal, channel_fault, plan_copy
from telstar_simlive.copying.examine import ShapeCache, examine
from telstar_simlive.copying.shape import Shape

__all__ = [
    "LIST_FILE",
    "CopyPlan",
    "Position",
    "Refusal",
    "Shape",
    "ShapeCache",
    "channel_fault",
    "copy_command",
    "copy_list",
    "examine",
    "held",
    "plan_copy",
    "run_slots",
]
