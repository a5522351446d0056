"""One heap for all threads of a process that is to run for months, and what is free given back.

The C library gives threads heaps of their own, and what is freed in one cannot be used in another:
with twenty workers the daemon held ever more memory while what it used stayed the same.
"""

import ctypes

_M_ARENA_MAX = -8
_C = ctypes.CDLL(None)


def share_one_heap() -> None:
    """Have all threads take memory from one heap. Call it before there are any.

    Does nothing where the C library is not glibc.
    """
    mallopt = getattr(_C, "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Return to the system what lies free between used pieces of the heap; takes milliseconds."""
    malloc_trim = getattr(_C, "malloc_trim", None)
    if malloc_trim is not None:
        malloc_trim(ctypes.c_size_t(0))
