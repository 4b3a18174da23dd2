#!/usr/bin/env python3
"""Networks that pool, with the framework's own operator and with Spinel's in its place: results and gradients equal.

Usage: networks.py torch LIBSPINEL_TORCH.so
       networks.py paddle                      (with build/release/python on PYTHONPATH)
Weights are random. Prints a line a network and exits 1 where one differs.
"""
import sys
import time

import numpy as np


class Torch:
    def __init__(self, library):
        import torch
        torch.ops.load_library(library)
        torch.manual_seed(1)
        self.lib, self.nn, self.name = torch, torch.nn, f"torch {torch.__version__}"
        ours = {n: getattr(torch.ops.spinel, f"max_pool{n}d") for n in (1, 2, 3)}
        own = {n: getattr(torch.nn.functional, f"max_pool{n}d") for n in (1, 2, 3)}
        self.pools = {"own": lambda n, x, k, s, p: own[n](x, k, s, p),
                      "ours": lambda n, x, k, s, p: ours[n](x, [k], [s], [p])}

    def conv(self, n, *args):
        return getattr(self.nn, f"Conv{n}d")(*args)

    def tensor(self, array):
        return self.lib.tensor(array, requires_grad=True)

    def join(self, tensors):
        return self.lib.cat(tensors, 1)


class Paddle:
    def __init__(self):
        import paddle

        import paddle_spinel
        paddle.seed(1)
        self.lib, self.nn, self.name = paddle, paddle.nn, f"PaddlePaddle {paddle.__version__}"
        functions = {"own": paddle.nn.functional, "ours": paddle_spinel.nn.functional}
        self.pools = {which: lambda n, x, k, s, p, f=f: getattr(f, f"max_pool{n}d")(x, k, s, p)
                      for which, f in functions.items()}

    def conv(self, n, *args):
        return getattr(self.nn, f"Conv{n}D")(*args)

    def tensor(self, array):
        return self.lib.to_tensor(array, stop_gradient=False)

    def join(self, tensors):
        return self.lib.concat(tensors, 1)


def resnet_stem(f):
    conv, relu = f.conv(2, 3, 64, 7, 2, 3), f.nn.functional.relu
    return (4, 3, 224, 224), lambda x, pool: pool(2, relu(conv(x)), 3, 2, 1)


def yolo_spp(f):
    first, last = f.conv(2, 64, 32, 1), f.conv(2, 128, 64, 1)

    def run(x, pool):
        x = f.nn.functional.relu(first(x))
        return last(f.join([x] + [pool(2, x, k, 1, k // 2) for k in (5, 9, 13)]))

    return (4, 64, 20, 20), run


def audio_encoder(f):
    first, second, relu = f.conv(1, 1, 32, 9, 2), f.conv(1, 32, 64, 9, 2), f.nn.functional.relu
    return (4, 1, 16000), lambda x, pool: pool(1, relu(second(pool(1, relu(first(x)), 4, 4, 0))), 4, 4, 0)


def medical_encoder(f):
    first, second, relu = f.conv(3, 1, 8, 3, 1, 1), f.conv(3, 8, 16, 3, 1, 1), f.nn.functional.relu
    return (1, 1, 32, 64, 64), lambda x, pool: pool(3, relu(second(pool(3, relu(first(x)), 2, 2, 0))), 2, 2, 0)


def main():
    framework = Torch(sys.argv[2]) if sys.argv[1:2] == ["torch"] else Paddle()
    print(framework.name)
    failed = False
    for build in (resnet_stem, yolo_spp, audio_encoder, medical_encoder):
        sizes, network = build(framework)
        data = np.random.default_rng(0).standard_normal(sizes).astype("float32")
        results = {}
        for which, pool in framework.pools.items():
            x = framework.tensor(data)
            start = time.perf_counter()
            y = network(x, pool)
            (y * y).mean().backward()
            results[which] = y.detach().numpy(), x.grad.numpy(), time.perf_counter() - start
        (y0, g0, t0), (y1, g1, t1) = results["own"], results["ours"]
        equal = np.array_equal(y0, y1) and np.allclose(g0, g1, rtol=1e-5, atol=1e-9)
        failed = failed or not equal
        print(f"{build.__name__:16} {'x'.join(map(str, sizes)):>14} -> {'x'.join(map(str, y1.shape)):>14}  "
              f"{'equal' if equal else 'DIFFERENT'}  own {t0 * 1e3:.0f} ms, with Spinel's pooling {t1 * 1e3:.0f} ms")
    return failed


if __name__ == "__main__":
    sys.exit(main())
