"""Makes the checkpoints of this folder, and beside each the tensors as PyTorch reads them (needs torch 2.13, safetensors, schnetpack 2.2)."""
import collections
import zipfile

import schnetpack as spk
import torch
from safetensors.torch import save_file


def expect(name, tensors):
    save_file({key: value.detach().clone().contiguous() for key, value in tensors.items()}, f"{name}.safetensors")


torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
net.register_buffer("scratch", torch.ones(2), persistent=False)
state = net.state_dict()
for protocol in (2, 3, 4, 5):
    torch.save(state, f"state_protocol{protocol}.pt", pickle_protocol=protocol)
torch.save(net, "module.pt")
torch.save(state, "legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"state_dict": state, "epoch": 3, "global_step": 10, "pytorch-lightning_version": "2.0",
            "hyper_parameters": {"lr": 1e-3, "betas": (0.9, 0.999), "nothing": None, "flag": True},
            "optimizer_states": [{"state": {0: {"step": torch.tensor(1.0)}}, "param_groups": [{"lr": 0.1}]}],
            "size": torch.Size([1, 2]), "dtype": torch.float32, "set": {1, 2},
            "device": torch.device("cpu"), "default": collections.defaultdict(list)}, "lightning.ckpt")
expect("state", state)

base = torch.arange(24, dtype=torch.float64).reshape(4, 6)
views = {"base": base, "transposed": base.t(), "slice": base[1:3, ::2], "scalar": torch.tensor(7),
         "half": torch.tensor([1.5, 2.5]).half(), "bfloat16": torch.tensor([1.5, -2.5]).bfloat16(),
         "bool": torch.tensor([True, False]), "u8": torch.tensor([1, 2], dtype=torch.uint8),
         "i8": torch.tensor([-1], dtype=torch.int8), "i16": torch.tensor([-1], dtype=torch.int16),
         "i32": torch.tensor([-1], dtype=torch.int32), "u16": torch.tensor([65535], dtype=torch.uint16),
         "f8": torch.tensor([1.0]).to(torch.float8_e4m3fn), "empty": torch.zeros(0, 3),
         "expanded": torch.ones(1).expand(3, 2), "parameter": torch.nn.Parameter(torch.ones(2))}
torch.save(views, "views.pt")
expect("views", views)
legacy = {key: value for key, value in views.items() if key not in ("u16", "f8")}
torch.save(legacy, "legacy_views.pt", _use_new_zipfile_serialization=False)
with zipfile.ZipFile("views.pt") as source, zipfile.ZipFile("deflated.pt", "w", zipfile.ZIP_DEFLATED) as target:
    for entry in source.infolist():
        target.writestr(entry.filename, source.read(entry))

model = spk.model.NeuralNetworkPotential(
    representation=spk.representation.SchNet(n_atom_basis=4, n_interactions=1,
                                             radial_basis=spk.nn.GaussianRBF(3, 5.0), cutoff_fn=spk.nn.CosineCutoff(5.0)),
    input_modules=[spk.atomistic.PairwiseDistances()],
    output_modules=[spk.atomistic.Atomwise(n_in=4, output_key="energy"),
                    spk.atomistic.Forces(energy_key="energy", force_key="forces")],
    postprocessors=[spk.transform.CastTo64(), spk.transform.AddOffsets("energy", add_mean=True, add_atomrefs=False)])
torch.save(model, "schnetpack_best_model.pt")
expect("schnetpack_best_model", model.state_dict())
