"""Derivatives of our operators on libtorch: the numbers that derivatives.json holds for every host."""
import json
import pathlib
import sys

import torch


def check(case):
    tensors = {name: torch.tensor(value["data"], dtype=getattr(torch, value["dtype"])).reshape(value["shape"])
               for name, value in case["tensors"].items()}
    wanted = [tensors[name].requires_grad_() for name in case["by"]]
    value = getattr(torch.ops.spinel, case["op"])(**tensors, **case["arguments"])
    found = {"value": value}
    total = (value**3).sum()
    for order in ("first", "second", "third"):
        found[order] = torch.autograd.grad(total, wanted, create_graph=True)
        total = sum((gradient**2).sum() for gradient in found[order])
    torch.testing.assert_close(value.ravel(), torch.tensor(case["value"], dtype=value.dtype), rtol=1e-12, atol=0)
    for order in ("first", "second", "third"):
        for gradient, numbers in zip(found[order], case[order]):
            torch.testing.assert_close(gradient.ravel(), torch.tensor(numbers, dtype=value.dtype), rtol=1e-10, atol=1e-10)


if __name__ == "__main__":
    torch.ops.load_library(sys.argv[1])
    for case in json.loads((pathlib.Path(__file__).parent.parent / "derivatives.json").read_text()):
        check(case)
        print(case["op"], "ok")
