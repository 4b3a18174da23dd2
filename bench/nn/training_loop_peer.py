"""A peer's training of a case of training.py, and its answers to the commands of training_bench.cc."""

import json
import os
import sys
import time

import torch
from safetensors import safe_open
from safetensors.torch import load_file

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from peak import peak_growth  # noqa: E402


class Training:
    """Derived classes make edges and layers, and say how a layer is called."""

    def __init__(self, path, form):
        with safe_open(path, "pt") as file:
            spec = json.loads(file.metadata()["spec"])
        tensors = {key: value.clone() for key, value in load_file(path).items()}
        self.x, self.y = tensors["x"], tensors["y"]
        self.edges = self.make_edges(tensors["edge_index"], form, spec)
        self.convs = []
        for k, layer in enumerate(spec["layers"]):
            (name, arguments), = layer.items()
            prefix = f"param.{k}."
            state = {key[len(prefix):]: value for key, value in tensors.items() if key.startswith(prefix)}
            self.convs.append(self.make_conv(name, arguments, state))
        self.act = getattr(torch.nn.functional, spec["act"])
        parameters = [parameter for conv in self.convs for parameter in conv.parameters()]
        self.optimizer = self.make_optimizer(parameters, spec["lr"])

    def make_optimizer(self, parameters, lr):
        return torch.optim.Adam(parameters, lr=lr)

    def epoch(self):
        self.optimizer.zero_grad(set_to_none=True)
        h = self.x
        for conv in self.convs:
            if conv is not self.convs[0]:
                h = self.act(h)
            h = self.convolve(conv, h)
        loss = torch.nn.functional.cross_entropy(h, self.y)
        loss.backward()
        self.optimizer.step()
        return float(loss.detach())

    def seconds(self, count, clock):
        start = clock()
        for _ in range(count):
            self.epoch()
        return (clock() - start) / count


def serve(training_class, version, make=None):
    torch.set_num_threads(int(sys.argv[1]))
    training = path = form = None
    for line in sys.stdin:
        command, *words = line.rstrip("\n").split("\t") if "\t" in line else line.split()
        if command == "version":
            print(version, flush=True)
        elif command == "make":
            make(json.loads(words[0]), *words[1:3], *map(int, words[3:]))
            print("done", flush=True)
        elif command == "open":
            training = None
            path, small, form = words
            training_class(small, form).epoch()
            training = training_class(path, form)
            print(peak_growth(training.epoch), flush=True)
        elif command == "losses":
            training = training_class(path, form)
            print(*(training.epoch() for _ in range(int(words[0]))), flush=True)
        else:
            clock = time.perf_counter if command == "steps" else time.process_time
            print(training.seconds(int(words[0]), clock), flush=True)
