"""Names that programs written for torch_sparse 0.6.18 or PaddleSparse use."""
from .base import Base

FUNCTIONS = """
SparseStorage SparseTensor __narrow_diag__ __version__ add add_ add_nnz add_nnz_ cat coalesce eye fill_diag from_scipy
get_diag index_select index_select_nnz masked_select masked_select_nnz matmul max mean min mul mul_ mul_nnz mul_nnz_
narrow partition permute random_walk remove_diag reverse_cuthill_mckee saint_subgraph sample sample_adj select set_diag
spadd spmm spspmm sum t to_scipy transpose
"""
OF_BOTH = """
clear_cache_ clone coalesce copy cuda device_as fill_cache_ has_value is_coalesced is_pinned is_shared pin_memory
set_value set_value_ share_memory_ sparse_reshape sparse_resize sparse_size sparse_sizes to_device type type_as
"""
OF_STORAGE = """
cached_keys col colcount colptr csc2csr csr2csc empty has_colcount has_colptr has_csc2csr has_csr2csc has_row
has_rowcount has_rowptr num_cached_keys row rowcount rowptr value
"""
OF_TENSOR = """
__add__ __eq__ __getitem__ __iadd__ __imul__ __matmul__ __mul__ __narrow_diag__ __radd__ __repr__ __rmul__ add add_
add_nnz add_nnz_ avg_bandwidth avg_col_length avg_row_length bandwidth bandwidth_proportion bfloat16 bool byte char coo
cpu csc csr density detach detach_ device dim double dtype eye fill_diag fill_value fill_value_ float from_dense
from_edge_index from_scipy from_storage get_diag half index_select index_select_nnz int is_cuda is_floating_point
is_quadratic is_symmetric long masked_select masked_select_nnz matmul max mean min mul mul_ mul_nnz mul_nnz_ narrow nnz
numel partition permute random_walk remove_diag requires_grad requires_grad_ reverse_cuthill_mckee saint_subgraph sample
sample_adj select set_diag short size sizes sparsity spmm spspmm sum t to to_dense to_scipy to_symmetric
"""
NATIVE = {
    "torch": ("to_torch_sparse from_torch_sparse",
              "to_torch_sparse_coo_tensor to_torch_sparse_csr_tensor to_torch_sparse_csc_tensor "
              "from_torch_sparse_coo_tensor from_torch_sparse_csr_tensor"),
    "paddle": ("to_paddle_sparse from_paddle_sparse",
               "to_paddle_sparse_coo_tensor to_paddle_sparse_csr_tensor to_paddle_sparse_csc_tensor "
               "from_paddle_sparse_coo_tensor from_paddle_sparse_csr_tensor"),
}
OPERATORS = """
ego_k_hop_sample_adj hetero_neighbor_sample hetero_temporal_neighbor_sample hgt_sample ind2ptr mt_partition
neighbor_sample non_diag_mask partition partition2 ptr2ind random_walk relabel relabel_one_hop saint_subgraph sample_adj
spmm_max spmm_mean spmm_min spmm_sum
"""


class NameCases(Base):
    def test_names(self):
        functions, methods = NATIVE[self.f.name]
        sparse = self.f.sparse
        for where, names in ((sparse, FUNCTIONS + functions), (sparse.SparseStorage, OF_BOTH + OF_STORAGE),
                             (sparse.SparseTensor, OF_BOTH + OF_TENSOR + methods), (self.f.ops, OPERATORS)):
            for name in names.split():
                self.assertTrue(callable(getattr(where, name)) or name == "__version__", f"{where}: {name}")
        self.assertEqual(set(sparse.__all__), set((FUNCTIONS + functions).split()))
        self.assertEqual(sparse.__version__, "0.6.18")
