"""Walks, samples, subgraphs, partitions and orders of graphs."""
import numpy as np

from .base import Base


class GraphCases(Base):
    def grid(self, side):
        """The adjacency matrix of a side × side grid, dense."""
        dense = np.zeros((side * side, side * side))
        for v in range(side * side):
            for w in (v + 1, v + side):
                if w < side * side and (w == v + side or w % side):
                    dense[v, w] = dense[w, v] = 1
        return dense

    def test_random_walk(self):
        dense = self.grid(5)
        dense[7] = 0
        a = self.matrix(dense, has_value=False)
        start = self.f.tensor(np.arange(25))
        for arguments in ({}, {"p": 0.25, "q": 4.0}):
            walks = self.f.numpy(self.f.sparse.random_walk(a, start, 9, **arguments))
            self.assertEqual(walks.shape, (25, 10))
            np.testing.assert_array_equal(walks[:, 0], np.arange(25))
            steps = dense[walks[:, :-1], walks[:, 1:]] > 0
            stays = (walks[:, :-1] == 7) & (walks[:, 1:] == 7)
            self.assertTrue((steps | stays).all())
        self.f.seed(3)
        first = self.f.numpy(a.random_walk(start, 9))
        self.f.seed(3)
        np.testing.assert_array_equal(first, self.f.numpy(a.random_walk(start, 9)))
        with self.assertRaisesRegex(ValueError, r"random_walk: start\[0\] is 25"):
            a.random_walk(self.f.tensor([25]), 2)

    def test_sample(self):
        dense, a = self.grid(4), self.matrix(self.grid(4))
        for subset in (None, self.f.tensor([3, 0, 3])):
            rows = np.arange(16) if subset is None else self.f.numpy(subset)
            drawn = self.f.numpy(a.sample(5, subset))
            self.assertEqual(drawn.shape, (len(rows), 5))
            self.assertTrue((dense[rows[:, None], drawn] > 0).all())

    def test_sample_adj(self):
        dense = self.array(8, 8, 0.5)
        a = self.matrix(dense)
        subset = np.array([5, 1])
        whole, n_id = a.sample_adj(self.f.tensor(subset), -1)
        n_id = self.f.numpy(n_id)
        np.testing.assert_array_equal(n_id[:2], subset)
        self.assertEqual(set(n_id), set(subset) | set(np.nonzero(dense[subset])[1]))
        self.same(whole, dense[subset][:, n_id])
        for replace in (False, True):
            part, n_id = self.f.sparse.sample_adj(a, self.f.tensor(subset), 2, replace=replace)
            self.assertEqual(part.sizes(), [2, len(n_id)])
            row, col, value = (self.f.numpy(tensor) for tensor in part.coo())
            np.testing.assert_array_equal(value, dense[subset[row], self.f.numpy(n_id)[col]])
            counts = np.bincount(row, minlength=2)
            wanted = [2, 2] if replace else np.minimum((dense[subset] != 0).sum(1), 2)
            np.testing.assert_array_equal(counts, wanted)

    def test_saint_subgraph(self):
        dense = self.array(8, 8, 0.5)
        a, nodes = self.matrix(dense), np.array([6, 0, 3])
        part, edges = a.saint_subgraph(self.f.tensor(nodes))
        self.equal(part.to_dense(), dense[nodes][:, nodes])
        self.equal(part.t().to_dense(), dense[nodes][:, nodes].T)
        self.equal(a.storage.value()[edges], self.f.numpy(part.storage.value()))

    def test_partition(self):
        dense = self.grid(6)
        a = self.matrix(dense)
        weights = self.f.tensor(np.ones(36, "int64"))
        ways = ({}, {"recursive": True}, {"weighted": True}, {"node_weight": weights}, {"balance_edge": True})
        for arguments in ways:
            permuted, partptr, perm = self.f.sparse.partition(a, 3, **arguments)
            partptr, perm = self.f.numpy(partptr), self.f.numpy(perm)
            self.assertEqual((partptr[0], partptr[-1], len(partptr)), (0, 36, 4))
            self.assertTrue((np.diff(partptr) > 6).all())
            np.testing.assert_array_equal(np.sort(perm), np.arange(36))
            # Parts are contiguous in the new order, and nodes of a part keep theirs.
            for begin, end in zip(partptr, partptr[1:]):
                self.assertTrue((np.diff(perm[begin:end]) > 0).all())
            self.same(permuted, dense[perm][:, perm])
        whole, partptr, perm = a.partition(1)
        self.assertEqual(whole, a)
        self.equal(partptr, [0, 36])
        self.equal(perm, np.arange(36))
        for words, arguments in (("there are 0 parts", {"num_parts": 0}),
                                 ("one of both is possible",
                                  {"num_parts": 2, "node_weight": weights, "balance_edge": True})):
            with self.assertRaisesRegex(ValueError, words):
                a.partition(**arguments)
        with self.assertRaisesRegex(ValueError, "the matrix has no values"):
            a.set_value(None).partition(2, weighted=True)

    def test_reverse_cuthill_mckee(self):
        dense = self.grid(5)
        mixed = self.random.permutation(25)
        dense = dense[mixed][:, mixed]
        a = self.matrix(dense)
        permuted, perm = a.reverse_cuthill_mckee()
        perm = self.f.numpy(perm)
        self.same(permuted, dense[perm][:, perm])
        self.assertLessEqual(permuted.bandwidth(), 7)
        self.assertGreater(a.bandwidth(), 7)
        directed = self.matrix(np.triu(dense))
        permuted, _ = self.f.sparse.reverse_cuthill_mckee(directed)
        self.assertTrue(permuted.is_symmetric())
        self.assertEqual(permuted.nnz(), np.count_nonzero(dense))
