"""Coverage-guided fuzzing: the engine below every target in this folder.

A target is a script that hands `fuzz` what is done with some bytes, and seeds to begin with. It ends with a traceback
when an invariant does not hold, and is ended by the engine when it takes too long, too much memory, or crashes.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import atheris


def fuzz(one_input: Callable[[bytes], None], seeds: Iterable[bytes]) -> None:
    """Arguments: a folder for what reached new code, then options of libFuzzer; or one finding. Does not return."""
    folder = Path(sys.argv[1])
    if not folder.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
