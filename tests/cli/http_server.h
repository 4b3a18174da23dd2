// A small HTTP server for tests: one thread, one connection at a time, answers made by the test.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "spinel/base/error.h"
#include "spinel/base/format.h"
#include "spinel/base/platform/socket.h"

namespace spinel {

class HttpServer {
 public:
  /// `answer` turns a path ("/a.npz") into the whole response; it runs in the server's thread.
  explicit HttpServer(std::function<std::string(const std::string& path)> answer)
      : answer_(std::move(answer)), thread_([this] { serve(); }) {}
  ~HttpServer() {
    TcpSocket::connect("127.0.0.1", listener_.port()).send("GET /quit HTTP/1.1\r\n\r\n");
    thread_.join();
  }
  std::string url(const std::string& path) const { return format("http://127.0.0.1:{}{}", listener_.port(), path); }

 private:
  void serve() {
    for (;;) {
      TcpSocket client = listener_.accept();
      try {
        std::string request;
        std::byte piece[1024];
        while (request.find("\r\n\r\n") == std::string::npos) {
          const size_t size = client.receive(piece);
          if (size == 0) break;
          request.append(reinterpret_cast<const char*>(piece), size);
        }
        const size_t begin = request.find(' ') + 1;
        const std::string path = request.substr(begin, request.find(' ', begin) - begin);
        if (path == "/quit") return;
        client.send(answer_(path));
        client.finish_sending();
      } catch (const Error&) {
        // The client has gone.
      }
    }
  }

  TcpListener listener_;
  std::function<std::string(const std::string&)> answer_;
  std::thread thread_;
};

inline std::string http_response(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers +
         format("Content-Length: {}\r\n\r\n", body.size()) + body;
}

}  // namespace spinel
