#include "spinel/nn/conv/check.h"

#include <ATen/ATen.h>

#include "spinel/nn/conv/check_message_passing.h"
#include "spinel/nn/conv/list.h"

namespace spinel::nn {
namespace {

golden::ModuleEntry entry(const std::string& name) {
  return {"conv/" + name, [name](const Config& args) {
            const Config arguments = golden::native_form(args);
            std::unique_ptr<CallableModule> made = make_message_passing_case(name, arguments);
            if (!made) made = conv_list().at(name).make(arguments);
            return golden::under_test(std::move(made));
          }};
}

}  // namespace

std::vector<golden::ModuleEntry> conv_golden_modules() {
  std::vector<golden::ModuleEntry> entries = {entry("MessagePassing"), entry("EdgeUpdateMessagePassing"),
                                              entry("DifferenceMessagePassing")};
  for (const std::string& name : conv_list().names()) entries.push_back(entry(name));
  return entries;
}

}  // namespace spinel::nn
