"""Time-shifted television: playlists over the stored segments.

`windows` says which stretch of time is meant, `stretches` finds what is stored of it, `playlist` writes it
down; all three are pure. `journals` reads the volume, `endpoints` speaks HTTP.
"""
