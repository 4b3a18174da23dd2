"""Benchmarks of operators from Python: ours (torch.ops.spinel) and the peers run in one process, on the same tensors,
threads, cores and malloc."""

import argparse
import os
import subprocess
import sys
import time

# The allocation policy of Spinel's programs (spinel/base/allocation.cc): memory is reused, not given back at each free.
POLICY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
          "MALLOC_TOP_PAD_": str(64 << 20)}


def start(description, edges):
    """Reads the command line, and sets threads, cores and malloc. To be called before NumPy and torch are imported, as
    those read variables at their start: where these are not set the program runs itself again with them. Without
    --threads it does so for one thread, then for two. `edges`: the default of --edges."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="build/release/bin, or libspinel_torch.so")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--edges", type=int, default=edges, help="of the largest graph")
    parser.add_argument("--only", default="", help="measure what has this in its name")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--default-malloc", action="store_true", help="glibc's settings, not those of our programs")
    arguments = parser.parse_args()
    if arguments.threads is None:
        for threads in (1, 2):
            subprocess.run([sys.executable, *sys.argv, "--threads", str(threads)], check=True)
        sys.exit()
    wanted = dict({} if arguments.default_malloc else POLICY)
    wanted |= {"OMP_NUM_THREADS": str(arguments.threads), "MKL_NUM_THREADS": str(arguments.threads)}
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **wanted})
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:arguments.threads])
    load(arguments)
    return arguments


def load(arguments):
    """Our operators, and a line that says what is measured."""
    import warnings
    import scipy
    import torch
    warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
    path = arguments.build
    if os.path.isdir(path):
        path = os.path.join(path, "..", "lib", "libspinel_torch.so")
    torch.ops.load_library(os.path.abspath(path))
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    print(f"{arguments.threads} thread(s); torch {torch.__version__}, SciPy {scipy.__version__}, {peer_version()}; "
          f"malloc {'as by default' if arguments.default_malloc else 'keeps memory'}; load {os.getloadavg()[0]:.2f}")


def torch_sparse():
    """The module, or None where it is not installed: it is built from source, which may fail."""
    try:
        import torch_sparse
        return torch_sparse
    except ImportError:
        return None


def peer_version():
    module = torch_sparse()
    return f"torch_sparse {module.__version__}" if module else "torch_sparse is not installed: it does not take part"


def timed(function, least=0.01):
    """A function that returns the seconds of a call, averaged over `least` seconds where one is shorter."""
    function()
    begin = time.perf_counter()
    function()
    count = max(1, int(least / (time.perf_counter() - begin)))

    def run():
        begin = time.perf_counter()
        for _ in range(count):
            function()
        return (time.perf_counter() - begin) / count

    return run
