"""Files in the data folder that hold keys.

The rule: only their owner may read them, from their first byte; and hubs that share a data folder share its keys, also
when they make them at the same moment.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def make(file: Path, content: str) -> None:
    """The whole file or none of it. One that is there by now stays. Raises OSError where it cannot be made."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A random name: hubs in containers all have the same process id.
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):  # another hub was first: its keys are everybody's
            file.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)
