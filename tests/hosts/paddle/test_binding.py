"""paddle_spinel.ops.<ns>.<op>[.overload]: arguments are bound by schema, as torch.ops binds them."""
import warnings

import numpy as np
import paddle
import pytest

import paddle_spinel

X = paddle.to_tensor([[1.0, 2.0], [3.0, 4.0]])


def test_positions_keywords_and_defaults(library):
    assert library.describe(X, 3) == "2 3 1.500000 a"
    assert library.describe(k=3, x=X, s=2) == "2 3 2.000000 a"
    assert library.describe(X, s=0.5, k=1, mode="b") == "2 1 0.500000 b"


@pytest.mark.parametrize("args, kwargs, words", [
    ((), {"k": 1}, "missing value for argument 'x'"),
    ((X, 1, 2.0, "b"), {}, "positional"),
    ((X, 1), {"zz": 1}, "zz"),
    ((X, 1), {"k": 2}, "k"),
    ((X, 1.5), {}, "k"),
    ((X, "1"), {}, "k"),
    (("x", 1), {}, "x"),
])
def test_wrong_calls_name_operator_and_argument(library, args, kwargs, words):
    with pytest.raises((RuntimeError, TypeError)) as caught:
        library.describe(*args, **kwargs)
    assert "paddle_test::describe" in str(caught.value)
    assert words in str(caught.value)


def test_values_of_every_kind(library):
    assert library.describe(X, np.int64(4)) == "2 4 1.500000 a"
    assert library.describe(X, 4, np.float32(0.25)) == "2 4 0.250000 a"
    assert library.total((1, 2.5)) == 3.5
    assert library.total(np.array([1.0, 2.0])) == 3.0
    assert library.device_of(paddle.CPUPlace()) == "cpu"
    assert library.device_of("cuda:1") == "cuda:1"
    assert library.code_of(paddle.float32) == 6
    assert library.code_of(paddle.bfloat16) == 15
    assert library.code_of(paddle.bool) == 11
    with pytest.raises(TypeError, match="object of type object"):
        library.total(object())


def test_several_results(library):
    b, a = library.swap(X, X + 1)
    assert (b == X + 1).all() and (a == X).all()


def test_overloads(library):
    assert library.pick(1) == 2
    assert library.pick("a") == "a!"
    assert library.pick.text("b") == "b!"
    assert sorted(library.pick.overloads()) == ["number", "text"]
    with pytest.raises((RuntimeError, TypeError)):
        library.pick.text(1)
    with pytest.raises(AttributeError, match="overload"):
        library.pick.other


def test_names(library):
    assert "describe" in dir(library)
    assert library.describe.default(X, 3) == library.describe(X, 3)
    assert library.describe.schema.startswith("paddle_test::describe(Tensor x, int k, float s=1.5")
    assert library.describe.__name__ == "paddle_test::describe"
    with pytest.raises(AttributeError, match="'paddle_test' object has no attribute 'nothing_of_the_kind'"):
        library.nothing_of_the_kind


@pytest.mark.parametrize("kind, error", list(enumerate([RuntimeError, IndexError, ValueError, TypeError,
                                                        NotImplementedError, IndexError, ValueError,
                                                        OverflowError])))
def test_errors_keep_their_class(library, kind, error):
    with pytest.raises(error, match="failed as asked") as caught:
        library.fail_as(kind)
    assert type(caught.value) is error


def test_custom_classes(library):
    counter = paddle_spinel.classes.paddle_test.Counter(3)
    assert counter.add(2) == 5 and counter.value == 5
    counter.value = 1
    assert library.count(counter, n=4) == 5 and counter.value == 5
    assert paddle_spinel.classes.paddle_test.Counter.zero().value == 0
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        counter.nothing
    with pytest.raises((RuntimeError, TypeError), match="add"):
        counter.add("x")
    with pytest.raises(RuntimeError, match="NoSuchClass"):
        paddle_spinel.classes.paddle_test.NoSuchClass()


def test_operator_without_kernel(library):
    with pytest.raises(NotImplementedError, match="paddle_test::abstract"):
        library.abstract(X)


def test_library_that_does_not_exist():
    with pytest.raises((RuntimeError, OSError), match="no_such"):
        paddle_spinel.ops.load_library("no_such.so")


def test_one_warning_where_gradients_stop(library):
    x = paddle.to_tensor([1.0, 2.0], stop_gradient=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            y = library.scale(x, 2.0)
    assert [str(w.message) for w in caught if "gradients stop here" in str(w.message)] != []
    assert len([w for w in caught if "paddle_test::scale" in str(w.message)]) == 1
    assert y.stop_gradient and y.tolist() == [2.0, 4.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        library.scale(x.detach(), 2.0)
        with paddle.no_grad():
            library.scale(x, 2.0)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "bool",
                                   "bfloat16", "complex64", "complex128"])
def test_dtypes_pass_through(library, dtype):
    x = paddle.ones([3]).astype(dtype)
    y, _ = library.swap(X, x)
    assert y.dtype == x.dtype and y.shape == [3]
