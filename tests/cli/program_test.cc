// What every command has in common: exit statuses, messages in one line, standard streams.
#include <gtest/gtest.h>

#include "spinel/base/config.h"
#include "spinel/base/format.h"
#include "tests/cli/run_spinel.h"
#include "tests/support/sanitized.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

TEST(Program, AMisspeltCommandIsAnsweredWithTheNearest) {
  const ProcessResult result = run_spinel({"tarin"});
  expect_failure(result, 2, "did you mean 'train'?");
}

TEST(Program, AMisspeltOptionIsAnsweredWithTheNearest) {
  const ProcessResult result = run_spinel({"md", "a", "b", "-o", "c.xyz", "--step", "3"});
  expect_failure(result, 2, "did you mean '--steps'?");
}

TEST(Program, ValuesThatCannotBeReadAreNamedWithTheirOption) {
  expect_failure(run_spinel({"md", "a", "b", "-o", "c.xyz", "--steps", "many"}), 2,
                 "--steps: 'many' is no value for it");
  expect_failure(run_spinel({"train", "a.yaml", "--output"}), 2, "train: --output: its FOLDER is missing");
  expect_failure(run_spinel({"md", "a", "b"}), 2, "--output is required");
}

TEST(Program, AMissingFileIsNamed) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"train", "absent.yaml"},
                                                    {"info", "absent.safetensors"},
                                                    {"predict", "absent.safetensors", "a.xyz", "-o", "b.xyz"},
                                                    {"convert", "absent.pt", "-o", "b.safetensors"},
                                                    {"data", "info", "absent.xyz"}}) {
    const ProcessResult result = run_spinel(arguments);
    expect_failure(result, 2, "absent");
  }
}

TEST(Program, ArgumentsWithLineBreaksAndBrokenTextStayOneLine) {  // CF-05
  for (const std::string& name : {std::string("a\nb.yaml"), std::string("\xff\xfe.yaml")}) {
    const ProcessResult result = run_spinel({"train", name});
    expect_failure(result, 2, ".yaml");
  }
}

TEST(Program, LocaleAndHomeChangeNothing) {  // CF-05
  const std::string data = source_file("data/ethanol-gfn2/ethanol_gfn2.xyz");
  const ProcessResult plain = run_spinel({"data", "info", data});
  ASSERT_EQ(plain.exit_status, 0) << plain.errors;
  for (const char* locale : {"tr_TR.UTF-8", "de_DE.UTF-8", "C", "nonsense"}) {
    const ProcessResult result = run_spinel({"data", "info", data}, {{"LANG", locale}, {"LC_ALL", locale}});
    EXPECT_EQ(result.output, plain.output) << locale;
  }
  EXPECT_EQ(run_shell("env -u HOME \"$spinel\" data info " + data).output, plain.output);
  EXPECT_EQ(run_spinel({"data", "info", data}, {{"TMPDIR", "/dev/full"}}).output, plain.output);
}

TEST(Program, VariableForcesTheVectorExtension) {  // FI-14
  if (kSanitized) GTEST_SKIP() << "kernels have one vector extension under sanitizers";
  const ProcessResult forced = run_spinel({"info", "--json"}, {{"SPINEL_SIMD", "sse4"}});
  EXPECT_THAT(forced.output, HasSubstr("\"simd\": \"SSE4\"")) << forced.errors;
  const ProcessResult unknown = run_spinel({"info"}, {{"SPINEL_SIMD", "AVX9000"}});
  EXPECT_EQ(unknown.exit_status, 2);
  EXPECT_THAT(unknown.errors, HasSubstr("'AVX9000'"));
}

TEST(Program, AClosedPipeIsAFailureNotASignal) {  // CF-06
  const ProcessResult result = run_shell("\"$spinel\" info --options --json | head -c 10; exit ${PIPESTATUS[0]}");
  EXPECT_TRUE(result.exit_status == 0 || result.exit_status == 1) << result.exit_status;
  const ProcessResult full = run_shell("\"$spinel\" info > /dev/full");
  EXPECT_EQ(full.exit_status, 1);
  EXPECT_THAT(full.errors, HasSubstr("stdout"));
}

TEST(Program, ClosedStandardStreamsAreSurvived) {  // CF-06
  EXPECT_EQ(run_shell("\"$spinel\" models <&-").exit_status, 0);
  EXPECT_EQ(run_shell("\"$spinel\" models >&-").exit_status, 1);
  EXPECT_EQ(run_shell("\"$spinel\" nonsense 2>&-").exit_status, 2);
  EXPECT_EQ(run_shell("ulimit -n 16; \"$spinel\" models").exit_status, 0);
}

