"""Spinel in the place of torch_sparse, for programs and scripted models that were written for it."""
import sys

import torch

from spinel import sparse
from spinel.operators import ops

OPERATORS = ("ego_k_hop_sample_adj", "hetero_neighbor_sample", "hetero_temporal_neighbor_sample", "hgt_sample",
             "ind2ptr", "mt_partition", "neighbor_sample", "non_diag_mask", "partition", "partition2", "ptr2ind",
             "random_walk", "relabel", "relabel_one_hop", "saint_subgraph", "sample_adj", "spmm_max", "spmm_mean",
             "spmm_min", "spmm_sum")
_library = None


def _define(library):
    for name in OPERATORS:
        operator = getattr(ops, name).default
        library.define(str(operator._schema).removeprefix("spinel::"))
        library.impl(name, operator, "CompositeImplicitAutograd")
    # torch_sparse's word for "built without CUDA": its samplers and partitions are the CPU's here too.
    library.define("cuda_version() -> int")
    library.impl("cuda_version", lambda: -1, "CompositeImplicitAutograd")


def serve_torch_sparse():
    """From here on `import torch_sparse` gives spinel.sparse, and torch.ops.torch_sparse its operators. Models that
    were scripted with them load. Where torch_sparse itself has been loaded already: RuntimeError."""
    global _library
    if _library is not None:
        return
    if hasattr(torch.ops.torch_sparse, "ind2ptr"):
        raise RuntimeError("serve_torch_sparse: torch_sparse itself is loaded; call this before anything imports it")
    library = torch.library.Library("torch_sparse", "FRAGMENT")
    _define(library)
    _library = library
    # Its modules too, lest they be imported a second time under the other name.
    for name in [name for name in sys.modules if (name + ".").startswith("spinel.sparse.")]:
        sys.modules["torch_sparse" + name.removeprefix("spinel.sparse")] = sys.modules[name]
