// All graph convolutions by name.
#pragma once

#include <memory>

#include "spinel/base/component.h"
#include "spinel/nn/call.h"

namespace spinel::nn {

using ConvList = ComponentList<std::unique_ptr<CallableModule>(const Config& arguments)>;
/// Under torch_geometric's class names, with its constructor arguments.
const ConvList& conv_list();
/// From `Name` or `{Name: {arguments}}`. Unknown name: not_found with the nearest one.
std::unique_ptr<CallableModule> make_conv(const Config& value);

}  // namespace spinel::nn