TEST(Program, LittleMemoryIsOneLineNotASignal) {  // CF-06, FI-12
  if (kSanitized) GTEST_SKIP() << "the sanitizer itself asks for terabytes of addresses";
  const TemporaryFolder folder;
  const std::string frames = source_file("data/ethanol-gfn2/ethanol_gfn2.xyz");
  const std::string train = "\"$spinel\" train " + source_file("configs/schnet/ethanol_demo.yaml") +
                            " --set Dataset.dataset.XYZDataset.files=[" + frames +
                            "] --set Model.SchNet.n_atom_basis=2048 --set Model.SchNet.n_interactions=9 --output " +
                            folder.file("run");
  for (const char* kilobytes : {"600000", "700000", "900000"}) {
    const ProcessResult result = run_shell(std::string("ulimit -v ") + kilobytes + "; " + train);
    EXPECT_EQ(result.exit_status, 1) << kilobytes;
    EXPECT_THAT(result.errors, HasSubstr("spinel: memory: the system has no more")) << kilobytes;
  }
}

TEST(Train, SetTakesEveryOptionAndNamesTheNearestOfOthers) {  // CF-02
  const TemporaryFolder folder;
  const std::string config = source_file("configs/schnet/ethanol_demo.yaml");
  const auto train = [&](const std::string& assignment) {
    return run_spinel({"train", config, "--output", folder.file("run"), "--set",
                       "Dataset.dataset.XYZDataset.files=[no.xyz]", "--set", assignment});
  };
  // The file spells neither; what fails is the file of frames, which comes later.
  for (const char* known : {"Trainer.save_freq_steps=7", "Predict.batch_size=3", "Loss.energy.weight=0.5",
                            "Model.SchNet.head.n_layers=3"}) {
    expect_failure(train(known), 2, "no.xyz");
  }
  expect_failure(train("Trainer.save_freq_step=7"), 2, "did you mean 'save_freq_steps'?");
  expect_failure(train("Trainr.seed=7"), 2, "did you mean 'Trainer'?");
  expect_failure(train("Model.SchNet.cutof=7"), 2, "did you mean 'cutoff'?");
  expect_failure(train("Model.SchNt.cutoff=7"), 2, "did you mean 'SchNet'?");
  expect_failure(train("Trainer.seed=-7"), 2, "it must lie between 0 and");
}

TEST(Models, ListAndOptions) {
  EXPECT_THAT(run_spinel({"models"}).output, HasSubstr("SchNet: "));
  EXPECT_THAT(run_spinel({"models", "SchNet"}).output, HasSubstr("cutoff"));
  const ProcessResult wrong = run_spinel({"models", "Schnett"});
  EXPECT_EQ(wrong.exit_status, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("did you mean 'SchNet'?"));
}

TEST(Info, DescribesTheBuild) {
  const ProcessResult text = run_spinel({"info"});
  EXPECT_EQ(text.exit_status, 0) << text.errors;
  for (const char* word : {"libtorch", "threads", "optimizer", "AdamW", "SchNet"}) {
    EXPECT_THAT(text.output, HasSubstr(word));
  }
  const Config json = parse_json(run_spinel({"info", "--json"}).output, "info");
  EXPECT_GE(json.at("threads").as_int(), 1);
  EXPECT_FALSE(json.at("components").at("model").as_list().empty());
}

TEST(Completion, ScriptsNameEveryCommandAndParse) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const ProcessResult result = run_spinel({"completion", shell});
    EXPECT_EQ(result.exit_status, 0) << result.errors;
    for (const char* word : {"train", "predict", "md", "check", "resume"}) EXPECT_THAT(result.output, HasSubstr(word));
  }
  EXPECT_EQ(run_shell("source <(\"$spinel\" completion bash) && COMP_WORDS=(spinel tr) COMP_CWORD=1 && _spinel && "
                      "echo ${COMPREPLY[@]}")
                .output,
            "train\n");
  expect_failure(run_spinel({"completion", "bsh"}), 2, "did you mean 'bash'?");
  for (const char* shell : {"bash", "zsh", "fish"}) {
    // The shell's own parser, where there is one.
    const ProcessResult parsed = run_shell(
        format("command -v {} > /dev/null || exit 0; {} -n <(\"$spinel\" completion {})", shell, shell, shell));
    EXPECT_EQ(parsed.exit_status, 0) << shell << parsed.errors;
    EXPECT_EQ(parsed.errors, "") << shell;
  }
}

}  // namespace
}  // namespace spinel::cli
