#include <execinfo.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "tests/support/cuda/cuda_runtime.h"
#if __has_feature(address_sanitizer)
#include <sanitizer/common_interface_defs.h>
#endif

namespace cuda_emulation {
namespace {

constexpr size_t kStack = 256 << 10;
constexpr unsigned kWarp = 32;

[[noreturn]] void give_up(const char* why, const char* what) {
  std::fprintf(stderr, "emulated CUDA: %s (%s); block %u, thread %u\n", why, what, blockIdx.x, threadIdx.x);
  std::abort();
}

// Device memory: whole pages, the end of each piece at the end of a page, and a page without access behind it.

struct Piece {
  char* pages;
  size_t bytes, asked;
};
std::map<void*, Piece> pieces;
int accesses = 0;

size_t page_size() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }
void protect(const Piece& piece) {
  mprotect(piece.pages, piece.bytes, accesses > 0 ? PROT_READ | PROT_WRITE : PROT_NONE);
}

/// Where threads meet: the last to arrive lets all go on.
struct Meeting {
  unsigned arrived = 0, generation = 0;
  const char* what = nullptr;
  uint64_t handed_in[kWarp] = {}, result[kWarp] = {};
};

/// The context of a thread, or of the loop that runs the threads. Entered once by ucontext, then by jumps, which are
/// a hundred times quicker as they leave the signal mask alone.
struct Context {
  jmp_buf registers;
  const void* stack = nullptr;
  size_t stack_size = 0;
  void* fake_stack = nullptr;  // of the address sanitizer
};

struct Fiber : Context {
  ucontext_t entry;
  std::unique_ptr<char[]> memory{new char[kStack]};
  bool started = false, finished = false;
  const unsigned* generation = nullptr;  // what it waits for to change
  unsigned waits_at = 0;
  bool is_ready() const { return !finished && (generation == nullptr || *generation != waits_at); }
};

struct Machine {
  std::vector<std::unique_ptr<Fiber>> fibers;
  Context loop;
  Fiber* running = nullptr;
  const std::function<void()>* body = nullptr;
  Meeting warps[1024 / kWarp], block;
  std::mt19937 random{1};
} machine;

void before_switch([[maybe_unused]] Context& from, [[maybe_unused]] const Context& to) {
#if __has_feature(address_sanitizer)
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack, to.stack_size);
#endif
}
void after_switch([[maybe_unused]] Context& here, [[maybe_unused]] Context* before) {
#if __has_feature(address_sanitizer)
  __sanitizer_finish_switch_fiber(here.fake_stack, before ? &before->stack : nullptr,
                                  before ? &before->stack_size : nullptr);
#endif
}

[[gnu::noinline]] void to_loop() {
  Fiber& fiber = *machine.running;
  before_switch(fiber, machine.loop);
  if (_setjmp(fiber.registers) == 0) _longjmp(machine.loop.registers, 1);
  after_switch(*machine.running, nullptr);
}

void fiber_main() {
  after_switch(*machine.running, &machine.loop);
  while (true) {
    (*machine.body)();
    machine.running->finished = true;
    to_loop();
  }
}

[[gnu::noinline]] void enter(Fiber& fiber) {
  machine.running = &fiber;
  before_switch(machine.loop, fiber);
  if (_setjmp(machine.loop.registers) == 0) {
    if (fiber.started) _longjmp(fiber.registers, 1);
    fiber.started = true;
    setcontext(&fiber.entry);
  }
  after_switch(machine.loop, nullptr);
}

/// Says which thread reached for what, then lets the signal end the program.
void tell_fault(int signal, siginfo_t* info, void*) {
  std::fprintf(stderr, "emulated CUDA: signal %d at %p; device memory is %s; block %u, thread %u\n", signal,
               info->si_addr, accesses > 0 ? "open" : "closed", blockIdx.x, threadIdx.x);
  void* calls[32];
  backtrace_symbols_fd(calls, backtrace(calls, 32), 2);
  ::signal(signal, SIG_DFL);
}

void prepare(unsigned threads) {
  while (machine.fibers.size() < threads) {
    auto fiber = std::make_unique<Fiber>();
    getcontext(&fiber->entry);
    fiber->stack = fiber->memory.get();
    fiber->stack_size = kStack;
    fiber->entry.uc_stack.ss_sp = fiber->memory.get();
    fiber->entry.uc_stack.ss_size = kStack;
    makecontext(&fiber->entry, fiber_main, 0);
    machine.fibers.push_back(std::move(fiber));
  }
}

