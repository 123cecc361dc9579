"""`kubectl telstar`: what Telstar's channels do, why one does not, and a switch to stop and start them.

Everything goes through kubectl, whose authentication it is. Pure functions decide (facts → findings →
verdict); `gathering`, `kubectl` and the commands are the thin shell. Standard library only, Python 3.9 and
newer.
"""

__version__ = "0.1.0"
