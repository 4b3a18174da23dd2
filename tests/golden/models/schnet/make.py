"""Makes the checkpoints of this folder with SchNetPack 2.2.0 and PyTorch 2.13: state, one input and the model's outputs."""
import schnetpack as spk
import torch
from safetensors.torch import save_file

P = spk.properties


def model(basis, cutoff, shared, head, offsets):
    torch.manual_seed(0)
    made = spk.model.NeuralNetworkPotential(
        representation=spk.representation.SchNet(
            n_atom_basis=6, n_interactions=2, n_filters=5, radial_basis=basis, cutoff_fn=cutoff,
            shared_interactions=shared),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[head, spk.atomistic.Forces()],
        postprocessors=[spk.transform.CastTo64(),
                        spk.transform.AddOffsets("energy", add_mean=True, add_atomrefs=True,
                                                 atomrefs=offsets, property_mean=torch.tensor([-3.25]))])
    return made.eval()


def inputs():
    pos = torch.tensor([[0.0, 0.0, 0.12], [0.0, 0.76, -0.48], [0.0, -0.76, -0.48]])
    return {P.Z: torch.tensor([8, 1, 1]), P.R: pos, P.idx_m: torch.zeros(3, dtype=torch.long),
            P.n_atoms: torch.tensor([3]), P.idx_i: torch.tensor([0, 0, 1, 1, 2, 2]),
            P.idx_j: torch.tensor([1, 2, 0, 2, 0, 1]), P.offsets: torch.zeros(6, 3)}


atomrefs = torch.zeros(100)
atomrefs[1], atomrefs[8] = -0.5, -2.0
for name, made in {
    "gaussian": model(spk.nn.GaussianRBF(4, 5.0), spk.nn.CosineCutoff(5.0), False,
                      spk.atomistic.Atomwise(n_in=6, output_key="energy"), atomrefs),
    "bessel-shared": model(spk.nn.BesselRBF(4, 4.0), spk.nn.MollifierCutoff(4.0), True,
                           spk.atomistic.Atomwise(n_in=6, n_hidden=4, n_layers=3, output_key="energy"), atomrefs),
}.items():
    result = made(inputs())
    tensors = {f"state.{key}": value.detach().clone().contiguous() for key, value in made.state_dict().items()}
    tensors |= {"output.energy": result["energy"].detach(), "output.forces": result["forces"].detach()}
    save_file(tensors, f"{name}.safetensors")
