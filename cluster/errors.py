"""The one error that ends a command: what went wrong and what to do about it."""


class ClusterError(Exception):
    """Something the user has to know; the message says what to do and is printed without a traceback."""
