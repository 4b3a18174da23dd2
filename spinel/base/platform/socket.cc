#include "spinel/base/platform/socket.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

#include "spinel/base/error.h"

namespace spinel {
namespace {

#ifdef _WIN32
using Native = SOCKET;
/// Winsock must be started once in each process.
void start_network() {
  static const int error = [] {
    WSADATA data;
    return WSAStartup(MAKEWORD(2, 2), &data);
  }();
  if (error) fail(ErrorKind::unavailable, "network: it cannot be started: error {}", error);
}
int last_error() { return WSAGetLastError(); }
constexpr int interrupted = WSAEINTR, timed_out = WSAETIMEDOUT, would_block = WSAEWOULDBLOCK;
constexpr int send_flags = 0, socket_flags = 0;
#else
using Native = int;
void start_network() {}
int last_error() { return errno; }
constexpr int interrupted = EINTR, timed_out = ETIMEDOUT, would_block = EAGAIN;
// A peer that has gone away must give an error, not SIGPIPE.
constexpr int send_flags = MSG_NOSIGNAL, socket_flags = SOCK_CLOEXEC;
#endif

Native native_socket(const SocketHandle& handle) { return static_cast<Native>(handle.value()); }

[[noreturn]] void fail_socket(std::string_view peer, std::string_view doing, int error) {
  const bool late = error == timed_out || error == would_block;
  const std::string text = late ? "the time limit has passed" : std::system_category().message(error);
  fail(ErrorKind::unavailable, "{}: cannot {}: {}", peer, doing, text);
}

template <typename T>
void set_option(const SocketHandle& handle, int level, int name, const T& value) {
  setsockopt(native_socket(handle), level, name, reinterpret_cast<const char*>(&value), sizeof value);
}

void set_time_limit(const SocketHandle& handle, double seconds) {
#ifdef _WIN32
  const DWORD limit = static_cast<DWORD>(seconds * 1000);
#else
  timeval limit{};
  limit.tv_sec = static_cast<time_t>(seconds);
  limit.tv_usec = static_cast<suseconds_t>((seconds - static_cast<double>(limit.tv_sec)) * 1e6);
#endif
  set_option(handle, SOL_SOCKET, SO_RCVTIMEO, limit);
  set_option(handle, SOL_SOCKET, SO_SNDTIMEO, limit);
}

using Addresses = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

Addresses resolve(const std::string& host, uint16_t port, int flags) {
  start_network();
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), format("{}", port).c_str(), &wanted, &found);
  if (error) fail(ErrorKind::not_found, "{}: the name has no address: {}", host, gai_strerror(error));
  return {found, [](addrinfo* list) { freeaddrinfo(list); }};
}

std::string address_text(const sockaddr* address, socklen_t size) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (getnameinfo(address, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV)) return "peer";
  return address->sa_family == AF_INET6 ? format("[{}]:{}", host, port) : format("{}:{}", host, port);
}

SocketHandle open_socket(const addrinfo& address) {
  return SocketHandle(
      static_cast<int64_t>(socket(address.ai_family, address.ai_socktype | socket_flags, address.ai_protocol)));
}

int piece(size_t size) { return static_cast<int>(std::min<size_t>(size, std::numeric_limits<int>::max())); }

}  // namespace