std::vector<unsigned> shuffled(unsigned count) {
  std::vector<unsigned> order(count);
  std::iota(order.begin(), order.end(), 0u);
  std::shuffle(order.begin(), order.end(), machine.random);
  return order;
}

void run_block(unsigned threads) {
  for (Meeting& meeting : machine.warps) meeting.arrived = 0;
  machine.block.arrived = 0;
  for (unsigned t = 0; t < threads; ++t) machine.fibers[t]->finished = false, machine.fibers[t]->generation = nullptr;
  const std::vector<unsigned> order = shuffled(threads);
  for (unsigned left = threads; left > 0;) {
    bool moved = false;
    for (const unsigned t : order) {
      Fiber& fiber = *machine.fibers[t];
      if (!fiber.is_ready()) continue;
      moved = true;
      fiber.generation = nullptr;
      threadIdx = t;
      enter(fiber);
      left -= fiber.finished;
    }
    if (moved) continue;
    for (unsigned w = 0; w * kWarp < threads; ++w) {
      unsigned ended = 0;
      for (unsigned t = w * kWarp; t < std::min(threads, (w + 1) * kWarp); ++t) ended += machine.fibers[t]->finished;
      const Meeting& meeting = machine.warps[w];
      std::fprintf(stderr, "warp %u: %u ended, %u at %s\n", w, ended, meeting.arrived, meeting.what);
    }
    give_up("threads wait for others of their warp or block that have ended or wait elsewhere", "");
  }
}

void meet(Meeting& meeting, unsigned size, const char* what) {
  if (meeting.arrived == 0) meeting.what = what;
  if (meeting.what != what && std::strcmp(meeting.what, what) != 0) give_up("threads meet at different places", what);
  if (++meeting.arrived == size) {
    std::memcpy(meeting.result, meeting.handed_in, sizeof meeting.result);
    meeting.arrived = 0;
    ++meeting.generation;
    return;
  }
  const dim3 thread = threadIdx;
  machine.running->generation = &meeting.generation;
  machine.running->waits_at = meeting.generation;
  to_loop();
  threadIdx = thread;
}

}  // namespace

void run_grid(unsigned blocks, unsigned threads, const std::function<void()>& body) {
  prepare(threads);
  machine.body = &body;
  gridDim = blocks;
  blockDim = threads;
  for (const unsigned block : shuffled(blocks)) {
    blockIdx = block;
    run_block(threads);
  }
}

const uint64_t* exchange(uint64_t value, const char* what) {
  const unsigned warp = threadIdx.x / kWarp;
  Meeting& meeting = machine.warps[warp];
  meeting.handed_in[threadIdx.x % kWarp] = value;
  meet(meeting, std::min(kWarp, blockDim.x - warp * kWarp), what);
  return meeting.result;
}

void block_barrier() { meet(machine.block, blockDim.x, "syncthreads"); }

void* allocate(size_t bytes) {
#if !__has_feature(address_sanitizer)
  struct sigaction action {};
  action.sa_sigaction = tell_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, nullptr);
#endif
  const size_t page = page_size(), aligned = (bytes + 15) / 16 * 16, whole = (aligned + page - 1) / page * page;
  void* const pages = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) give_up("no memory", "mmap");
  std::memset(pages, 0xcb, whole);
  mprotect(static_cast<char*>(pages) + whole, page, PROT_NONE);
  void* const memory = static_cast<char*>(pages) + whole - aligned;
  protect(pieces[memory] = {static_cast<char*>(pages), whole, bytes});
  return memory;
}

void release(void* memory) {
  const auto piece = pieces.find(memory);
  munmap(piece->second.pages, piece->second.bytes + page_size());
  pieces.erase(piece);
}

size_t used_memory() {
  size_t sum = 0;
  for (const auto& [memory, piece] : pieces) sum += piece.asked;
  return sum;
}

DeviceAccess::DeviceAccess() {
  if (++accesses > 1) return;
  for (const auto& [memory, piece] : pieces) protect(piece);
}
DeviceAccess::~DeviceAccess() {
  if (--accesses > 0) return;
  for (const auto& [memory, piece] : pieces) protect(piece);
}

}  // namespace cuda_emulation
