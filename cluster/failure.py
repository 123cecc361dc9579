"""The one error that ends a command: what went wrong and what to do about it."""


class Failure(Exception):
    """Something the user has to know about; the message says what to do and is printed without a traceback."""
