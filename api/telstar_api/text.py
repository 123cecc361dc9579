"""What counts as a line of text from outside."""

from typing import Annotated

from pydantic import StringConstraints

# No control characters: Postgres cannot hold NUL, and names belong on one line.
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=320)]
