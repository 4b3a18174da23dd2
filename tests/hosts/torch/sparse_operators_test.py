#!/usr/bin/env python3
"""Every operator of sparse matrices in PyTorch's compilers: schemas, shapes on fake tensors, tracing, autograd; and the
operators under torch_sparse's name.

PYTHONPATH names the folder that holds the package: build/release/python.
"""
import os
import subprocess
import sys
import tempfile
import unittest

import torch

import spinel
from spinel.operators import checked_ops

OPS = torch.ops.spinel
ALL_TESTS = ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic")
# Two runs of what draws numbers differ; and that test adds up results, which cannot be where indices come first.
UNTRACED = ("test_schema", "test_autograd_registration", "test_faketensor")
# Of operators of atoms and images the other tests here.
OTHERS = ("cfconv", "edge_product", "max_pool", "neighbor_list")


def longs(*numbers):
    return torch.tensor(numbers, dtype=torch.int64)


def doubles(*sizes):
    return torch.randn(sizes, dtype=torch.double, requires_grad=True)


def samples():
    """name → arguments: 4 × 3, rows of 2, 0, 3 and 1 entries; and an undirected ring of 4 nodes."""
    rowptr, col, row = longs(0, 2, 2, 5, 6), longs(0, 1, 0, 1, 2, 2), longs(0, 0, 2, 2, 2, 3)
    colptr, csr2csc = longs(0, 2, 4, 6), longs(0, 2, 1, 3, 4, 5)
    transposed = colptr, row[csr2csc]
    value, mat, left = doubles(6), doubles(3, 5), doubles(4, 5)
    pattern, none = (rowptr, col), (None,) * 3
    ring, uniform = (longs(0, 2, 4, 6, 8), longs(1, 3, 0, 2, 1, 3, 0, 2)), torch.rand(2, 3)
    selected = OPS.spmm_max(*pattern, value, mat)[1]
    segments = doubles(6, 2), rowptr
    arg = OPS.segment_max_csr(*segments)[1]
    rows = doubles(6, 2), doubles(6, 2), doubles(6, 2)
    extremes = segments[0].detach(), OPS.segment_amax_csr(*segments).detach()
    products = OPS.spspmm_csr(*pattern, value, *transposed, value, 4)[:2]
    product_grad = doubles(products[1].shape[0])
    lists = ([longs(1)], [0], [ring[0]], [ring[1]], [0, 0], 1)
    named = {"a__r__a": ring[0]}, {"a__r__a": ring[1]}, {"a": longs(1)}
    return {
        "_gather_mean_csr": (doubles(4, 2), rowptr, None, [6, 2]),
        "_hetero_neighbor_sample": (*lists, [1], 1, False, True, [], None),
        "_hgt_sample": (*lists, [1], 1),
        "_random_walk": (*ring, longs(0, 2), uniform),
        "_sampled_product": (left, mat, *pattern, *none, False),
        "_segment_pick": (doubles(6, 2), arg),
        "_segment_place": (doubles(4, 2), arg, [6, 2]),
        "_segment_collect": (doubles(6, 2), *extremes, rowptr, None),
        "_segment_share": (doubles(4, 2), *extremes, rowptr, None),
        "_selected_product": (mat, *pattern, value, selected),
        "_selected_sampled": (left, mat, *pattern, selected),
        "_selected_transposed": (left, *pattern, value, selected, [3, 5]),
        "_softmax_contrast": (*rows, rowptr, None),
        "_softmax_exchange": (*rows, rowptr, csr2csc),
        "_softmax_negated": (*rows, rowptr, None),
        "_spmm": (mat, *pattern, value, row, colptr, csr2csc, True),
        "_spmm_paired": (mat, *pattern, value.detach(), *transposed, value.detach()[csr2csc]),
        "_spmm_select": (mat, *pattern, value, True, 2),
        "_spmm_transposed": (left, *pattern, value, *none, [3, 5], True),
        "_spspmm": (*pattern, value, *transposed, value, 4),
        "_spspmm_left": (product_grad, *products, *pattern, *transposed, value, 4),
        "_spspmm_right": (product_grad, *products, *pattern, value, *transposed, 4),
        "_spspmm_values": (*products, *pattern, value, *transposed, value, 4),
        "common_coo": (row, col, row[1:4], col[1:4]),
        "distinct_coo": (longs(0, 0, 1), longs(1, 1, 0)),
        "ego_k_hop_sample_adj": (*ring, longs(0, 2), 1, 3, False),
        "gather_csr": (doubles(4, 2), rowptr, None, [6, 2]),
        "hetero_neighbor_sample": (["a"], [("a", "r", "a")], *named, {"a__r__a": [1]}, 1, False, True),
        "hetero_temporal_neighbor_sample": (["a"], [("a", "r", "a")], *named, {"a__r__a": [1]},
                                            {"a": longs(1, 2, 3, 4)}, 1, False, True),
        "hgt_sample": (*named, {"a": [1]}, 1),
        "ind2ptr": (row, 4),
        "index_sort": (col, 3),
        "inspect_coo": (row, col),
        "invert_permutation": (csr2csc,),
        "merge_coo": (row, col, row[1:4], col[1:4]),
        "mt_partition": (*ring, None, None, 2, False, 2),
        "narrow_columns": (*pattern, 1, 2),
        "neighbor_sample": (*ring, longs(0, 2), [1, 1], False, True),
        "node2vec_walk": (*ring, longs(0, 2), 3, 0.5, 2.0),
        "non_diag_mask": (row, col, 4, 3, 0),
        "partition": (*ring, None, 2, False),
        "partition2": (*ring, None, longs(1, 1, 1, 1), 2, True),
        "partition_halo": (*ring, longs(0, 0, 1, 1), 2),
        "ptr2ind": (rowptr, 6),
        "random_walk": (*ring, longs(0, 2), 3),
        "relabel": (col, longs(2, 0)),
        "relabel_one_hop": (*ring, torch.rand(8), longs(1), False),
        "reshape_coo": (row, col, 3, 6),
        "reverse_cuthill_mckee": ring,
        "saint_subgraph": (longs(0, 1), ring[0], longs(0, 0, 1, 1, 2, 2, 3, 3), ring[1]),
        "sample": (*ring, 2, longs(0, 2)),
        "sample_adj": (*ring, longs(0, 2), 1, False),
        "sampled_product": (*pattern, left, mat),
        "segment_amax_csr": segments,
        "segment_amin_csr": (doubles(6, 2), colptr, csr2csc),
        "segment_max_csr": segments,
        "segment_mean_csr": segments,
        "segment_min_csr": segments,
        "segment_sum_csr": (doubles(6, 2), colptr, csr2csc),
        "select_columns": (*pattern, 3, longs(2, 0)),
        "select_rows": (*pattern, longs(3, 0, 0)),
        "softmax_csr": (doubles(6, 2), colptr, csr2csc),
        "sort_coo": (row, col, 4, 3),
        "spmm": (*pattern, value, mat, "mean"),
        "spmm_max": (*pattern, value, mat),
        "spmm_mean": (row, *pattern, value, None, colptr, csr2csc, mat),
        "spmm_min": (*pattern, None, mat),
        "spmm_sum": (None, *pattern, value, None, None, mat),
        "spspmm_csr": (*pattern, value, *transposed, value, 4),
    }


