"""torch_geometric 2.6.1 on the cases of conv.py; answers the commands of conv_bench.cc. `make SPEC FILE NODES EDGES`
writes a case with the parameters of a new module, `check FILE` compares what conv_bench has written."""

import ctypes
import gc
import json
import sys
import time

import torch
import torch_geometric.nn
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import conv_cases_peer as conv_cases

LIBC = ctypes.CDLL("libc.so.6")


def made(value):
    """The module of {Name: {arguments}} or "Name", and values with such modules in them."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value))[0].isupper():
        (name, arguments), = value.items()
        arguments = {key: made(item) for key, item in arguments.items()}
        if name == "Sequential":
            return torch.nn.Sequential(*(made(layer) for layer in arguments["layers"]))
        return getattr(torch.nn if name == "Linear" else torch_geometric.nn, name)(**arguments)
    if isinstance(value, dict):
        return {key: made(item) for key, item in value.items()}
    if isinstance(value, list):
        return [made(item) for item in value]
    if isinstance(value, str) and value in ("ReLU", "Tanh"):
        return getattr(torch.nn, value)()
    return value


def make_module(spec):
    arguments = {key: made(value) for key, value in spec["args"].items()}
    if "deg" in arguments:
        arguments["deg"] = torch.tensor(arguments["deg"])
    return getattr(torch_geometric.nn, spec["name"])(**arguments)


def make_inputs(names, nodes, edges):
    generator = torch.Generator().manual_seed(1)

    def rows(count, width=None):
        return torch.randn(*((count,) if width is None else (count, width)), generator=generator)

    def ends(count):
        return torch.randint(nodes, (2, count), generator=generator)

    def share(count):
        return torch.rand(count, generator=generator)

    normal = rows(nodes, 3)
    width = {"GMMConv": 3}
    every = {"x": lambda: rows(nodes, conv_cases.F),
             "x_layers": lambda: rows(nodes, 2 * conv_cases.F).view(nodes, 2, conv_cases.F),
             "node_type": lambda: torch.randint(2, (nodes,), generator=generator), "x_0": lambda: rows(nodes, conv_cases.F),
             "pos": lambda: rows(nodes, 3), "normal": lambda: normal / normal.norm(dim=1, keepdim=True),
             "edge_index": lambda: ends(edges), "hyperedge_index": lambda: ends(edges),
             "pos_edge_index": lambda: ends(edges // 2), "neg_edge_index": lambda: ends(edges // 2),
             "edge_weight": lambda: share(edges), "edge_attr": lambda: rows(edges, conv_cases.D),
             "pseudo": lambda: torch.rand(edges, width["GMMConv"], generator=generator),
             "edge_type": lambda: torch.randint(conv_cases.RELATIONS, (edges,), generator=generator),
             "batch": lambda: torch.arange(nodes) // 100}
    own = {"pseudo": "edge_attr", "x_layers": "x"}
    return {own.get(name, name): every[name]() for name in names}


def call(module, inputs):
    out = module(**inputs)
    return out[0] if isinstance(out, tuple) else out


def make(spec, path, nodes, edges):
    torch.manual_seed(0)
    module = make_module(spec)
    inputs = make_inputs(spec["inputs"], nodes, edges)
    spec = {**spec, "inputs": list(inputs)}
    with torch.no_grad():
        cotangent = torch.randn_like(call(module, inputs))
    module = make_module(spec)  # running statistics are as at the start
    tensors = {f"param.{key}": value.contiguous() for key, value in module.state_dict().items()}
    tensors |= {f"input.{key}": value for key, value in inputs.items()} | {"cotangent": cotangent}
    save_file(tensors, path, {"spec": json.dumps(spec)})


class Case:
    def __init__(self, path):
        with safe_open(path, "pt") as file:
            spec = json.loads(file.metadata()["spec"])
        tensors = load_file(path)
        self.module = make_module(spec)
        self.module.load_state_dict({key[6:]: value for key, value in tensors.items() if key.startswith("param.")})
        self.inputs = {key[6:]: value.clone() for key, value in tensors.items() if key.startswith("input.")}
        self.cotangent = tensors["cotangent"].clone()
        self.inputs["x"].requires_grad_()

    def step(self):
        self.inputs["x"].grad = None
        self.module.zero_grad(set_to_none=True)
        out = call(self.module, self.inputs)
        out.backward(self.cotangent)
        return out.detach()

    def seconds(self, count, fresh):
        start = time.perf_counter()
        for _ in range(count):
            if fresh and "edge_index" in self.inputs:
                self.inputs["edge_index"] = self.inputs["edge_index"].clone()
            self.step()
        return (time.perf_counter() - start) / count

    def check(self, path):
        """The largest difference of a result or gradient over the largest number in it, or over a thousandth of the
        largest of all gradients: some are 0 but for rounding, as that of a bias under a softmax or a norm."""
        ours, out = load_file(path), self.step()
        pairs = [(out, ours["out"]), (self.inputs["x"].grad, ours["grad.x"])]
        pairs += [(parameter.grad, ours[f"grad.{name}"]) for name, parameter in self.module.named_parameters()
                  if parameter.grad is not None]
        least = 1e-3 * max(float(a.abs().max()) for a, _ in pairs[1:]) + 1e-30
        return max(float((a - b).abs().max()) / max(float(a.abs().max()), least) for a, b in pairs)


def status(field):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def open_case(path, warm):
    case = Case(path)
    Case(warm).step()
    gc.collect()
    LIBC.malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")
    before = status("VmRSS")
    case.step()
    return case, status("VmHWM") - before


def serve():
    case = None
    for line in sys.stdin:
        command, *words = line.split("\t") if "\t" in line else line.split()
        if command == "make":
            try:
                make(json.loads(words[0]), words[1], int(words[2]), int(words[3]))
                print("done", flush=True)
            except ImportError as error:  # PANConv needs torch_sparse
                print(error, flush=True)
        elif command == "open":
            case = None
            gc.collect()
            LIBC.malloc_trim(0)
            case, growth = open_case(*words)
            print(growth, flush=True)
        elif command == "check":
            print(case.check(words[0]), flush=True)
        else:
            print(case.seconds(int(words[0]), command == "fresh"), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    serve()
