"""Makes the files of this folder with SchNetPack 2.2.0, PyTorch 2.13 and ASE 3.29: a model as SchNetPack saves it, and
frames with the energies and forces that its ASE calculator gives for them."""
import tempfile

import ase.build
import ase.io
import numpy as np
import schnetpack as spk
import torch
from ase.calculators.singlepoint import SinglePointCalculator

torch.manual_seed(1)
atomrefs = torch.zeros(100)
atomrefs[1], atomrefs[6], atomrefs[8] = -13.6, -1027.0, -2041.5
model = spk.model.NeuralNetworkPotential(
    representation=spk.representation.SchNet(n_atom_basis=8, n_interactions=2, radial_basis=spk.nn.GaussianRBF(6, 4.0),
                                             cutoff_fn=spk.nn.CosineCutoff(4.0)),
    input_modules=[spk.atomistic.PairwiseDistances()],
    output_modules=[spk.atomistic.Atomwise(n_in=8, output_key="energy"),
                    spk.atomistic.Forces(energy_key="energy", force_key="forces")],
    postprocessors=[spk.transform.CastTo64(),
                    spk.transform.AddOffsets("energy", add_mean=True, add_atomrefs=True, atomrefs=atomrefs,
                                             property_mean=torch.tensor([-4.25]))])
with torch.no_grad():  # as large as after training, so that energies and forces are
    for parameter in model.parameters():
        parameter.mul_(1.2)
torch.save(model, "best_model")

double = tempfile.NamedTemporaryFile()
torch.save(model.double(), double.name)  # so that the expected values are exact
random = np.random.default_rng(0)
crystal = ase.build.bulk("C", "diamond", a=3.567, cubic=True)
frames = [ase.build.molecule("CH3CH2OH"), ase.build.molecule("H2O"), crystal]
calculator = spk.interfaces.SpkCalculator(double.name, neighbor_list=spk.transform.ASENeighborList(4.0),
                                          energy_unit="eV", position_unit="Ang", dtype=torch.float64)
for frame in frames:
    frame.positions += 0.05 * random.standard_normal(frame.positions.shape)
    frame.calc = calculator
    frame.calc = SinglePointCalculator(frame, energy=float(frame.get_potential_energy()), forces=frame.get_forces())
ase.io.write("frames.xyz", frames)
