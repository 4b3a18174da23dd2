"""Molecular dynamics with SchNet on a periodic cell of 1,008 atoms beside SchNetPack's ASE calculator.

Usage: schnet_md.py PROGRAM_FOLDER [--pairs N]. Velocity Verlet, 1 fs, float32, the same weights and start, on 1 and 2
threads; the peer's neighbour list is its default for ASE (ASENeighborList), and, as a second line, matscipy's.
"""

import argparse
import os
import sys
import tempfile
import time

import ase.build
import ase.io
import numpy as np
import torch
from ase import units
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution
from ase.md.verlet import VelocityVerlet

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
import schnet
import schnet_peer
from schnetpack.interfaces import SpkCalculator
from schnetpack.transform import ASENeighborList, MatScipyNeighborList
from side_by_side import Program, compare


def make_dynamics(atoms, folder, neighbor_list):
    model = schnet_peer.load_model(os.path.join(folder, "Cu108.safetensors"))
    atoms = atoms.copy()
    atoms.calc = SpkCalculator(model=model, neighbor_list=neighbor_list(cutoff=schnet_peer.ARGS["cutoff"]),
                               energy_key="energy", force_key="forces", energy_unit="eV", position_unit="Ang")
    MaxwellBoltzmannDistribution(atoms, temperature_K=300, rng=np.random.default_rng(1))
    return VelocityVerlet(atoms, 1.0 * units.fs)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", help="folder of the built programs")
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    atoms = ase.build.bulk("Cu", cubic=True) * (6, 6, 7)
    atoms.positions += np.random.default_rng(3).normal(0, 0.03, atoms.positions.shape)
    with tempfile.TemporaryDirectory() as folder:
        path = schnet.make_case("Cu108 periodic, batch 2", folder)
        ase.io.write(f"{folder}/cu.xyz", atoms, format="extxyz")
        for threads in (1, 2):
            torch.set_num_threads(threads)
            program = Program(os.path.join(arguments.programs, "schnet_bench"), path, threads, threads=threads)
            for neighbor_list in (ASENeighborList, MatScipyNeighborList):
                dynamics = make_dynamics(atoms, folder, neighbor_list)

                def peer(steps=2):
                    start = time.perf_counter()
                    dynamics.run(steps)
                    return (time.perf_counter() - start) / steps

                compare(f"MD Cu1008, {neighbor_list.__name__}, {threads} thread(s)",
                        lambda: float(program.ask(f"md {folder}/cu.xyz 20")), peer, arguments.pairs)
            program.close()


if __name__ == "__main__":
    main()
