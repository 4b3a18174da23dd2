"""SparseStorage: what it is made of, what it derives and keeps, its faults."""
import copy
import pickle

import numpy as np

from .base import Base

DERIVED = ["rowcount", "colptr", "colcount", "csr2csc", "csc2csr"]


class StorageCases(Base):
    def storage(self, row, col, **kwargs):
        return self.f.sparse.SparseStorage(row=self.f.tensor(row), col=self.f.tensor(col), **kwargs)

    def test_entries_are_sorted_with_their_values(self):
        storage = self.storage([0, 0, 1, 1], [1, 0, 1, 0], value=self.f.tensor([2, 1, 4, 3]))
        self.equal(storage.row(), [0, 0, 1, 1])
        self.equal(storage.col(), [0, 1, 0, 1])
        self.equal(storage.value(), [1, 2, 3, 4])
        self.assertEqual(storage.sparse_sizes(), (2, 2))

    def test_pointers_instead_of_rows(self):
        storage = self.f.sparse.SparseStorage(rowptr=self.f.tensor([0, 2, 2, 3]), col=self.f.tensor([0, 2, 1]))
        self.assertEqual(storage.sparse_sizes(), (3, 3))
        self.assertFalse(storage.has_row())
        self.equal(storage.row(), [0, 0, 2])
        self.assertTrue(storage.has_row())

    def test_caches(self):
        storage = self.storage([0, 0, 1, 1], [0, 1, 0, 1])
        self.assertEqual((storage.cached_keys(), storage.has_rowptr(), storage.has_value()), ([], False, False))
        storage.fill_cache_()
        self.assertEqual((storage.cached_keys(), storage.num_cached_keys()), (DERIVED, 5))
        for name, numbers in (("rowptr", [0, 2, 4]), ("rowcount", [2, 2]), ("colptr", [0, 2, 4]), ("colcount", [2, 2]),
                              ("csr2csc", [0, 2, 1, 3]), ("csc2csr", [0, 2, 1, 3])):
            self.equal(getattr(storage, name)(), numbers)
        names = ("row", "rowptr", "col", *DERIVED)
        again = self.f.sparse.SparseStorage(**{name: getattr(storage, name)() for name in names})
        self.assertEqual(again.cached_keys(), DERIVED)
        storage.clear_cache_()
        self.assertEqual((storage.num_cached_keys(), storage.has_rowptr()), (0, True))

    def test_copies_share_and_clones_do_not(self):
        storage = self.storage([0, 1], [1, 0])
        shared, own = storage.copy(), storage.clone()
        storage.colptr()
        self.assertIn("colptr", shared.cached_keys())
        self.assertEqual(own.cached_keys(), [])
        self.assertNotEqual(shared, storage)
        self.assertEqual(shared.col().data_ptr(), storage.col().data_ptr())
        self.assertNotEqual(own.col().data_ptr(), storage.col().data_ptr())
        deep = copy.deepcopy(storage)
        self.equal(deep.colptr(), [0, 1, 2])

    def test_values_by_layout(self):
        value = self.f.tensor([1, 2, 3, 4])
        storage = self.storage([0, 0, 1, 1], [0, 1, 0, 1])
        self.equal(storage.set_value(value, layout="csc").value(), [1, 3, 2, 4])
        for layout in ("coo", "csr"):
            self.equal(storage.set_value(value, layout=layout).value(), [1, 2, 3, 4])
        self.assertFalse(storage.has_value())
        with self.assertWarnsRegex(UserWarning, "no layout is given"):
            storage.set_value_(value)
        self.assertTrue(storage.has_value())
        self.assertIn("csr2csc", storage.set_value(None).cached_keys())
        with self.assertRaisesRegex(ValueError, "layout: 'xyz' is none; coo, csr and csc are"):
            storage.set_value(value, layout="xyz")

    def test_coalesce(self):
        for reduce, second in (("sum", 6), ("add", 6), ("mean", 3), ("min", 2), ("max", 4)):
            storage = self.storage([0, 0, 0, 1, 1], [0, 1, 1, 0, 1], value=self.f.tensor([1.0, 2, 4, 3, 5]))
            self.assertFalse(storage.is_coalesced())
            storage = storage.coalesce(reduce)
            self.assertTrue(storage.is_coalesced())
            self.equal(storage.col(), [0, 1, 0, 1])
            self.equal(storage.value(), [1, second, 3, 5])
        self.equal(self.storage([0, 0], [1, 1]).coalesce().col(), [1])
        with self.assertRaisesRegex(ValueError, "coalesce: there is no reduction 'mul'"):
            storage.coalesce("mul")

    def test_resize(self):
        storage = self.storage([0, 1], [1, 0]).fill_cache_()
        larger = storage.sparse_resize((3, 4))
        self.assertEqual((larger.sparse_sizes(), larger.cached_keys()), ((3, 4), DERIVED))
        self.equal(larger.rowptr(), [0, 1, 2, 2])
        self.equal(larger.colptr(), [0, 1, 2, 2, 2])
        self.equal(larger.colcount(), [1, 1, 0, 0])
        self.equal(larger.sparse_resize((2, 2)).rowcount(), [1, 1])
        with self.assertRaisesRegex(ValueError, "sparse_resize: the entries fill 2 rows and 2 columns"):
            larger.sparse_resize((2, 1))

    def test_reshape(self):
        storage = self.storage([0, 1, 2, 3], [0, 1, 2, 3])
        for sizes, wanted in (((2, 8), (2, 8)), ((2, -1), (2, 8)), ((-1, 8), (2, 8))):
            reshaped = storage.sparse_reshape(*sizes)
            self.assertEqual(reshaped.sparse_sizes(), wanted)
            self.equal(reshaped.row(), [0, 0, 1, 1])
            self.equal(reshaped.col(), [0, 5, 2, 7])
        for sizes in ((3, 5), (-1, -1), (0, 16), (-1, 7)):
            with self.assertRaisesRegex(ValueError, "sparse_reshape"):
                storage.sparse_reshape(*sizes)

    def test_faults(self):
        f, make = self.f, self.f.sparse.SparseStorage
        row, col = f.tensor([0, 1]), f.tensor([1, 0])
        cases = [
            ("neither row nor rowptr", {"col": col}),
            ("col is not given", {"row": row}),
            ("row is .*int32; int64 is needed", {"row": f.tensor([0, 1], "int32"), "col": col}),
            ("col has 2 dimensions", {"row": row, "col": f.tensor([[1, 0]])}),
            ("row has 3 numbers; 2 are needed", {"row": f.tensor([0, 1, 1]), "col": col}),
            (r"value has the sizes \[3\]", {"row": row, "col": col, "value": f.tensor([1.0, 2, 3])}),
            ("col is list; a tensor", {"row": row, "col": [1, 0]}),
            ("row holds -1", {"row": f.tensor([-1, 0]), "col": col}),
            ("sparse_sizes has 1 rows but there is the index 1", {"row": row, "col": col, "sparse_sizes": (1, 2)}),
            ("sparse_sizes has -1 columns", {"row": row, "col": col, "sparse_sizes": (2, -1)}),
            ("is_sorted is true but", {"row": f.tensor([1, 0]), "col": col, "is_sorted": True}),
            ("rowptr is not what row", {"row": row, "col": col, "rowptr": f.tensor([0, 2, 2])}),
            ("csr2csc is not what row", {"row": row, "col": col, "csr2csc": f.tensor([0, 1])}),
        ]
        for words, arguments in cases:
            with self.assertRaisesRegex(ValueError, words):
                make(**arguments)
            # torch_sparse asserts these.
            with self.assertRaises(AssertionError):
                make(**arguments)

    def test_nothing(self):
        none = self.f.tensor(np.zeros(0, "int64"))
        make = self.f.sparse.SparseStorage
        for storage in (make.empty(), make(row=none, col=none).fill_cache_()):
            self.assertEqual((storage.sparse_sizes(), storage.is_coalesced()), ((0, 0), True))
        storage = self.f.sparse.SparseStorage(row=none, col=none, sparse_sizes=(2, 3))
        self.equal(storage.colptr(), [0, 0, 0, 0])
        self.equal(storage.coalesce().row(), [])

    def test_types_and_devices(self):
        storage = self.storage([0], [0], value=self.f.tensor([1.0]))
        self.assertEqual(storage.type(self.f.dtype("float64")).value().dtype, self.f.dtype("float64"))
        self.assertEqual(storage.type_as(storage.row()).value().dtype, self.f.dtype("int64"))
        self.assertEqual(storage.to_device("cpu").device(), storage.device_as(storage.row()).device())
        self.assertFalse(storage.is_pinned())

    def test_pickle(self):
        if self.f.name == "torch":
            storage = pickle.loads(pickle.dumps(self.storage([0, 1], [1, 0]).fill_cache_()))
            self.equal(storage.csr2csc(), [1, 0])
