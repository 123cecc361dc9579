"""Logs: one JSON object a line on standard output."""

import logging
import sys

import structlog


def configure() -> None:
    """Libraries only from warnings on: their finer logs show URLs, and a manifest's URL holds a token."""
    logging.basicConfig(format="%(message)s", stream=sys.stdout, level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
