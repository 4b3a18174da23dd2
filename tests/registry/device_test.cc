#include "spinel/registry/device.h"

#include <gmock/gmock.h>

#include "tests/support/errors.h"

namespace spinel::registry {
namespace {

using ::testing::HasSubstr;

TEST(Device, ReadsTypesAndIndices) {
  EXPECT_EQ(parse_device("cpu"), (Device{DeviceType::cpu, -1}));
  EXPECT_EQ(parse_device("cuda:0"), (Device{DeviceType::cuda, 0}));
  EXPECT_EQ(parse_device("privateuseone:127"), (Device{DeviceType::privateuseone, 127}));
  EXPECT_EQ(static_cast<int>(parse_device("xpu").type), 12);
}

TEST(Device, PrintsWhatItReads) {
  for (const char* text :
       {"cpu",    "cuda:1", "mkldnn", "opengl", "opencl", "ideep", "hip",  "fpga", "maia",   "xla",
        "vulkan", "xpu",    "mps:3",  "meta",   "hpu",    "ve",    "lazy", "ipu",  "mtia:0", "privateuseone"}) {
    EXPECT_EQ(to_string(parse_device(text)), text);
  }
  EXPECT_EQ(to_string(DeviceType::metal), "metal");
}

TEST(Device, RefusesWhatIsNone) {
  for (const char* text : {"", ":1", "cuda:", "cuda:01", "cuda:00", "cuda:-1", "cuda:+1", "cuda:128", "cuda:1 ",
                           " cuda", "cuda:a", "cuda:1:2", "CPU", "gpu", "cuda1", "metal", "cuda:1e1", "cpu\n"}) {
    EXPECT_EQ(find_device(text), std::nullopt) << text;
    EXPECT_EQ(error_of([&] { parse_device(text); }).kind(), ErrorKind::invalid_argument) << text;
  }
  EXPECT_THAT(error_of([] { parse_device("gpu:1"); }).what(), HasSubstr("'gpu' is no device type; one of cpu, cuda"));
  EXPECT_THAT(error_of([] { parse_device("cuda:128"); }).what(), HasSubstr("'cuda:128'"));
}

}  // namespace
}  // namespace spinel::registry
