"""Memory that was freed goes back to the system.

The rule: documents that sleep cost no memory. What documents held lies scattered over the heap, and of that glibc gives
back by itself only what happens to lie at its end; it has to be asked.
"""

import ctypes
import sys


def give_back() -> None:
    """Hands the system every free page. Some milliseconds for each 100 MB, and other threads run meanwhile."""
    if _trim is not None:
        _trim(0)


# glibc alone has it, and alone needs it.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
