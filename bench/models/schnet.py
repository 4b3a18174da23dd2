"""SchNet's training step and energy+force inference beside SchNetPack 2.2, on the same weights and batches.

Usage: schnet.py PROGRAM_FOLDER [--pairs N]. Prints a line a case: molecules of 9 atoms (batch of 10), of 104 atoms
(batch of 4), and periodic Cu108 (batch of 2), on 1 and 2 threads, then the growth of each process's peak memory.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import ase.build
import numpy as np
import torch
from ase.neighborlist import neighbor_list
from safetensors.torch import load_file, save_file

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
import schnet_peer
from side_by_side import Program, compare


def alkane(carbons):
    """A zigzag chain C_n H_2n+2 with bond lengths 1.53 and 1.09 Å."""
    numbers, positions = [], []
    for k in range(carbons):
        carbon = np.array([1.25 * k, 0.88 * (k % 2), 0.0])
        side = 1 if k % 2 else -1
        numbers.append(6)
        positions.append(carbon)
        hydrogens = [(0, 0.63 * side, 0.89), (0, 0.63 * side, -0.89)]
        if k in (0, carbons - 1):
            hydrogens.append((-0.9 if k == 0 else 0.9, -0.6 * side, 0))
        for h in hydrogens:
            numbers.append(1)
            positions.append(carbon + np.array(h))
    return ase.Atoms(numbers, positions)


def frames(name):
    if name == "ethanol (9 atoms), batch 10":
        return [ase.build.molecule("CH3CH2OH") for _ in range(10)]
    if name == "alkane C34H70 (104 atoms), batch 4":
        return [alkane(34) for _ in range(4)]
    return [ase.build.bulk("Cu", cubic=True) * (3, 3, 3) for _ in range(2)]


def make_batch(structures, cutoff, generator):
    parts, shift = [], 0
    for m, atoms in enumerate(structures):
        atoms.positions += generator.normal(0, 0.05, atoms.positions.shape)
        i, j, s = neighbor_list("ijS", atoms, cutoff)
        order = np.lexsort((*s.T[::-1], j, i))
        i, j, s = i[order], j[order], s[order]
        parts.append((atoms.numbers, atoms.positions, i + shift, j + shift, s @ atoms.cell.array,
                      np.full(len(atoms), m), [len(atoms)], atoms.cell.array[None], ))
        shift += len(atoms)
    names = ["z", "pos", "idx_i", "idx_j", "offsets", "idx_m", "n_atoms", "cell"]
    columns = (np.concatenate(column) for column in zip(*parts))
    return {name: torch.tensor(column, dtype=torch.float32 if column.dtype == np.float64 else torch.int64)
            for name, column in zip(names, columns)}


def make_case(name, folder):
    torch.manual_seed(1)
    generator = np.random.default_rng(2)
    batch = make_batch(frames(name), schnet_peer.ARGS["cutoff"], generator)
    model = schnet_peer.make_model()
    targets = {"energy": torch.randn(len(batch["n_atoms"])), "forces": torch.randn(len(batch["z"]), 3)}
    tensors = {f"param.{k}": v for k, v in model.state_dict().items()}
    tensors |= {f"input.{k}": v for k, v in batch.items()} | {f"target.{k}": v for k, v in targets.items()}
    path = os.path.join(folder, name.split()[0] + ".safetensors")
    save_file({k: v.contiguous() for k, v in tensors.items()}, path, {"args": json.dumps(schnet_peer.ARGS)})
    return path


def load_peer(path):
    tensors = load_file(path)
    part = lambda p: {k[len(p) + 1:]: v for k, v in tensors.items() if k.startswith(p + ".")}
    return schnet_peer.Peer(schnet_peer.load_model(path), part("input"), part("target"))


def check(program, peer, folder):
    program.ask(f"outputs {folder}/outputs.safetensors")
    ours = load_file(f"{folder}/outputs.safetensors")
    energy, forces = peer.infer()
    torch.testing.assert_close(ours["energy"], energy, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(ours["forces"], forces, rtol=1e-3, atol=1e-4)


def speed(name, path, binary, threads, pairs, folder):
    torch.set_num_threads(threads)
    peer = load_peer(path)
    program = Program(binary, path, threads, threads=threads)
    check(program, peer, folder)
    for what in ("train", "infer"):
        repetitions = max(1, int(0.2 / peer.seconds(what, 2)))
        compare(f"{name}, {what}, {threads} thread(s)", lambda: float(program.ask(f"{what} {repetitions}")),
                lambda: peer.seconds(what, repetitions), pairs)
    program.close()


def memory(name, path, binary, warm):
    """Each figure in a fresh process that has run one step on the small case, so that libraries are loaded."""
    for what in ("train", "infer"):
        program = Program(binary, path, 1)
        ours = float(program.ask(f"memory {what} {warm}"))
        program.close()
        peer = float(subprocess.run([sys.executable, __file__, "--memory", path, what, warm], check=True,
                                    capture_output=True, text=True).stdout)
        print(f"{name + ', ' + what + ', peak growth':<44} ours {ours:9.1f} MiB  peer {peer:9.1f} MiB  share "
              f"{ours / peer:6.2f}", flush=True)


def main():
    if sys.argv[1:2] == ["--memory"]:
        _, _, path, what, warm = sys.argv
        torch.set_num_threads(1)
        getattr(load_peer(warm), what)()
        print(schnet_peer.memory_growth(load_peer(path), what))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", help="folder of the built programs")
    parser.add_argument("--pairs", type=int, default=7)
    arguments = parser.parse_args()
    binary = os.path.join(arguments.programs, "schnet_bench")
    names = ["ethanol (9 atoms), batch 10", "alkane C34H70 (104 atoms), batch 4", "Cu108 periodic, batch 2"]
    with tempfile.TemporaryDirectory() as folder:
        cases = {name: make_case(name, folder) for name in names}
        for threads in (1, 2):
            for name, path in cases.items():
                speed(name, path, binary, threads, arguments.pairs, folder)
        for name, path in cases.items():
            memory(name, path, binary, cases[names[0]])


if __name__ == "__main__":
    main()
