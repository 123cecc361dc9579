"""The slate: the still that is on the air when no source is."""

import tempfile
from pathlib import Path

import structlog

from telstar_simlive.playout.commands import FONT_FILE, NAME_FILE, slate_command
from telstar_simlive.playout.form import Form
from telstar_simlive.process import Redactor, output_of

_TIMEOUT = 30.0


async def rendered_slate(ffmpeg: str, redactor: Redactor, form: Form, name: str, font: Path) -> bytes | None:
    """The slate's picture; None, with a word in the log, where it cannot be rendered."""
    log = structlog.get_logger()
    try:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, NAME_FILE).write_text(name, encoding="utf-8")
            Path(folder, FONT_FILE).symlink_to(font)
            command = slate_command(ffmpeg, form, name)
            output = await output_of(command, redactor, _TIMEOUT, Path(folder))
    except (OSError, TimeoutError) as error:
        log.error("slate not rendered", reason=f"{type(error).__name__}: {error}")
        return None
    if len(output.stdout) != form.picture_bytes:
        log.error("slate not rendered", reason=output.stderr[-500:])
        return None
    return output.stdout
