"""The numbers of torch_sparse in tests/golden/sparse: results and gradients of every function that has a plain call."""
import json
import os
import struct

import numpy as np

from .base import Base

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[".."] * 2, "golden", "sparse")
DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "I64": "int64", "I32": "int32", "BOOL": "bool"}
# What they are compared by is no plain call: the cases of C++ (`spinel check`) and those of this folder have it.
OTHERWISE = {
    "SparseTensor.bandwidth", "SparseTensor.density", "SparseTensor.getitem", "SparseTensor.narrow_diag",
    "SparseTensor.storage", "partition", "reverse_cuthill_mckee", "sample_adj", "ind2ptr", "ptr2ind"
}


def read(path):
    """(metadata, arrays by name) of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__")
    arrays = {}
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        arrays[name] = np.frombuffer(data[begin:end], DTYPES[tensor["dtype"]]).reshape(tensor["shape"])
    return {key: json.loads(text) if text[:1] in "{[" else text for key, text in metadata.items()}, arrays


class Call:
    """A case's call: its arguments on the framework, leaves where a gradient is compared."""

    def __init__(self, f, metadata, arrays):
        self.f, self.metadata, self.arrays, self.leaves = f, metadata, arrays, {}

    def tensor(self, name):
        if "input." + name not in self.arrays:
            return None
        grad = "grad.input." + name in self.arrays
        tensor = self.f.tensor(self.arrays["input." + name], grad=grad)
        if grad:
            self.leaves[name] = tensor
        return tensor

    def argument(self, given):
        if isinstance(given, str):
            return self.tensor(given)
        if isinstance(given, dict) and "sparse" in given:
            name = given["sparse"]
            return self.f.sparse.SparseTensor(
                row=self.tensor(name + ".row"), col=self.tensor(name + ".col"), value=self.tensor(name + ".value"),
                sparse_sizes=given["size"][:2])
        if isinstance(given, dict) and "list" in given:
            return [self.argument(one) for one in given["list"]]
        return given["value"] if isinstance(given, dict) else given

    def unsaid(self, name):
        """Arguments that follow from the expected result alone."""
        output = "output." + self.metadata["outputs"][0]
        sizes = self.metadata.get("output_sizes", {})
        if name == "SparseTensor.eye":
            return {"has_value": output + ".value" in self.arrays}
        if name == "SparseTensor.type":
            return {"dtype": self.f.dtype(str(self.arrays[output + ".value"].dtype))}
        return {"sparse_sizes": sizes["A"][:2]} if name == "SparseTensor.init" else {}

    def run(self):
        call, name = self.metadata["call"], self.metadata["name"]
        named = {**self.unsaid(name), **self.metadata["args"], **{key: self.argument(a) for key, a in call["kwargs"].items()}}
        if "seed" in named:
            self.f.seed(named.pop("seed"))
        make = self.f.sparse.SparseTensor
        if name == "SparseTensor.init":
            return make(**{key: self.tensor(key) for key in call["args"]}, **named)
        positional = [self.argument(a) for a in call["args"]]
        if not name.startswith("SparseTensor."):
            return getattr(self.f.sparse, name)(*positional, **named)
        return getattr(make, name.split(".")[1])(*positional, **named)


class GoldenCases(Base):
    def parts(self, name, result, metadata):
        """The tensors of a result by the names that a case has for them."""
        if not isinstance(result, self.f.sparse.SparseTensor):
            return {name: result}
        self.assertEqual(result.sizes(), metadata["output_sizes"][name])
        row, col, value = result.coo()
        return {name + ".row": row, name + ".col": col, **({} if value is None else {name + ".value": value})}

    def check(self, file):
        metadata, arrays = read(os.path.join(FOLDER, file))
        name, seeded = metadata["name"], "seed" in metadata["args"]
        # PaddlePaddle's generator draws other numbers than PyTorch's.
        if name in OTHERWISE or "torch" in name or (seeded and self.f.name != "torch"):
            return False
        call = Call(self.f, metadata, arrays)
        result = call.run()
        results = [result] if len(metadata["outputs"]) == 1 else list(result)
        got = {}
        if name == "coalesce":
            results = result
        for output, one in zip(metadata["outputs"], results):
            got.update(self.parts(output, one, metadata))
        wanted = {key[7:]: array for key, array in arrays.items() if key.startswith("output.")}
        self.assertEqual(set(got), set(wanted))
        rtol = metadata["tolerance"]["rtol"]
        for key, array in wanted.items():
            number = got[key] if isinstance(got[key], (bool, int, float)) else self.f.numpy(got[key])
            np.testing.assert_allclose(number, array, rtol=rtol, atol=metadata["tolerance"]["atol"])
        if call.leaves:
            scalar = sum((got[key[10:]] * self.f.tensor(array)).sum() for key, array in arrays.items()
                         if key.startswith("cotangent."))
            for key, gradient in zip(call.leaves, self.f.grad(scalar, list(call.leaves.values()))):
                np.testing.assert_allclose(self.f.numpy(gradient), arrays["grad.input." + key], rtol=rtol * 10,
                                           atol=metadata["tolerance"]["atol"] * 10)
        return True

    def test_golden_cases(self):
        files = sorted(file for file in os.listdir(FOLDER) if file.endswith(".safetensors"))
        run = 0
        for file in files:
            with self.subTest(file):
                run += self.check(file)
        self.assertGreater(run, 100)
