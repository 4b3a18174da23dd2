"""SchNetPack 2.2 on the cases of schnet.py: the same network, batches and steps."""

import time

import torch
import schnetpack as spk
from safetensors.torch import load_file
from schnetpack.model import NeuralNetworkPotential

ARGS = {"n_atom_basis": 128, "n_interactions": 6, "n_rbf": 20, "cutoff": 5.0, "radial_basis": "GaussianRBF",
        "cutoff_fn": "CosineCutoff", "head": {"type": "Atomwise", "forces": True}}


def make_model():
    representation = spk.representation.SchNet(
        n_atom_basis=ARGS["n_atom_basis"], n_interactions=ARGS["n_interactions"],
        radial_basis=spk.nn.GaussianRBF(ARGS["n_rbf"], ARGS["cutoff"]), cutoff_fn=spk.nn.CosineCutoff(ARGS["cutoff"]))
    head = [spk.atomistic.Atomwise(n_in=ARGS["n_atom_basis"], output_key="energy"), spk.atomistic.Forces()]
    return NeuralNetworkPotential(representation=representation, input_modules=[spk.atomistic.PairwiseDistances()],
                                  output_modules=head)


def load_model(path):
    model = make_model()
    model.load_state_dict({k[6:]: v for k, v in load_file(path).items() if k.startswith("param.")})
    return model


class Peer:
    def __init__(self, model, batch, targets):
        self.model, self.targets = model, targets
        self.inputs = {"_atomic_numbers": batch["z"], "_positions": batch["pos"], "_idx_i": batch["idx_i"],
                       "_idx_j": batch["idx_j"], "_offsets": batch["offsets"], "_idx_m": batch["idx_m"],
                       "_n_atoms": batch["n_atoms"], "_cell": batch["cell"]}
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.0)

    def infer(self):
        self.model.eval()
        out = self.model({**self.inputs, "_positions": self.inputs["_positions"].clone()})
        return out["energy"].detach(), out["forces"].detach()

    def train(self):
        self.model.train()
        self.optimizer.zero_grad()
        out = self.model({**self.inputs, "_positions": self.inputs["_positions"].clone()})
        mse = torch.nn.functional.mse_loss
        loss = 0.01 * mse(out["energy"], self.targets["energy"]) + 0.99 * mse(out["forces"], self.targets["forces"])
        loss.backward()
        self.optimizer.step()

    def seconds(self, what, repetitions):
        step = getattr(self, what)
        start = time.perf_counter()
        for _ in range(repetitions):
            step()
        return (time.perf_counter() - start) / repetitions


def memory_growth(peer, what):
    """MiB by which the peak of three steps exceeds the resident size before them."""
    def status(field):
        with open("/proc/self/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024

    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")
    before = status("VmRSS")
    for _ in range(3):
        getattr(peer, what)()
    return status("VmHWM") - before
