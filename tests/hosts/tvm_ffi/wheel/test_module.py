"""libspinel_tvm_ffi.so in Python: operators of the layer as functions of tvm_ffi, typed libraries as torch.ops."""
import os

import numpy as np
import pytest
import tvm_ffi

MODULE = tvm_ffi.load_module(os.environ["SPINEL_TEST_LIBRARY_MODULE"])
LAYER = os.environ["SPINEL_TEST_LIBRARY_LAYER"]
X = np.arange(6.0).reshape(2, 3)


@pytest.fixture
def names():
    return list(MODULE.load_operators(LAYER))


@pytest.fixture
def layer(names):
    return lambda name: tvm_ffi.get_global_func("tvm_layer." + name)


def test_all_operators_are_global_functions(names):
    assert "tvm_layer.scale" in names and "tvm_layer.pick.text" in names
    assert set(names) <= set(tvm_ffi.registry.list_global_func_names())
    assert list(MODULE.load_operators(LAYER)) == names


def test_arrays_of_numpy(layer):
    scaled = np.from_dlpack(layer("scale")(X))
    np.testing.assert_array_equal(scaled, 2 * X)
    np.testing.assert_array_equal(np.from_dlpack(layer("scale")(X.T, -1.0)), -X.T)
    y = np.zeros(3)
    layer("fill")(y, 2.5)
    assert y.tolist() == [2.5] * 3
    half, rest = layer("halves")(X)
    np.testing.assert_array_equal(np.from_dlpack(half), X[:1])
    assert rest == 1


def test_results_keep_their_memory(layer):
    same = layer("same")(np.full(100_000, 3.0))
    np.testing.assert_array_equal(np.from_dlpack(same), np.full(100_000, 3.0))
    parts = layer("parts")([tvm_ffi.from_dlpack(X), tvm_ffi.from_dlpack(X[0])])
    assert [tuple(part.shape) for part in parts] == [(2, 3), (3,)]


def test_tensors_of_torch(layer):
    torch = pytest.importorskip("torch")
    x = torch.arange(4.0, dtype=torch.double)
    y = torch.from_dlpack(layer("scale")(x, 3.0))
    assert torch.equal(y, 3 * x)
    layer("fill")(x[1:3], 9.0)
    assert x.tolist() == [0, 9, 9, 3]
    assert layer("code_of")(torch.float64) == 7
    with pytest.raises(RuntimeError, match="Could not run 'tvm_layer::abstract'") as caught:
        layer("abstract")(x)
    assert caught.value.__tvm_ffi_error__.kind == "NotImplementedError"


def test_other_values(layer):
    assert layer("pick.number")(41) == 42
    assert layer("pick.text")("a text of more than seven bytes") == "a text of more than seven bytes!"
    assert layer("code_of")(tvm_ffi.dtype("float32")) == 6
    assert layer("place_of")(tvm_ffi.device("cpu", 0)).startswith("cpu")


@pytest.mark.parametrize("kind, error", list(enumerate([RuntimeError, IndexError, ValueError, TypeError, RuntimeError,
                                                        MemoryError])))
def test_errors_keep_their_class_and_text(layer, kind, error):
    with pytest.raises(error, match="failed as asked") as caught:
        layer("fail_as")(kind)
    # Classes that tvm_ffi has none for come as RuntimeError; the name is kept.
    assert kind != 4 or caught.value.__tvm_ffi_error__.kind == "NotImplementedError"


def test_what_is_no_exception(layer):
    with pytest.raises(RuntimeError):
        layer("fail_as")(6)


@pytest.mark.parametrize("name, args, words", [
    ("scale", (), "missing value for argument 'x'"),
    ("scale", (X, 1.0, 2.0), "at most 2 argument"),
    ("scale", (X, "much"), "factor"),
    ("scale", (1,), "x"),
    ("pick.number", (1.5,), "x"),
])
def test_wrong_calls_name_operator_and_argument(layer, name, args, words):
    with pytest.raises(TypeError, match="tvm_layer") as caught:
        layer(name)(*args)
    assert words in str(caught.value)


def test_functions_fail_after_deregistration_and_come_back(names, layer):
    scale = layer("scale")
    MODULE.unload_operators(LAYER)
    with pytest.raises(RuntimeError, match="could not find schema for tvm_layer::scale"):
        scale(X)
    MODULE.load_operators(LAYER)
    np.testing.assert_array_equal(np.from_dlpack(scale(X)), 2 * X)


def test_own_operators():
    names = list(MODULE.export_operators("spinel"))
    assert "spinel.max_pool2d" in names and "spinel.cfconv" in names
    y = tvm_ffi.get_global_func("spinel.max_pool2d")(np.arange(16, dtype=np.float32).reshape(1, 4, 4), [2, 2])
    assert np.from_dlpack(y).tolist() == [[[5, 7], [13, 15]]]
    with pytest.raises(RuntimeError, match="no operator of the namespace 'nobodys' is defined"):
        MODULE.export_operators("nobodys")


def test_typed_libraries_as_operators_of_torch():
    torch = pytest.importorskip("torch")
    names = list(MODULE.import_functions(os.environ["SPINEL_TEST_LIBRARY_TYPED"]))
    space = next(name for name in names if name.endswith("::scale")).split("::")[0]
    ops = getattr(torch.ops, space)
    x, out = torch.arange(4.0, dtype=torch.double), torch.empty(4, dtype=torch.double)
    ops.scale(x, out, 2.0)
    assert torch.equal(out, 2 * x)
    assert torch.equal(ops.doubled(x), 2 * x)
    assert ops.sizes([x, out[:1]]) == [4, 1]
    assert ops.pair(3, "three") == ("three", 3)
    assert ops.turned({"a": 1}) == {1: "a"}
    for kind in (ValueError, TypeError, IndexError, NotImplementedError, RuntimeError):
        with pytest.raises(kind, match=f"{space}::failing: {kind.__name__}: so it goes"):
            ops.failing(kind.__name__, "so it goes")


def test_wrong_uses_of_the_module(tmp_path):
    with pytest.raises(RuntimeError, match="no_such.so"):
        MODULE.load_operators(str(tmp_path / "no_such.so"))
    with pytest.raises(TypeError, match="takes one argument"):
        MODULE.load_operators()
    with pytest.raises(TypeError, match="takes a str, not 3"):
        MODULE.export_operators(3)
