#include "spinel/train/distributed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <thread>

#include "spinel/base/platform/system_call.h"
#include "tests/support/errors.h"
#include "tests/train/child_process.h"
#include "tests/train/trainer_testing.h"

namespace spinel::train {
namespace {

using testing::HasSubstr;

std::optional<WorkerPlace> place_from(const std::map<std::string, std::string>& variables) {
  return worker_place([&](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

TEST(WorkerPlace, IsReadFromEachLauncher) {
  EXPECT_FALSE(place_from({}));
  const auto torchrun = place_from(
      {{"RANK", "3"}, {"WORLD_SIZE", "4"}, {"LOCAL_RANK", "1"}, {"MASTER_ADDR", "node7"}, {"MASTER_PORT", "1234"}});
  EXPECT_EQ(torchrun->rank, 3);
  EXPECT_EQ(torchrun->size, 4);
  EXPECT_EQ(torchrun->local_rank, 1);
  EXPECT_EQ(torchrun->address, "node7");
  EXPECT_EQ(torchrun->port, 1234);
  const auto open_mpi = place_from({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}});
  EXPECT_EQ(open_mpi->rank, 1);
  EXPECT_EQ(open_mpi->address, "127.0.0.1");
  EXPECT_EQ(open_mpi->local_rank, 1) << "one machine, where the launcher says nothing";
  EXPECT_EQ(
      place_from({{"OMPI_COMM_WORLD_RANK", "5"}, {"OMPI_COMM_WORLD_SIZE", "8"}, {"OMPI_COMM_WORLD_LOCAL_RANK", "1"}})
          ->local_rank,
      1);
  EXPECT_EQ(place_from({{"PMI_RANK", "0"}, {"PMI_SIZE", "2"}})->size, 2);
  const auto slurm = place_from({{"SLURM_PROCID", "5"},
                                 {"SLURM_NTASKS", "8"},
                                 {"SLURM_LOCALID", "1"},
                                 {"SLURM_NODELIST", "gpu[003-006,9],x1"},
                                 {"SLURM_JOB_ID", "41234"}});
  EXPECT_EQ(slurm->rank, 5);
  EXPECT_EQ(slurm->local_rank, 1);
  EXPECT_EQ(slurm->address, "gpu003");
  EXPECT_EQ(slurm->port, 20000 + 41234 % 20000);
}

TEST(WorkerPlace, CountsTheProcessesOfTheMachine) {
  EXPECT_EQ(
      place_from({{"RANK", "3"}, {"WORLD_SIZE", "8"}, {"LOCAL_RANK", "3"}, {"LOCAL_WORLD_SIZE", "4"}})->local_size, 4);
  EXPECT_EQ(place_from({{"OMPI_COMM_WORLD_RANK", "1"},
                        {"OMPI_COMM_WORLD_SIZE", "2"},
                        {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                        {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}})
                ->local_size,
            2);
  EXPECT_EQ(place_from({{"SLURM_PROCID", "5"}, {"SLURM_NTASKS", "8"}, {"SLURM_LOCALID", "1"}})->local_size, 2)
      << "at least those that are known";
}

TEST(ProcessThreads, DivideTheCoresAndWarnOfMore) {
  const auto warning_of = [](int64_t wanted, int processes, const Cores& cores, int threads) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(process_threads(wanted, processes, cores), threads);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(warning_of(0, 1, {8, 8}, 0), "");
  EXPECT_EQ(warning_of(0, 2, {8, 8}, 4), "");
  EXPECT_EQ(warning_of(0, 16, {8, 8}, 1), "");
  EXPECT_EQ(warning_of(0, 4, {8, 2}, 0), "") << "bound to two cores of its own";
  EXPECT_EQ(warning_of(4, 2, {8, 8}, 4), "");
  EXPECT_THAT(warning_of(5, 2, {8, 8}, 5), HasSubstr("Global.num_threads: it is 5, but each of 2 processes"));
  EXPECT_EQ(warning_of(2, 4, {8, 2}, 2), "");
  EXPECT_THAT(warning_of(3, 4, {8, 2}, 3), HasSubstr("has 2 cores to itself"));
}

TEST(WorkerPlace, ImpossiblePlacesNameTheVariable) {
  const auto message = [](const std::map<std::string, std::string>& variables) {
    return std::string(error_of([&] { place_from(variables); }).what());
  };
  EXPECT_THAT(message({{"RANK", "0"}}), HasSubstr("WORLD_SIZE is not"));
  EXPECT_THAT(message({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), HasSubstr("RANK: the environment sets it to '2'"));
  EXPECT_THAT(message({{"RANK", "x"}, {"WORLD_SIZE", "2"}}), HasSubstr("'x'"));
  EXPECT_THAT(message({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_PORT", "99999"}}), HasSubstr("MASTER_PORT"));
}

TEST(ProcessDevice, IsTheGpuOfTheLocalRank) {
  const auto device = [](const char* name, int local_rank, int gpus) {
    return process_device("Global.device", name, local_rank, gpus).str();
  };
  EXPECT_EQ(device("cpu", 3, 0), "cpu");
  EXPECT_EQ(device("cuda", 0, 4), "cuda:0");
  EXPECT_EQ(device("cuda", 3, 4), "cuda:3");
  EXPECT_EQ(device("cuda", 3, 1), "cuda:0") << "the launcher shows each process its own GPU";
  EXPECT_EQ(device("cuda:2", 0, 4), "cuda:2");
}

TEST(ProcessDevice, WhatIsNotThereIsRefused) {
  const auto message = [](const char* name, int local_rank, int gpus) {
    return std::string(error_of([&] { process_device("Global.device", name, local_rank, gpus); }).what());
  };
  EXPECT_THAT(message("cuda", 0, 0), HasSubstr("needs a libtorch with CUDA and a GPU"));
  EXPECT_THAT(message("cuda", 2, 2), HasSubstr("process 2 on its machine is GPU 2, and 2 can be seen"));
  EXPECT_THAT(message("cuda:4", 0, 4), HasSubstr("GPU 4, and 4 can be seen"));
  for (const char* name : {"gpu", "cuda:", "cuda:x", "cuda:1x", "cuda:-1", "cuda:99999999999", "cuda1", ""}) {
    EXPECT_THAT(message(name, 0, 4), HasSubstr("is unknown; choose cpu, cuda or cuda:<n>")) << name;
  }
}

TEST(ProcessDevice, SeveralProcessesOnGpusNeedNccl) {
  if (has_nccl()) GTEST_SKIP() << "this build has NCCL";
  const Error error = error_of([] { connect({.rank = 0, .size = 2, .port = 1}, 1, "cuda"); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("'cuda' in a run of 2 processes needs NCCL"));
  EXPECT_THAT(error.what(), HasSubstr("-DSPINEL_NCCL=ON"));
}

int free_port() {
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  EXPECT_EQ(bind(socket_fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  getsockname(socket_fd, reinterpret_cast<sockaddr*>(&address), &length);
  close(socket_fd);
  return ntohs(address.sin_port);
}

/// Runs `action` in `size` processes; returns their wait statuses.
std::vector<int> in_processes(int size, const std::function<void(const WorkerPlace&)>& action) {
  const int port = free_port();
  std::vector<pid_t> children;
  for (int rank = 0; rank < size; ++rank) {
    children.push_back(start_process([&] {
      action({.rank = rank, .size = size, .local_rank = rank, .port = port});
      return 0;
    }));
  }
  std::vector<int> statuses;
  for (const pid_t child : children) statuses.push_back(finish_process(child));
  return statuses;
}

TEST(Communicator, SumsBroadcastsAndWaits) {
  const auto statuses = in_processes(3, [](const WorkerPlace& place) {
    const auto group = connect(place, 30, "cpu");
    require(group->local_rank() == place.rank && group->size() == 3, "test: wrong place");
    at::Tensor numbers = at::full({2, 2}, 1 << place.rank, at::kLong);
    group->sum(numbers);
    require(numbers.eq(7).all().item<bool>(), "test: the sum is wrong");
    at::Tensor value = at::full({3}, 10.0 + place.rank, at::kDouble);
    group->broadcast(value);
    require(value.eq(10.0).all().item<bool>(), "test: the values are not those of process 0");
    group->barrier();
  });
  EXPECT_EQ(statuses, std::vector<int>({0, 0, 0}));
}

class DataParallel : public testing::Test {
 protected:
  void SetUp() override { set_log_level(LogLevel::error); }
  void TearDown() override { set_log_level(LogLevel::info); }
  TemporaryFolder folder_;
};

TEST_F(DataParallel, EqualsOneProcessOnTheJointBatch) {
  // 37 samples: the last joint batch is short and is shared unevenly; molecules differ in size, so the shares of the
  // force entries are no multiples of those of the energies.
  RunConfig single = small_config(folder_.file("single"));
  single.dataset.train.loader.batch_size = 6;
  single.trainer.gradient_accumulation_steps = 2;
  single.trainer.clip_norm = 1;
  Trainer(single, fake_models(), small_data()).run();
  const Checkpoint expected = load_checkpoint(folder_.file("single/checkpoints/latest"));
  for (const int size : {2, 3}) {
    RunConfig parts = single;
    parts.dataset.train.loader.batch_size = 6 / size;
    parts.trainer.output_dir = folder_.file("parts" + std::to_string(size));
    parts.trainer.timeout = 60;
    const std::vector<int> statuses = in_processes(size, [&](const WorkerPlace& place) {
      const auto communicator = connect(place, 60);
      Trainer(parts, fake_models(), small_data(), *communicator).run();
      communicator->barrier();
    });
    EXPECT_EQ(statuses, std::vector<int>(static_cast<size_t>(size), 0));
    const Checkpoint found = load_checkpoint(parts.trainer.output_dir + "/checkpoints/latest");
    for (const auto& [name, tensor] : expected.parameters) {
      EXPECT_LT((tensor - found.parameters.at(name)).abs().max().item<double>(), 1e-12) << name;
    }
    const auto loss = [](const Checkpoint& c) { return c.progress.at("best_metric").as_double(); };
    EXPECT_NEAR(loss(expected), loss(found), 1e-12) << "the processes share the evaluation too";
  }
}

TEST_F(DataParallel, ResumesExactly) {
  const std::string output = folder_.file("run");
  RunConfig config = small_config(output);
  config.model.arguments.set("noise", 0.05);
  config.trainer.save_freq_steps = 2;
  config.trainer.timeout = 60;
  const auto train = [&](const RunConfig& c) {
    const auto statuses = in_processes(2, [&](const WorkerPlace& place) {
      const auto communicator = connect(place, 60);
      Trainer(c, fake_models(), small_data(), *communicator).run();
      communicator->barrier();
    });
    EXPECT_EQ(statuses, std::vector<int>({0, 0}));
  };
  train(config);
  const std::string whole = checkpoint_bytes(output);
  remove_tree(output);
  RunConfig parts = config;
  parts.trainer.max_iter = 3;  // the end of the first epoch of 3 joint batches
  train(parts);
  parts.trainer.max_iter = 0;
  parts.trainer.resume_from_checkpoint = "latest";
  train(parts);
  EXPECT_TRUE(checkpoint_bytes(output) == whole);
}

TEST_F(DataParallel, AKilledWorkerGivesOneErrorOnTheOthersAndNothingSavedIsLost) {
  RunConfig config = small_config(folder_.file("run"));
  config.trainer.max_epochs = 100000;
  config.trainer.timeout = 5;
  const std::string report = folder_.file("error");
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<int> statuses = in_processes(2, [&](const WorkerPlace& place) {
    const auto communicator = connect(place, 5);
    const std::string latest = config.trainer.output_dir + "/checkpoints/latest.safetensors";
    std::thread killer;
    if (place.rank == 1) {
      killer = std::thread([&] {
        wait_for_file(latest);
        raise(SIGKILL);
      });
    }
    try {
      Trainer(config, fake_models(), small_data(), *communicator).run();
    } catch (const Error& error) {
      write_file_atomic(report, std::string(to_string(error.kind())) + ": " + error.what());
      _exit(7);
    }
  });
  ASSERT_TRUE(WIFEXITED(statuses[0])) << "ended by signal " << WTERMSIG(statuses[0]);
  EXPECT_EQ(WEXITSTATUS(statuses[0]), 7);
  EXPECT_EQ(WTERMSIG(statuses[1]), SIGKILL);
  EXPECT_THAT(read_file(report), testing::AllOf(HasSubstr("unavailable"), HasSubstr("process 0 of 2 lost the others"),
                                                HasSubstr("resume from the latest checkpoint")));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_GE(load_checkpoint(folder_.file("run/checkpoints/latest"), true).progress.at("epoch").as_int(), 1);
}

TEST_F(DataParallel, AFailedSaveIsTriedAgainByAll) {  // ST-19
  // Process 0 alone writes; the others must hear of the last attempt, which is a joint operation.
  class FullDisk : public SystemCallHook {
   public:
    Decision before(SystemCall call, const std::string& path) override {
      const bool hit = call == SystemCall::write && path.find("latest") != std::string::npos && ++saves_ <= 3;
      return {.error = hit ? ENOSPC : 0};
    }

   private:
    int saves_ = 0;
  };
  const RunConfig config = small_config(folder_.file("run"));
  const auto statuses = in_processes(2, [&](const WorkerPlace& place) {
    const auto communicator = connect(place, 10);
    FullDisk hook;
    const ScopedSystemCallHook scope(hook);
    Trainer(config, fake_models(), small_data(), *communicator).run();
    communicator->barrier();
  });
  EXPECT_EQ(statuses, std::vector<int>({0, 0}));
  EXPECT_EQ(load_checkpoint(folder_.file("run") + "/checkpoints/latest").progress.at("epoch").as_int(), 3);
}

TEST_F(DataParallel, LossesThatAreNoMeansAreRefused) {
  const auto statuses = in_processes(2, [&](const WorkerPlace& place) {
    const auto communicator = connect(place, 30);
    RunConfig config = small_config(folder_.file("rmse"));
    config.loss = parse_yaml("energy: {loss: rmse}", "loss");
    const Error error = error_of([&] { Trainer(config, fake_models(), small_data(), *communicator); });
    require(std::string(error.what()).find("rmse") != std::string::npos, "test: wrong message '{}'", error.what());
    communicator->barrier();
  });
  EXPECT_EQ(statuses, std::vector<int>({0, 0}));
}

}  // namespace
}  // namespace spinel::train
