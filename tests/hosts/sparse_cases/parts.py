"""Parts of a matrix, matrices joined, diagonals."""
import numpy as np

from .base import Base


class PartCases(Base):
    def test_index(self):
        dense, a = self.pair(6, 5)
        rows, cols = np.array([4, 0, 0, 3]), np.array([1, 4, 1])
        row_mask, col_mask = np.arange(6) % 2 == 0, np.arange(5) > 1
        t = self.f.tensor
        cases = [
            (a[2], dense[2:3]), (a[-1], dense[5:]), (a[:, 3], dense[:, 3:4]), (a[np.int64(1), -2], dense[1:2, 3:4]),
            (a[1:4, 2:], dense[1:4, 2:]), (a[-3:, :-1], dense[-3:, :-1]), (a[..., 1:3], dense[:, 1:3]),
            (a[1:3, ...], dense[1:3]), (a[...], dense), (a[4:2], dense[4:2]), (a[2:99], dense[2:99]),
        ]
        for r in (t(rows), rows, rows.tolist()):
            cases += [(a[r], dense[rows]), (a[r, 1:], dense[rows][:, 1:])]
            cases += [(a[r, c], dense[rows][:, cols]) for c in (t(cols), cols, cols.tolist())]
        for r in (t(row_mask), row_mask, row_mask.tolist()):
            cases += [(a[r], dense[row_mask]), (a[r, t(col_mask)], dense[row_mask][:, col_mask])]
        cases += [(a[[]], dense[:0]), (a[:, []], dense[:, :0])]
        for got, wanted in cases:
            self.same(got, wanted)

    def test_index_of_values(self):
        dense, a = self.pair(6, 5, width=(3,))
        self.same(a[1:, :, 1], dense[1:, :, 1:2])
        self.same(a[..., 1:], dense[..., 1:])
        self.same(a[2, ..., [2, 0]], dense[2:3][..., [2, 0]])
        self.same(a.index_select(2, self.f.tensor([1])), dense[..., 1:2])

    def test_faults_of_indices(self):
        dense, a = self.pair(4, 3)
        with self.assertRaisesRegex(ValueError, r"^Step parameter not yet supported\.$"):
            a[::2]
        for index in (4, -5, (0, 3)):
            with self.assertRaisesRegex(IndexError, "does not fit dimension"):
                a[index]
        with self.assertRaisesRegex(SyntaxError, "2 ellipses; at most one"):
            a[..., ...]
        with self.assertRaisesRegex(SyntaxError, "an index is str"):
            a["x"]
        with self.assertRaisesRegex(IndexError, "there are 3 indices; the matrix has 2 dimensions"):
            a[0, 0, 0]
        with self.assertRaisesRegex(ValueError, "the mask must be a boolean tensor with 4 elements"):
            a[self.f.tensor([True, False])]
        with self.assertRaisesRegex(ValueError, "the index must be an int64 tensor"):
            a[self.f.tensor([1.0])]
        for index in (4, -1):
            words = rf"index goes from {index} to {index}; it must lie in \[0, 4\)"
            for part in (lambda: a[[index]], lambda: a.t()[:, [index]],
                         lambda: a.index_select(0, self.f.tensor([index]))):
                with self.assertRaisesRegex(IndexError, words):
                    part()
        self.assertEqual([row.sizes() for row in a], [[1, 3]] * 4)

    def test_narrow_keeps_caches(self):
        dense, a = self.pair(6, 5)
        a.fill_cache_()
        rows, cols = a.narrow(0, 1, 3), a.narrow(1, -3, 2)
        self.same(rows, dense[1:4])
        self.same(cols, dense[:, 2:4])
        self.assertEqual(rows.storage.cached_keys(), ["rowcount"])
        self.assertEqual(cols.storage.cached_keys(), ["colptr", "colcount"])
        self.same(a.select(1, 2), dense[:, 2:3])
        self.same(a.narrow(0, 6, 0), dense[6:])
        for start, length in ((5, 2), (-7, 1), (0, -1)):
            with self.assertRaisesRegex(IndexError, "narrow: start"):
                a.narrow(0, start, length)
        with self.assertRaisesRegex(IndexError, "Dimension out of range"):
            a.narrow(2, 0, 1)

    def test_entries_by_number(self):
        a = self.matrix(np.array([[1, 2], [3, 4]]))
        self.same(a.index_select_nnz(self.f.tensor([3, 0]), layout="coo"), np.array([[1, 0], [0, 4]]))
        self.same(a.index_select_nnz(self.f.tensor([1]), layout="csc"), np.array([[0, 0], [3, 0]]))
        mask = self.f.tensor([True, True, False, False])
        self.same(a.masked_select_nnz(mask, layout="coo"), np.array([[1, 2], [0, 0]]))
        self.same(a.masked_select_nnz(mask, layout="csc"), np.array([[1, 0], [3, 0]]))
        self.same(a.masked_select(0, mask[1:3]), np.array([[1, 2]]))
        with self.assertRaisesRegex(IndexError, r"it must lie in \[0, 4\)"):
            a.index_select_nnz(self.f.tensor([4]), layout="coo")

    def test_permute(self):
        dense, a = self.pair(5, 5)
        perm = np.array([3, 1, 4, 0, 2])
        self.same(a.permute(self.f.tensor(perm)), dense[perm][:, perm])
        with self.assertRaisesRegex(ValueError, "permute: the matrix has 4 rows and 5 columns"):
            a[:4].permute(self.f.tensor(perm))

    def test_joined(self):
        (dense, a), (other, b) = self.pair(3, 4), self.pair(2, 5)
        cat = self.f.sparse.cat
        for cached in (False, True):
            if cached:
                a.fill_cache_(), b.fill_cache_()
            below, beside, blocks = cat([a, b], dim=0), cat([a, b], dim=1), cat([a, b], dim=(0, 1))
            wanted = np.zeros((5, 5))
            wanted[:3, :4], wanted[3:] = dense, other
            self.same(below, wanted)
            wanted = np.zeros((3, 9))
            wanted[:, :4], wanted[:2, 4:] = dense, other
            self.same(beside, wanted)
            wanted = np.zeros((5, 9))
            wanted[:3, :4], wanted[3:, 4:] = dense, other
            self.same(blocks, wanted)
            self.assertEqual([m.storage.num_cached_keys() for m in (below, beside, blocks)],
                             [1, 2, 5] if cached else [0, 0, 0])
            self.same(blocks.__narrow_diag__((0, 0), (3, 4)), dense)
            second = blocks.__narrow_diag__((3, 4), (2, 5))
            self.same(second, other)
            self.assertEqual(second.storage.num_cached_keys(), 5 if cached else 0)
        self.assertFalse(cat([a, b.set_value(None)], dim=0).has_value())
        self.assertEqual(cat([a], dim=[0, 1]), a)
        with self.assertRaisesRegex(ValueError, "must be made of blocks"):
            self.matrix(np.ones((4, 4))).__narrow_diag__((0, 0), (2, 2))

    def test_joined_along_values(self):
        dense, a = self.pair(3, 4, width=(2,))
        self.same(self.f.sparse.cat([a, a], dim=2), np.concatenate([dense, dense], axis=2))
        self.same(self.f.sparse.cat([a, a], dim=-1), np.concatenate([dense, dense], axis=2))
        for dim in (3, -4, (0, 2)):
            with self.assertRaises(IndexError):
                self.f.sparse.cat([a, a], dim=dim)
        with self.assertRaisesRegex(ValueError, "cat: there is no matrix"):
            self.f.sparse.cat([], dim=0)
        with self.assertRaisesRegex(ValueError, "both need values for one pattern"):
            self.f.sparse.cat([a, self.matrix(np.ones((1, 1, 2)))], dim=2)

    def test_diagonals(self):
        for rows, cols in ((5, 5), (4, 6), (6, 4)):
            for width in ((), (2,)):
                dense, a = self.pair(rows, cols, 0.5, width)
                for k in (0, 1, -1, 2, -3, 9, -9):
                    on = np.eye(rows, cols, k).astype(bool).reshape(rows, cols, *(1 for _ in width))
                    for cached in (False, True):
                        if cached:
                            a.fill_cache_()
                        removed = a.remove_diag(k)
                        self.same(removed, np.where(on, 0, dense))
                        self.assertGreaterEqual(removed.storage.num_cached_keys(), 2 if cached else 0)
                        self.same(a.fill_diag(7, k), np.where(on, 7, dense))
                        self.same(a.set_diag(k=k), np.where(on, 1, dense))
                    count = int(on.sum())
                    values = self.random.integers(1, 9, (count, *width)).astype("float64")
                    wanted = dense.copy()
                    wanted[on.reshape(rows, cols)] = values
                    self.same(a.set_diag(self.f.tensor(values), k), wanted)
                    self.assertFalse(a.set_value(None).set_diag(k=k).has_value())
                diagonal = np.stack([dense[i, i] for i in range(min(rows, cols))])
                self.equal(a.get_diag(), diagonal)
                self.equal(a.set_value(None).get_diag(), (dense != 0).reshape(rows, cols, -1).any(2).diagonal())
                with self.assertRaisesRegex(ValueError, "set_diag: the values have the sizes"):
                    a.set_diag(self.f.tensor(np.ones((3, *width))))

    def test_gradients_of_parts(self):
        dense = self.array(5, 5, 0.5)
        pattern = self.matrix(dense)
        value = pattern.storage.value()
        with_value = lambda v: pattern.set_value(v, layout="coo")  # noqa: E731
        rows = self.f.tensor([4, 0, 0])
        for part in (lambda a: a[1:4, 2:], lambda a: a[rows], lambda a: a[:, rows], lambda a: a.remove_diag(),
                     lambda a: a.fill_diag(2), lambda a: self.f.sparse.cat([a, a], dim=1), lambda a: a.t()[1:],
                     lambda a: self.f.sparse.cat([a, a], dim=(0, 1))):
            self.check_gradients(lambda v: part(with_value(v)).to_dense(), value)
        self.check_gradients(lambda v: with_value(v).get_diag(), value)
        diagonal = self.f.tensor(self.random.random(5))
        self.check_gradients(lambda v, d: with_value(v).set_diag(d).to_dense(), value, diagonal)
