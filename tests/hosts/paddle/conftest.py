"""The tests find the package through PYTHONPATH and the test library through SPINEL_TEST_LIBRARY_PADDLE."""
import os

import paddle
import pytest

import paddle_spinel


@pytest.fixture(scope="session")
def library():
    paddle_spinel.ops.load_library(os.environ["SPINEL_TEST_LIBRARY_PADDLE"])
    return paddle_spinel.ops.paddle_test


@pytest.fixture(autouse=True)
def seeded():
    paddle.seed(7)
