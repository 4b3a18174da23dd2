"""A binary on PyTorch's stable ABI, which names libtorch's files as what it needs, on PaddlePaddle's tensors."""
import os

import paddle
import pytest

import paddle_spinel


@pytest.fixture(scope="module")
def ops():
    paddle_spinel.ops.load_library(os.environ["SPINEL_TEST_STABLE_EXTENSION_NEEDS_TORCH"])
    return paddle_spinel.ops.compat_stable


def test_kernels_read_and_write_the_tensors_memory(ops):
    x = paddle.to_tensor([1.0, 2.0, 3.0])
    ops.double_(x)
    assert x.numpy().tolist() == [2, 4, 6]
    assert ops.squares(x) == (56.0, 0)


def test_arguments_are_bound_by_schema(ops):
    x = paddle.zeros([3])
    assert ops.describe(x, sizes=[2, 5]) == ("nobody.", 21)
    assert ops.describe(sizes=(2, 5), loud=True, name="me", x=x) == ("me!", 21)
    with pytest.raises(RuntimeError, match="sizs"):
        ops.describe(x, sizes=[2], sizs=[2])


def test_pytorchs_own_operators_give_paddles_tensors(ops):
    x = paddle.arange(6, dtype="float32")
    product, total, shown, less, greatest, padded, whole, gone = ops.use_ops(x)
    assert isinstance(product, paddle.Tensor)
    assert product.numpy().tolist() == [[1.5, 1.5], [6, 6]]
    assert total.item() == 15
    assert shown.numpy().tolist() == [4, 5]
    assert less.numpy().tolist() == [[-2, -1, 0], [1, 2, 3]]
    assert greatest.item() == 5
    assert padded.numpy().tolist() == [0, 0, 1, 2, 3, 4, 5]
    assert whole.dtype == paddle.int64 and whole.shape == [0]
    assert gone.numpy().sum() == 0


def test_memory_of_the_library_goes_with_the_last_tensor(ops):
    before = ops.count_deleted()
    made = ops.own_memory(False)
    assert made.numpy().tolist() == [2, 4]
    del made
    assert ops.count_deleted() == before + 1
    with pytest.raises(RuntimeError, match="strided"):
        ops.own_memory(True)
    assert ops.count_deleted() == before + 2


def test_paddle_ops_finds_the_operators(ops):
    paddle_spinel.serve_paddle_ops()
    x = paddle.zeros([3])
    assert paddle.ops.compat_stable.describe(sizes=[1], x=x) == ("nobody.", 3)
    assert paddle.ops.compat_stable.describe.default(x, None, sizes=[1]) == ("nobody.", 3)
    with pytest.raises(RuntimeError, match="cannot be loaded"):
        paddle.ops.load_library("/nowhere/libmissing.so")
