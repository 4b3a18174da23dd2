// The classes derived from MessagePassing that golden cases of the base are made with.
#pragma once

#include <memory>
#include <string>

#include "spinel/nn/call.h"

namespace spinel::nn {

/// MessagePassing (the default message), EdgeUpdateMessagePassing, DifferenceMessagePassing; null for another name.
std::unique_ptr<CallableModule> make_message_passing_case(const std::string& name, const Config& arguments);

}  // namespace spinel::nn
