// Under PyTorch's name: optional views of elements, which ArrayRef.h has.
#pragma once

#include <c10/util/ArrayRef.h>
