"""Alternating pairs: our program and a peer take turns in one run, and the ratio of the medians is printed."""

import os
import statistics
import subprocess


class Program:
    """One of our bench programs, which answers each command line on its stdin with one line on its stdout."""

    def __init__(self, path, *arguments, threads=1):
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), MKL_NUM_THREADS=str(threads))
        self.process = subprocess.Popen([path, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env=environment)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args[0]}: ended at the command '{command}'")
        return answer.strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def alternate(ours, peer, clock, least, pairs):
    """Medians over `pairs` turns of the seconds of a step of two programs; a turn takes as many steps as fill `least`
    seconds. clock: the programs' command, steps for time, processor for that of processors."""
    counts = [max(1, int(least / float(program.ask(f"{clock} 1")))) for program in (ours, peer)]
    times = [[float(program.ask(f"{clock} {count}")) for program, count in zip((ours, peer), counts)]
             for _ in range(pairs)]
    return [statistics.median(column) for column in zip(*times)]


def compare(name, ours, peer, pairs=7):
    """ours and peer: functions that return seconds. Prints and returns the ratio peer / ours of the medians."""
    ours(), peer()  # warm-up
    times = [(ours(), peer()) for _ in range(pairs)]
    a, b = (statistics.median(column) for column in zip(*times))
    spread = statistics.quantiles([y / x for x, y in times], n=4)
    print(f"{name:<44} ours {1e3 * a:9.3f} ms   peer {1e3 * b:9.3f} ms   ratio {b / a:6.2f}"
          f"  (quartiles {spread[0]:.2f} to {spread[2]:.2f}; load {os.getloadavg()[0]:.2f})", flush=True)
    return b / a
