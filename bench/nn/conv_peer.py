"""torch_geometric 2.6.1 on the cases of conv.py; answers the commands of conv_bench.cc. `make SPEC FILE NODES EDGES`
writes a case with the parameters of a new module, `check FILE` compares what conv_bench has written."""

import gc
import json
import os
import sys
import time
import warnings

import torch
import torch_geometric.nn
from safetensors import safe_open
from safetensors.torch import load_file, save_file

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import conv_cases_peer as conv_cases  # noqa: E402
from peak import LIBC, peak_growth  # noqa: E402


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
    if "convs" in arguments:
        arguments["convs"] = {tuple(key.split("__")): conv for key, conv in arguments["convs"].items()}
    if "metadata" in arguments:
        arguments["metadata"] = arguments["metadata"][0], [tuple(names) for names in arguments["metadata"][1]]
    if "deg" in arguments:
        arguments["deg"] = torch.tensor(arguments["deg"])
    return getattr(torch_geometric.nn, spec["name"])(**arguments)


def make_inputs(names, nodes, edges):
    """Tensors by name; those of a dictionary as "x_dict/author", "edge_index_dict/author__writes__paper"."""
    generator = torch.Generator().manual_seed(1)

    def rows(count, width=None):
        return torch.randn(*((count,) if width is None else (count, width)), generator=generator)

    def ends(count, limit=nodes):
        return torch.randint(limit, (2, count), generator=generator)

    def share(*sizes):
        return torch.rand(*sizes, generator=generator)

    normal = rows(nodes, 3)
    every = {"x": lambda: rows(nodes, conv_cases.F),
             "x_layers": lambda: rows(nodes, 2 * conv_cases.F).view(nodes, 2, conv_cases.F),
             "colours": lambda: torch.randint(4, (nodes,), generator=generator),
             "x_dict": lambda: {name: rows(nodes // 2, conv_cases.F) for name in conv_cases.NODE_TYPES},
             "edge_index_dict": lambda: {"__".join(names): ends(edges // 3, nodes // 2)
                                         for names in conv_cases.EDGE_TYPES},
             "node_type": lambda: torch.randint(2, (nodes,), generator=generator),
             "x_0": lambda: rows(nodes, conv_cases.F),
             "pos": lambda: rows(nodes, 3), "normal": lambda: normal / normal.norm(dim=1, keepdim=True),
             "edge_index": lambda: ends(edges), "hyperedge_index": lambda: ends(edges),
             "pos_edge_index": lambda: ends(edges // 2), "neg_edge_index": lambda: ends(edges // 2),
             "edge_weight": lambda: share(edges), "edge_attr": lambda: rows(edges, conv_cases.D),
             "pseudo": lambda: share(edges, 3), "coordinates": lambda: share(edges, 2),
             "edge_type": lambda: torch.randint(conv_cases.RELATIONS, (edges,), generator=generator),
             "batch": lambda: torch.arange(nodes) // 100, "cloud": lambda: torch.arange(nodes) // 1000}
    own = {"pseudo": "edge_attr", "coordinates": "edge_attr", "x_layers": "x", "colours": "x", "cloud": "batch"}
    inputs = {}
    for name in names:
        value, key = every[name](), own.get(name, name)
        inputs |= {f"{key}/{part}": item for part, item in value.items()} if isinstance(value, dict) else {key: value}
    return inputs


def call(module, inputs):
    """Results by name: "out", or "out/paper"."""
    arguments = {}
    for key, value in inputs.items():
        name, _, part = key.partition("/")
        if part:
            arguments.setdefault(name, {})[tuple(part.split("__")) if "__" in part else part] = value
        else:
            arguments[name] = value
    out = module(*arguments.values()) if "x_dict" in arguments else module(**arguments)
    out = out[0] if isinstance(out, tuple) else out
    return {f"out/{key}": value for key, value in out.items()} if isinstance(out, dict) else {"out": out}


def make(spec, path, nodes, edges):
    torch.manual_seed(0)
    module = make_module(spec)
    inputs = make_inputs(spec["inputs"], nodes, edges)
    with torch.no_grad():
        results = call(module, inputs)
    spec = {**spec, "inputs": list(inputs), "outputs": list(results)}
    module = make_module(spec)  # running statistics are as at the start
    tensors = {f"param.{key}": value.contiguous() for key, value in module.state_dict().items()}
    tensors |= {f"input.{key}": value for key, value in inputs.items()}
    if spec["gradient"]:
        tensors |= {f"cotangent.{key}": torch.randn_like(value) for key, value in results.items()}
    save_file(tensors, path, {"spec": json.dumps(spec)})


# Gradients that the peer makes wrongly: torch_sparse 0.6.18 on torch 2.13 lets none pass through a product of two sparse
# matrices, as central differences of its own result show.
WRONG_GRADIENTS = {"PANConv": ["weight"]}


class Case:
    def __init__(self, path):
        with safe_open(path, "pt") as file:
            self.spec = json.loads(file.metadata()["spec"])
        tensors = load_file(path)
        self.module = make_module(self.spec)
        self.module.load_state_dict({key[6:]: value for key, value in tensors.items() if key.startswith("param.")})
        self.inputs = {name: tensors[f"input.{name}"].clone() for name in self.spec["inputs"]}
        self.leaves = {name: tensor.requires_grad_() for name, tensor in self.inputs.items()
                       if name.split("/")[0] in ("x", "x_dict") and self.spec["gradient"]}
        self.cotangents = [tensors[f"cotangent.{name}"].clone() for name in self.spec["outputs"]
                           if self.spec["gradient"]]

    def step(self):
        for leaf in self.leaves.values():
            leaf.grad = None
        self.module.zero_grad(set_to_none=True)
        results = call(self.module, self.inputs)
        if self.spec["gradient"]:
            torch.autograd.backward([results[name] for name in self.spec["outputs"]], self.cotangents)
        return {name: out.detach() for name, out in results.items()}

    def seconds(self, count, clock, fresh):
        start = clock()
        for _ in range(count):
            for name in self.inputs if fresh else ():
                if "edge_index" in name:
                    self.inputs[name] = self.inputs[name].clone()
            self.step()
        return (clock() - start) / count

    def check(self, path):
        """The largest difference of a result or gradient over the largest number in it, or over a thousandth of the
        largest of all gradients: some are 0 but for rounding, as that of a bias under a softmax or a norm."""
        ours = load_file(path)
        pairs = [(out, ours[name]) for name, out in self.step().items()]
        gradients = [(leaf.grad, ours[f"grad.{name}"])
                     for name, leaf in [*self.leaves.items(), *self.module.named_parameters()]
                     if leaf.grad is not None and name not in WRONG_GRADIENTS.get(type(self.module).__name__, [])]
        least = 1e-3 * max((float(a.abs().max()) for a, _ in gradients), default=0) + 1e-30
        return max(float((a - b).abs().max()) / max(float(a.abs().max()), least) for a, b in pairs + gradients)


def open_case(path, warm):
    case = Case(path)
    Case(warm).step()
    return case, peak_growth(case.step)


def serve(fresh):
    case = None
    for line in sys.stdin:
        command, *words = line.split("\t") if "\t" in line else line.split()
        if command == "make":
            try:
                make(json.loads(words[0]), words[1], int(words[2]), int(words[3]))
                print("done", flush=True)
            except ImportError as error:  # of torch_sparse, torch_cluster or torch_spline_conv
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
            clock = time.perf_counter if command == "steps" else time.process_time
            print(case.seconds(int(words[0]), clock, fresh), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    warnings.filterwarnings("ignore", message="We do not recommend using the non-optimized CPU version")
    serve("fresh" in sys.argv[2:])
