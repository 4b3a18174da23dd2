// TCP connections: blocking, with time limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace spinel {

/// An operating system's socket, closed at the end.
class SocketHandle {
 public:
  explicit SocketHandle(int64_t value = -1) : value_(value) {}
  SocketHandle(SocketHandle&& other) noexcept;
  SocketHandle& operator=(SocketHandle&& other) noexcept;
  ~SocketHandle();
  int64_t value() const { return value_; }
  bool is_open() const { return value_ >= 0; }
  void close();

 private:
  int64_t value_;
};

/// One end of a connection. Every failure, also a time limit passed, is unavailable and names the peer.
class TcpSocket {
 public:
  /// Host name or address (IPv4, IPv6); all its addresses are tried. Unknown name: not_found.
  static TcpSocket connect(const std::string& host, uint16_t port, double timeout_seconds = 30);

  /// Sends everything.
  void send(std::span<const std::byte> bytes);
  void send(std::string_view text);
  /// What has arrived, at least one byte; 0: the peer has closed its side.
  size_t receive(std::span<std::byte> buffer);
  /// Fills the buffer; the end before that is an error.
  void receive_all(std::span<std::byte> buffer);
  /// The peer reads the end after what was sent; receiving goes on.
  void finish_sending();
  /// For each further send and receive; 0: none.
  void set_timeout(double seconds);
  /// "127.0.0.1:4711"
  const std::string& peer() const { return peer_; }

 private:
  friend class TcpListener;
  TcpSocket(SocketHandle handle, std::string peer);
  SocketHandle handle_;
  std::string peer_;
};

/// Waits for connections.
class TcpListener {
 public:
  /// Port 0: the system chooses a free one. A port in use or not allowed: unavailable.
  explicit TcpListener(const std::string& address = "127.0.0.1", uint16_t port = 0);
  uint16_t port() const { return port_; }
  TcpSocket accept();

 private:
  SocketHandle handle_;
  std::string address_;
  uint16_t port_ = 0;
};

}  // namespace spinel