SocketHandle::SocketHandle(SocketHandle&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
SocketHandle& SocketHandle::operator=(SocketHandle&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}
SocketHandle::~SocketHandle() { close(); }
void SocketHandle::close() {
  if (value_ < 0) return;
#ifdef _WIN32
  closesocket(native_socket(*this));
#else
  ::close(native_socket(*this));
#endif
  value_ = -1;
}

TcpSocket::TcpSocket(SocketHandle handle, std::string peer) : handle_(std::move(handle)), peer_(std::move(peer)) {
  // Small messages go out at once instead of waiting for more (Nagle's algorithm).
  set_option(handle_, IPPROTO_TCP, TCP_NODELAY, int{1});
}

TcpSocket TcpSocket::connect(const std::string& host, uint16_t port, double timeout_seconds) {
  const Addresses addresses = resolve(host, port, 0);
  int error = 0;
  for (const addrinfo* address = addresses.get(); address; address = address->ai_next) {
    SocketHandle handle = open_socket(*address);
    if (!handle.is_open()) {
      error = last_error();
      continue;
    }
    set_time_limit(handle, timeout_seconds);  // on Linux it also limits the connecting
    if (::connect(native_socket(handle), address->ai_addr, static_cast<socklen_t>(address->ai_addrlen)) == 0) {
      return TcpSocket(std::move(handle), address_text(address->ai_addr, static_cast<socklen_t>(address->ai_addrlen)));
    }
    error = last_error();
#ifndef _WIN32
    if (error == EINPROGRESS) error = timed_out;  // how Linux tells that the limit has passed
#endif
  }
  fail_socket(format("{}:{}", host, port), "connect", error);
}

void TcpSocket::send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto sent =
        ::send(native_socket(handle_), reinterpret_cast<const char*>(bytes.data()), piece(bytes.size()), send_flags);
    if (sent >= 0) bytes = bytes.subspan(static_cast<size_t>(sent));
    else if (last_error() != interrupted) fail_socket(peer_, "send", last_error());
  }
}

void TcpSocket::send(std::string_view text) { send(std::as_bytes(std::span(text))); }

size_t TcpSocket::receive(std::span<std::byte> buffer) {
  for (;;) {
    const auto received = recv(native_socket(handle_), reinterpret_cast<char*>(buffer.data()), piece(buffer.size()), 0);
    if (received >= 0) return static_cast<size_t>(received);
    if (last_error() != interrupted) fail_socket(peer_, "receive", last_error());
  }
}

void TcpSocket::receive_all(std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    const size_t received = receive(buffer);
    if (received == 0) {
      fail(ErrorKind::unavailable, "{}: the connection ended with {} bytes still to come", peer_, buffer.size());
    }
    buffer = buffer.subspan(received);
  }
}

void TcpSocket::finish_sending() { shutdown(native_socket(handle_), 1 /* SHUT_WR, SD_SEND */); }
void TcpSocket::set_timeout(double seconds) { set_time_limit(handle_, seconds); }

TcpListener::TcpListener(const std::string& address, uint16_t port) : address_(address) {
  const Addresses addresses = resolve(address, port, AI_PASSIVE);
  const addrinfo& first = *addresses;
  handle_ = open_socket(first);
  const auto check = [&](bool worked, std::string_view doing) {
    if (!worked) fail_socket(format("{}:{}", address_, port), doing, last_error());
  };
  check(handle_.is_open(), "open a socket");
#ifndef _WIN32
  // After a restart the port may still be held by connections that are dying. (Windows means something else by it.)
  set_option(handle_, SOL_SOCKET, SO_REUSEADDR, int{1});
#endif
  check(bind(native_socket(handle_), first.ai_addr, static_cast<socklen_t>(first.ai_addrlen)) == 0, "listen");
  check(listen(native_socket(handle_), SOMAXCONN) == 0, "listen");
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  check(getsockname(native_socket(handle_), reinterpret_cast<sockaddr*>(&bound), &size) == 0, "read the port");
  port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(bound).sin6_port
                                            : reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

TcpSocket TcpListener::accept() {
  for (;;) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    SocketHandle handle(
        static_cast<int64_t>(::accept(native_socket(handle_), reinterpret_cast<sockaddr*>(&peer), &size)));
    if (handle.is_open()) return TcpSocket(std::move(handle), address_text(reinterpret_cast<sockaddr*>(&peer), size));
    if (last_error() != interrupted) fail_socket(format("{}:{}", address_, port_), "accept", last_error());
  }
}

}  // namespace spinel
