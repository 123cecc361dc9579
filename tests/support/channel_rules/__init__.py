"""Every rule of the Channel's schema, from both sides."""

from support.channel_rules.identity import IDENTITY
from support.channel_rules.keeping import KEEPING
from support.channel_rules.renditions import RENDITIONS
from support.channel_rules.rule import Rule
from support.channel_rules.source import SOURCES

RULES: list[Rule] = [*IDENTITY, *SOURCES, *RENDITIONS, *KEEPING]
