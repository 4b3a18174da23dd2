// PaddlePaddle's memory and streams for operators, ours and others'.
#pragma once

#include "spinel/ops/host.h"
#include "spinel/registry/tensor_methods.h"

namespace spinel::paddle_host {

const ops::Host& host();
const registry::TensorMethods& tensor_methods();

}  // namespace spinel::paddle_host
