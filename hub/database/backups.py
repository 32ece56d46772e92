"""Copies of an SQLite database beside it, from before its shape was changed."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

KEPT: Final = 3


def back_up(database: Path, revision: str) -> Path:
    """A whole copy, on disk when this returns, named by its shape; the oldest beyond KEPT are removed.

    Nobody may write meanwhile. Raises OSError, sqlite3.Error; then there is no new copy and the old ones stay.
    """
    copy = _named(database, revision)
    unfinished = copy.with_name(copy.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
        shutil.copymode(database, unfinished)
        os.replace(unfinished, copy)
    finally:
        unfinished.unlink(missing_ok=True)
    prefix = _named(database, "").name
    copies = [each for each in database.parent.iterdir() if each.name.startswith(prefix)]
    for old in sorted(copies, key=lambda each: each.stat().st_mtime)[:-KEPT]:
        old.unlink()
    return copy


def _named(database: Path, revision: str) -> Path:
    return database.with_name(f"{database.name}.backup-{revision}")