class Operators(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(3)

    def test_every_operator_has_arguments_here(self):
        names = {name for name in vars(checked_ops) if not any(other in name for other in OTHERS)}
        self.assertEqual(names, set(samples()))

    def test_opcheck(self):
        for name, arguments in samples().items():
            with self.subTest(name):
                operator = getattr(OPS, name).default
                # Dictionaries are no tensors to a tracer: their operators run as they are.
                if "hetero" in name or "hgt" in name:
                    operator(*arguments)
                    continue
                is_random = "sample" in name and "sampled" not in name or "walk" in name
                tests = UNTRACED if is_random or name == "spspmm_csr" else ALL_TESTS
                torch.library.opcheck(operator, arguments, test_utils=tests)

    def test_refusals_are_value_errors(self):
        with self.assertRaisesRegex(ValueError, r"random_walk: start\[0\] is 9"):
            checked_ops.random_walk(longs(0, 1), longs(0), longs(9), 2)
        with self.assertRaisesRegex(RuntimeError, r"random_walk: start\[0\] is 9"):
            OPS.random_walk(longs(0, 1), longs(0), longs(9), 2)
        # What is no refusal of ours stays what it is.
        with self.assertRaises(RuntimeError) as raised:
            checked_ops.random_walk("rowptr", longs(0), longs(9), 2)
        self.assertIs(type(raised.exception), RuntimeError)
        with self.assertRaises(ValueError):
            checked_ops.sample(longs(0, 1).to("meta"), longs(0).to("meta"), -1)

    def test_shapes_without_data(self):
        rowptr, col = longs(0, 2, 3).to("meta"), longs(0, 1, 1).to("meta")
        self.assertEqual(OPS.sample(rowptr, col, 5).shape, (2, 5))
        self.assertEqual(OPS.sample(rowptr, col, 5, longs(1, 1, 0).to("meta")).shape, (3, 5))

    def test_compiled_with_matrices(self):
        dense = torch.tensor([[0.0, 2, 0], [1, 0, 3]], dtype=torch.double)
        matrix = spinel.sparse.SparseTensor.from_dense(dense).fill_cache_()
        value, x = matrix.storage.value().requires_grad_(), torch.randn(3, 4, dtype=torch.double, requires_grad=True)
        for reduce in ("sum", "mean", "min", "max"):
            def layer(v, y):
                return matrix.set_value(v, layout="coo").matmul(y, reduce).relu().sum()

            compiled = torch.compile(layer, backend="aot_eager", fullgraph=True)
            wanted = torch.autograd.grad(layer(value, x), (value, x))
            for got, expected in zip(torch.autograd.grad(compiled(value, x), (value, x)), wanted):
                torch.testing.assert_close(got, expected)


SCRIPT = """
import io, torch, spinel
spinel.serve_torch_sparse()
spinel.serve_torch_sparse()
import torch_sparse
from torch_sparse import SparseTensor, matmul
from torch_sparse.storage import SparseStorage
assert torch_sparse is spinel.sparse and SparseStorage is spinel.sparse.SparseStorage
assert matmul(SparseTensor.eye(2), torch.ones(2, 1)).tolist() == [[1], [1]]
ops = torch.ops.torch_sparse
assert ops.ind2ptr(torch.tensor([0, 0, 1]), 2).tolist() == [0, 2, 3] and ops.cuda_version() == -1
graph = {"a__r__a": torch.tensor([0, 1])}, {"a__r__a": torch.tensor([0])}, {"a": torch.tensor([0])}
assert ops.hgt_sample(*graph, {"a": [1]}, 1)[3]["a__r__a"].tolist() == [0]

@torch.jit.script
def product(rowptr, col, value, x):
    return torch.ops.torch_sparse.spmm_sum(None, rowptr, col, value, None, None, x)

file = io.BytesIO()
torch.jit.save(product, file)
file.seek(0)
value = torch.tensor([2.0, 3.0], requires_grad=True)
arguments = torch.tensor([0, 1, 2]), torch.tensor([1, 0]), value, torch.ones(2, 1)
result = torch.jit.load(file)(*arguments)
assert result.tolist() == [[2], [3]]
result.sum().backward()
assert value.grad.tolist() == [1, 1]
"""


class InPlaceOfTorchSparse(unittest.TestCase):
    def test_names_serve_programs_and_scripts(self):
        with tempfile.NamedTemporaryFile("w", suffix=".py") as file:  # TorchScript reads the source
            file.write(SCRIPT)
            file.flush()
            subprocess.run([sys.executable, file.name], check=True, env=os.environ)

    def test_does_not_mix_with_torch_sparse(self):
        script = """
import torch
library = torch.library.Library("torch_sparse", "DEF")
library.define("ind2ptr(Tensor ind, int M) -> Tensor")
import spinel
try:
    spinel.serve_torch_sparse()
except RuntimeError as error:
    assert "is loaded" in str(error)
else:
    raise SystemExit("it was served")
"""
        subprocess.run([sys.executable, "-c", script], check=True, env=os.environ)


if __name__ == "__main__":
    unittest.main()
