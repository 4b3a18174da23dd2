"""Full-batch training of graph networks beside torch_geometric 2.6.1 (edge_index; adj_t of torch_sparse) and DGL.

python bench/nn/training.py build/release/bin [--threads N] [--graph NAME] [--only NAME] [--peers A,B] [--pairs N]
An epoch is forward, cross entropy over all nodes, backward and an Adam step, of two layers: GCN (its normalisation
cached), GraphSAGE (mean), GAT (8 heads of 8, then 1). Graphs: rmat and uniform (10⁶ edges, 128 features, 64 hidden,
40 classes), cora and karate (graphs of their size). The same weights in two processes that take turns; the losses of the
first epochs are compared. Memory: growth of the peak by the first epoch, after one on a small graph. DGL needs a torch
of its own, in .venv-dgl (tools/setup.sh bench); without it DGL takes no part.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..")]
from in_process import POLICY  # noqa: E402
from side_by_side import Program, alternate  # noqa: E402

DGL_PYTHON = os.path.join(HERE, "..", "..", ".venv-dgl", "bin", "python")
EPOCHS = 5  # whose losses are compared
PEERS = ("edge_index", "adj_t", "dgl")


def graphs():
    """Name: (edges to draw of a symmetric graph, nodes, features, hidden, of GAT, classes)."""
    return {"rmat": (555_000, 1 << 17, 128, 64, 64, 40), "uniform": (500_000, 100_000, 128, 64, 64, 40),
            "cora": (5278, 2708, 1433, 16, 64, 7), "karate": (78, 34, 34, 16, 64, 4)}


def models(features, hidden, hidden_gat, classes):
    def two(name, first, second, **arguments):
        widths = ((features, first), (hidden, second))
        return [{name: {"in_channels": a, "out_channels": b, **arguments}} for a, b in widths]

    gat = [{"GATConv": {"in_channels": features, "out_channels": hidden_gat // 8, "heads": 8}},
           {"GATConv": {"in_channels": hidden_gat, "out_channels": classes}}]
    return {"GCN": {"act": "relu", "layers": two("GCNConv", hidden, classes, cached=True)},
            "GraphSAGE": {"act": "relu", "layers": two("SAGEConv", hidden, classes)},
            "GAT": {"act": "elu", "layers": gat}}


def measure(label, peer_name, ours, peer, paths, arguments):
    path, small = paths
    growth = float(ours.ask(f"open {path} {small}")), float(peer.ask(f"open {path} {small} {peer_name}"))
    losses = [[float(word) for word in program.ask(f"losses {EPOCHS}").split()] for program in (ours, peer)]
    difference = max(abs(a - b) / abs(b) for a, b in zip(*losses))
    a, b = alternate(ours, peer, "processor" if arguments.processor_time else "steps", 0.1, arguments.pairs)
    flag = "" if difference < 1e-4 else f"  LOSSES DIFFER by {difference:.1e}"
    print(f"{label:<20} {peer_name:<11} {1e3 * a:9.2f} {1e3 * b:9.2f} {b / a:7.2f}   {growth[0]:8.1f} {growth[1]:8.1f} "
          f"{growth[0] / max(growth[1], 0.1):6.2f}   {losses[0][0]:.4f} to {losses[0][-1]:.4f}{flag}", flush=True)
    return b / a


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", help="folder of the built programs")
    parser.add_argument("--threads", type=int, help="1 and 2 unless given")
    parser.add_argument("--graph", default="", help="rmat, uniform, cora or karate; all unless given")
    parser.add_argument("--only", default="", help="GCN, GraphSAGE or GAT; all unless given")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--processor-time", action="store_true", help="what other programs take away does not count")
    arguments = parser.parse_args()
    if arguments.threads is None:
        for threads in (1, 2):
            subprocess.run([sys.executable, *sys.argv, "--threads", str(threads)], check=True)
        return
    os.environ.update(POLICY)
    threads = arguments.threads
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    wanted = arguments.peers.split(",")
    pyg = Program(sys.executable, os.path.join(HERE, "training_peer.py"), threads, threads=threads)
    ours = Program(os.path.join(arguments.programs, "training_bench"), threads, threads=threads)
    peers = {name: pyg for name in ("edge_index", "adj_t") if name in wanted}
    if "dgl" in wanted and os.path.exists(DGL_PYTHON):
        peers["dgl"] = Program(DGL_PYTHON, os.path.join(HERE, "training_dgl_peer.py"), threads, threads=threads)
        print(peers["dgl"].ask("version"))
    elif "dgl" in wanted:
        print(f"DGL takes no part: there is no {os.path.relpath(DGL_PYTHON)}; tools/setup.sh bench makes it")
    print(f"{threads} thread(s), {pyg.ask('version')}, load {os.getloadavg()[0]:.2f}\n"
          f"{'':<32} {'ours, ms':>9} {'peer, ms':>9} {'times':>7}   {'ours MiB':>8} {'peer MiB':>8} {'share':>6}"
          "   loss")
    with tempfile.TemporaryDirectory() as folder:
        for graph, (edges, nodes, *widths) in graphs().items():
            for model, spec in models(*widths).items():
                if not graph.startswith(arguments.graph) or not model.startswith(arguments.only):
                    continue
                paths = [os.path.join(folder, name) for name in ("case", "small")]
                for path, count in zip(paths, ((edges, nodes), (1000, 200))):
                    pyg.ask("\t".join(["make", json.dumps(spec), path, graph, *map(str, count), str(widths[-1])]))
                ratios = [measure(f"{graph} {model}", name, ours, peer, paths, arguments)
                          for name, peer in peers.items()]
                print(f"{graph} {model}: {min(ratios):.2f} times the fastest peer", flush=True)
    for program in {ours, pyg, *peers.values()}:
        program.close()


if __name__ == "__main__":
    main()
