"""What an installed package does: run by tools/wheels.sh with the package's environment, away from the sources."""
import importlib.util
import os
import sys

if importlib.util.find_spec("spinel"):
    import spinel as package
    import torch

    tensor, numbers = torch.tensor, lambda x: x.tolist()
else:
    import paddle
    import paddle_spinel as package

    tensor, numbers = paddle.to_tensor, lambda x: x.numpy().tolist()

folder = os.path.dirname(os.path.abspath(package.__file__))
assert folder.startswith(sys.prefix), folder
A = package.sparse.SparseTensor(row=tensor([0, 1]), col=tensor([1, 0]), value=tensor([2.0, 3.0]))
assert numbers(A @ tensor([[1.0], [10.0]])) == [[20.0], [3.0]]
assert numbers((A @ A).storage.value()) == [6.0, 6.0]
part = package.sparse.SparseTensor.eye(4).to_symmetric()
assert numbers(package.ops.spinel.ind2ptr(tensor([0, 0, 1]), 2) if hasattr(package, "serve_paddle_ops")
               else package.ops.ind2ptr(tensor([0, 0, 1]), 2)) == [0, 2, 3]
own = [line.split()[-1] for line in open("/proc/self/maps") if "spinel" in line and ".so" in line]
assert own and all(path.startswith(sys.prefix) for path in own), own
print("wheel:", folder)
