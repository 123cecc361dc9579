"""Copy mode: files that have the channel's shape already go on the air without being encoded again.

`Examiner` finds out beside the channel whether that is possible and keeps looking; what it decides is a
`CopyPlan` or a `Refusal`. `run_slots` says how long a run of the plan can be, `play` starts one.
"""

from telstar_simlive.copying.command import run_slots
from telstar_simlive.copying.eligibility import CopyPlan, Position, Refusal
from telstar_simlive.copying.examiner import Examiner
from telstar_simlive.copying.play import play

__all__ = ["CopyPlan", "Examiner", "Position", "Refusal", "play", "run_slots"]
