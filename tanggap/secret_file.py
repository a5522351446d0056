"""Which files may hold a secret: none that other users of the machine can read or change."""

import os
import stat


def open_to_others(status: os.stat_result) -> str:
    """Return the mode that a secret's file ought to have, such as `600`; "" when it is private.

    The owner alone may read it; a file of root's may also be read by its group, so that a service
    reads what it cannot change (the rule of PostgreSQL for its keys). What is no plain file, a pipe
    for example, has no other readers.
    """
    if not stat.S_ISREG(status.st_mode):
        return ""
    allowed = 0o740 if status.st_uid == 0 else 0o700
    if stat.S_IMODE(status.st_mode) & 0o777 & ~allowed == 0:
        return ""
    return "640" if status.st_uid == 0 else "600"
