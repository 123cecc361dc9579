"""The playout: it gives the encoder whole frames at the wall clock, whatever its sources do."""

from telstar_simlive.playout.commands import item_name
from telstar_simlive.playout.encoder_input import EncoderInput
from telstar_simlive.playout.form import SAMPLE_RATE, Form
from telstar_simlive.playout.playlist import Place
from telstar_simlive.playout.playout import Playout, PlayoutStatus, Tools
from telstar_simlive.playout.selection import State
from telstar_simlive.playout.timeline import Timeline

__all__ = [
    "SAMPLE_RATE",
    "EncoderInput",
    "Form",
    "Place",
    "Playout",
    "PlayoutStatus",
    "State",
    "Timeline",
    "Tools",
    "item_name",
]
