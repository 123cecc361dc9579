"""One live channel: FFmpeg under a supervisor, its segments and its journal."""
