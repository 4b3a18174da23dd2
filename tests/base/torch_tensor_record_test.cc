// The calls by which PyTorch's pickles describe tensors and storages: each form that is read, and what each refuses.
#include "spinel/base/torch_tensor_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>

#include "spinel/base/error.h"
#include "tests/support/errors.h"
#include "tests/support/zip_writer.h"

namespace spinel {
namespace {

using testing::HasSubstr;

// Opcodes of single values.
std::string byte(int value) { return "K" + little(static_cast<uint64_t>(value), 1); }
std::string wide(uint64_t value) { return "\x8a\x08" + little(value, 8); }
std::string word(const std::string& text) { return "U" + little(text.size(), 1) + text; }
std::string global(const std::string& module, const std::string& name) { return "c" + module + "\n" + name + "\n"; }
std::string tuple(const std::string& items) { return "(" + items + "t"; }
std::string call(const std::string& name, const std::string& arguments) {
  const size_t dot = name.rfind('.');
  return global(name.substr(0, dot), name.substr(dot + 1)) + tuple(arguments) + "R";
}
const std::string kNone = "N", kFalse = "\x89", kEmptyDict = "}";

/// ("storage", type, key, device, size) as a persistent reference.
std::string storage(const std::string& type = "FloatStorage", const std::string& size = byte(4),
                    const std::string& more = "") {
  return tuple(word("storage") + global("torch", type) + word("0") + word("cpu") + size + more) + "Q";
}
std::string shape(int size) { return tuple(byte(size)); }
/// Offset 0, one axis of four.
std::string four() { return byte(0) + shape(4) + shape(1); }
std::string rebuild_v2(const std::string& more = kFalse + kEmptyDict) {
  return call("torch._utils._rebuild_tensor_v2", storage() + four() + more);
}

std::string data_of_four() {
  const float numbers[] = {1, 2, 3, 4};
  return std::string(reinterpret_cast<const char*>(numbers), sizeof numbers);
}

std::string zip_with(const std::string& opcodes) {
  return zip_of({{"a/data.pkl", "\x80\x02" + opcodes + "."}, {"a/data/0", data_of_four()}});
}

TorchFile parse(const std::string& bytes) { return TorchFile::parse(std::as_bytes(std::span(bytes)), "c.pt"); }

std::string failure(const std::string& opcodes) {
  const std::string bytes = zip_with(opcodes);
  const Error error = error_of([&] { parse(bytes); });
  EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
  EXPECT_THAT(error.what(), testing::StartsWith("c.pt: "));
  return error.what();
}

/// The one tensor holds the four numbers.
void expect_four(const std::string& opcodes) {
  const std::string bytes = zip_with(opcodes);
  const TorchFile file = parse(bytes);
  ASSERT_EQ(file.tensors().size(), 1u);
  const TorchTensor& tensor = file.tensors().front();
  EXPECT_EQ(tensor.dtype, Dtype::f32);
  EXPECT_EQ(tensor.shape, std::vector<int64_t>{4});
  const std::vector<std::byte> content = tensor.contiguous();
  ASSERT_EQ(content.size(), 16u);
  EXPECT_EQ(std::memcmp(content.data(), data_of_four().data(), 16), 0);
}

TEST(TorchTensorRecord, EveryCallThatMakesATensorIsRead) {
  expect_four(rebuild_v2());
  expect_four(rebuild_v2(kFalse + kEmptyDict + kEmptyDict));  // no metadata
  expect_four(call("torch._utils._rebuild_tensor", storage() + four()));
  expect_four(call("torch._utils._rebuild_parameter", rebuild_v2() + kFalse + kEmptyDict));
  expect_four(call("torch._utils._rebuild_parameter_with_state", rebuild_v2() + kFalse + kEmptyDict + kEmptyDict));
  expect_four(call("torch._tensor._rebuild_from_type_v2",
                   global("torch._utils", "_rebuild_tensor_v2") + global("torch", "Tensor") +
                       tuple(storage() + four() + kFalse + kEmptyDict) + kEmptyDict));
  expect_four(call("torch._utils._rebuild_tensor_v3",
                   storage("UntypedStorage", byte(16)) + four() + kFalse + kEmptyDict + global("torch", "float32")));
  const std::string size = call("torch.Size", shape(4));
  expect_four(call("torch._utils._rebuild_tensor_v2", storage() + byte(0) + size + shape(1) + kFalse + kEmptyDict));
}

TEST(TorchTensorRecord, EveryElementTypeHasItsWidth) {
  const std::pair<const char*, Dtype> types[] = {{"float64", Dtype::f64},        {"float32", Dtype::f32},
                                                 {"float16", Dtype::f16},        {"bfloat16", Dtype::bf16},
                                                 {"int64", Dtype::i64},          {"int32", Dtype::i32},
                                                 {"int16", Dtype::i16},          {"int8", Dtype::i8},
                                                 {"uint8", Dtype::u8},           {"uint16", Dtype::u16},
                                                 {"uint32", Dtype::u32},         {"uint64", Dtype::u64},
                                                 {"bool", Dtype::boolean},       {"float8_e4m3fn", Dtype::f8_e4m3},
                                                 {"float8_e5m2", Dtype::f8_e5m2}};
  for (const auto& [name, dtype] : types) {
    const int count = 16 / static_cast<int>(element_size(dtype));
    const auto with = [&](int size) {
      return call("torch._utils._rebuild_tensor_v3", storage("UntypedStorage", byte(16)) + byte(0) + shape(size) +
                                                         shape(1) + kFalse + kEmptyDict + global("torch", name));
    };
    const std::string bytes = zip_with(with(count));
    const TorchFile file = parse(bytes);
    EXPECT_EQ(file.tensors().at(0).dtype, dtype) << name;
    EXPECT_EQ(file.tensors().at(0).contiguous().size(), 16u) << name;
    EXPECT_THAT(failure(with(count + 1)), HasSubstr("reaches beyond its storage")) << name;
  }
  const std::pair<const char*, Dtype> storages[] = {{"DoubleStorage", Dtype::f64}, {"FloatStorage", Dtype::f32},
                                                    {"HalfStorage", Dtype::f16},   {"BFloat16Storage", Dtype::bf16},
                                                    {"LongStorage", Dtype::i64},   {"IntStorage", Dtype::i32},
                                                    {"ShortStorage", Dtype::i16},  {"CharStorage", Dtype::i8},
                                                    {"ByteStorage", Dtype::u8},    {"BoolStorage", Dtype::boolean}};
  for (const auto& [name, dtype] : storages) {
    const int count = 16 / static_cast<int>(element_size(dtype));
    const std::string bytes = zip_with(
        call("torch._utils._rebuild_tensor_v2", storage(name, byte(count)) + byte(0) + shape(count) + shape(1)));
    EXPECT_EQ(parse(bytes).tensors().at(0).dtype, dtype) << name;
  }
}

TEST(TorchTensorRecord, MalformedTensorsAreRefusedByName) {  // ST-15
  const std::string v2 = "torch._utils._rebuild_tensor_v2", v3 = "torch._utils._rebuild_tensor_v3";
  const std::string untyped = storage("UntypedStorage", byte(16));
  const auto many = [](int axes) {
    std::string ones;
    for (int k = 0; k < axes; ++k) ones += byte(1);
    return tuple(ones);
  };
  struct Case {
    std::string opcodes;
    const char* message;
  };
  for (const Case& c :
       {Case{call(v2, storage() + byte(0) + shape(4)), "'tensor': it is described by 3 values"},
        Case{call(v3, untyped + four() + kFalse + kEmptyDict), "it is described by 6 values"},
        Case{call(v3, untyped + four() + kFalse + kEmptyDict + global("torch", "complex64")), "type is unknown"},
        Case{call(v3, untyped + four() + kFalse + kEmptyDict + kNone), "type is unknown"},
        Case{call(v2, untyped + four()), "its element type is unknown"},
        Case{rebuild_v2(kFalse + kEmptyDict + kEmptyDict + word("conj") + "\x88s"), "conjugated or negated lazily"},
        Case{call(v2, storage() + byte(0) + "](" + byte(4) + "e" + shape(1)), "no tuples of integers"},
        Case{call(v2, storage() + byte(0) + shape(4) + tuple(byte(1) + byte(1))), "of the same length"},
        Case{call(v2, storage() + byte(0) + tuple(word("4")) + shape(1)), "no tuples of integers"},
        Case{call(v2, storage() + kNone + shape(4) + shape(1)), "offset, shape or strides"},
        Case{call(v2, storage() + byte(0) + many(65) + many(65)), "no tuples"},
        Case{call("torch._utils._rebuild_parameter", ""), "it holds no tensors"},
        Case{kEmptyDict + word("a") + call(v2, storage()) + "s", "'a': it is described by 1 values"}}) {
    EXPECT_THAT(failure(c.opcodes), HasSubstr(c.message)) << testing::PrintToString(c.opcodes);
  }
}

TEST(TorchTensorRecord, MalformedStoragesAreRefused) {  // ST-15
  const auto of_storage = [](const std::string& reference) {
    return call("torch._utils._rebuild_tensor_v2", reference + four());
  };
  const std::string type = global("torch", "FloatStorage"), form = "has a description of another form";
  struct Case {
    std::string reference, message;
  };
  for (const Case& c :
       {Case{kNone, "a storage has no description"}, Case{word("0") + "Q", "a storage has no description"},
        Case{tuple(word("storage") + type + word("0") + word("cpu")) + "Q", form},
        Case{tuple(word("module") + type + word("0") + word("cpu") + byte(4)) + "Q", form},
        Case{tuple(kNone + type + word("0") + word("cpu") + byte(4)) + "Q", form},
        Case{tuple(word("storage") + type + byte(0) + word("cpu") + byte(4)) + "Q", form},
        Case{tuple(word("storage") + type + word("0") + word("cpu") + word("4")) + "Q", form},
        Case{storage("FloatStorage", wide(~uint64_t{0})), form},  // −1
        Case{storage("FloatStorage", wide(uint64_t{1} << 62)), "a storage is too large"},
        Case{storage("QInt8Storage"), "has the type 'torch.QInt8Storage', which is unknown"},
        Case{storage("FloatStorage", byte(4), tuple(word("v") + byte(1))), "has a malformed view"},
        Case{storage("FloatStorage", byte(4), tuple(word("v") + word("1") + byte(1))), "has a malformed view"},
        Case{storage("FloatStorage", byte(4), tuple(word("v") + byte(0) + wide(~uint64_t{0}))), "a malformed view"},
        Case{storage("FloatStorage", byte(4), tuple(word("v") + wide(uint64_t{1} << 62) + byte(1))), "malformed view"},
        Case{storage("FloatStorage", byte(4), tuple(word("v") + byte(1) + wide(uint64_t{1} << 62))), "malformed view"},
        Case{storage("FloatStorage", byte(3)), "has 16 bytes in the archive, but 12 by the pickle"}}) {
    EXPECT_THAT(failure(of_storage(c.reference)), HasSubstr(c.message)) << testing::PrintToString(c.reference);
  }
}

/// The form before PyTorch 1.6, with the keys and what follows them.
std::string legacy(const std::string& opcodes, const std::string& keys, const std::string& storages) {
  const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  return magic + "\x80\x02M\xe9\x03." + "\x80\x02}." + "\x80\x02" + opcodes + "." + "\x80\x02](" + keys + "e." +
         storages;
}

TEST(TorchTensorRecord, LegacyStoragesFollowTheirKeys) {  // ST-15
  const std::string counted = little(4, 8) + data_of_four();
  const std::string good = legacy(rebuild_v2(), word("0"), counted);
  const TorchFile file = parse(good);
  ASSERT_EQ(file.tensors().size(), 1u);
  EXPECT_EQ(std::memcmp(file.tensors()[0].contiguous().data(), data_of_four().data(), 16), 0);
  // A view of the middle of a storage, whose pieces older releases shared.
  const std::string view =
      call("torch._utils._rebuild_tensor_v2",
           storage("FloatStorage", byte(4), tuple(word("v") + byte(1) + byte(2))) + byte(0) + shape(2) + shape(1));
  const std::string with_view = legacy(view, word("0"), counted);
  EXPECT_EQ(std::memcmp(parse(with_view).tensors().at(0).contiguous().data(), data_of_four().data() + 4, 8), 0);

  const std::string beyond =
      call("torch._utils._rebuild_tensor_v2",
           storage("FloatStorage", byte(4), tuple(word("v") + byte(3) + byte(2))) + byte(0) + shape(2) + shape(1));
  struct Case {
    std::string bytes;
    const char* message;
  };
  for (const Case& c : {Case{legacy(rebuild_v2(), word("0"), counted.substr(0, 23)), "storage '0' is cut"},
                        Case{legacy(rebuild_v2(), word("0"), little(~uint64_t{0}, 8)), "storage '0' is cut"},
                        Case{legacy(rebuild_v2(), word("0"), little(uint64_t{1} << 62, 8)), "storage '0' is cut"},
                        Case{legacy(rebuild_v2(), word("0"), "1234"), "storage '0' is cut or unused"},
                        Case{legacy(rebuild_v2(), word("1"), counted), "storage '1' is cut or unused"},
                        Case{legacy(rebuild_v2(), word("0"), little(3, 8) + data_of_four()),
                             "storage '0' has 12 bytes, but 16 by the pickle"},
                        Case{legacy(rebuild_v2(), "", ""), "storage '0' has 0 bytes, but 16 by the pickle"},
                        Case{legacy(beyond, word("0"), counted), "storage '0' has 16 bytes, but 8 by the pickle"}}) {
    const Error error = error_of([&] { parse(c.bytes); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << c.message;
    EXPECT_THAT(error.what(), HasSubstr(c.message));
  }
}

TEST(TorchTensorRecord, ATensorWithoutElementsMayHaveAnyOtherLengths) {
  const std::string lengths = tuple(wide(uint64_t{1} << 62) + wide(uint64_t{1} << 62) + byte(0));
  const std::string bytes = zip_with(
      call("torch._utils._rebuild_tensor_v2", storage() + byte(0) + lengths + tuple(byte(1) + byte(1) + byte(1))));
  const TorchFile file = parse(bytes);
  EXPECT_TRUE(file.tensors().at(0).is_contiguous());
  EXPECT_TRUE(file.tensors().at(0).contiguous().empty());
}

TEST(TorchTensorRecord, OnlyKnownCallablesAreKnown) {
  for (const char* name : {"collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch.Size", "numpy.dtype"}) {
    EXPECT_TRUE(is_known_torch_callable(name)) << name;
  }
  for (const char* name :
       {"", "os.system", "posix.system", "builtins.eval", "builtins.exec", "builtins.getattr", "torch.load",
        "torch._utils._rebuild_tensor_v2x", "subprocess.Popen", "Collections.Counter"}) {
    EXPECT_FALSE(is_known_torch_callable(name)) << name;
  }
}

}  // namespace
}  // namespace spinel
