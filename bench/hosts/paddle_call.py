#!/usr/bin/env python3
"""One Python call of an operator on PaddlePaddle: Spinel's host against PaddlePaddle's own compatibility layer.

Usage: paddle_call.py OURS.so PEER.so     (cmake --build --preset release --target spinel_paddle_bench runs it)
Both operators return their input. Alternating pairs in one process; medians; the bar is a ratio of at most 1.
"""
import os
import statistics
import sys
import time

import paddle

import paddle_spinel

CALLS, PAIRS = 20000, 9


def microseconds(function, *args):
    start = time.perf_counter()
    for _ in range(CALLS):
        function(*args)
    return (time.perf_counter() - start) / CALLS * 1e6


def main():
    paddle_spinel.ops.load_library(sys.argv[1])
    paddle.ops.load_library(sys.argv[2])
    x = paddle.rand([4, 4])
    ours, peer = paddle_spinel.ops.call_bench.same, paddle.ops.call_bench_peer.same
    for function in (ours, peer):
        assert (function(x, 1, 2) == x).all()
        microseconds(function, x, 1, 2)
    times = {"ours": [], "peer": []}
    for _ in range(PAIRS):
        times["ours"].append(microseconds(ours, x, 1, 2))
        times["peer"].append(microseconds(peer, x, 1, 2))
    ratio = statistics.median(a / b for a, b in zip(times["ours"], times["peer"]))
    print(f"PaddlePaddle {paddle.__version__}, load {os.getloadavg()[0]:.1f}, {PAIRS} pairs of {CALLS} calls")
    print(f"same(x, 1, 2): ours {statistics.median(times['ours']):.2f} us, PaddlePaddle's compat layer "
          f"{statistics.median(times['peer']):.2f} us, ratio {ratio:.2f} (bar: at most 1)")
    return 0 if ratio <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())
