"""What the child runs first: ties its life to the parent's and fixes its addresses.

It is run as a script, so it imports nothing but the standard library until `sys.path` is set.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_ADDR_NO_RANDOMIZE = 0x0040000
_QUERY = 0xFFFFFFFF
_AGAIN = "again"
"""The argument of the second start, after which there is no third."""


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the parent ends, however it ends.

    For the kernel the parent is the thread that started this process.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # the parent ended before the request was in place


def fix_addresses() -> bool:
    """Start this script again without address space randomization.

    Nothing that walks a hash table of addresses then differs from run to run. Containers often
    forbid the change.

    Returns:
        Whether the addresses are fixed; False where the system forbids it.
    """
    libc = ctypes.CDLL(None)
    persona = libc.personality(_QUERY)
    if persona != -1 and persona & _ADDR_NO_RANDOMIZE:
        return True
    if persona == -1 or sys.argv[-1] == _AGAIN:
        return False
    if libc.personality(persona | _ADDR_NO_RANDOMIZE) != -1:
        os.execv(sys.executable, [*sys.orig_argv, _AGAIN])
    return False


def main() -> None:
    settings = json.loads(sys.argv[1])
    die_with_parent(settings["parent"])
    fixed = fix_addresses() if settings["fix_addresses"] else False
    for fd in (settings["requests"], settings["events"]):
        os.set_inheritable(fd, False)
    sys.path[:] = settings["path"]

    from tflitekit.child.serve import serve

    requests, events = os.fdopen(settings["requests"], "rb"), os.fdopen(settings["events"], "wb")
    with requests, events:
        serve(requests, events, fixed_addresses=fixed)


if __name__ == "__main__":
    main()
