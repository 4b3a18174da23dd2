"""How much the peak of this process's memory grows by a call."""

import ctypes
import gc

LIBC = ctypes.CDLL("libc.so.6")


def status_mib(field):
    """A line of /proc/self/status: VmRSS, VmHWM."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def peak_growth(function):
    """MiB by which the peak lies above what the process holds before the call."""
    gc.collect()
    LIBC.malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")  # the peak starts anew at the present size
    before = status_mib("VmRSS")
    function()
    return status_mib("VmHWM") - before
