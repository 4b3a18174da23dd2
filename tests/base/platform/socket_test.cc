#include "spinel/base/platform/socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "spinel/base/error.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using ::testing::HasSubstr;

std::span<std::byte> bytes_of(std::string& text) { return std::as_writable_bytes(std::span(text)); }

TEST(TcpSocket, CarriesBytesBothWays) {
  TcpListener listener;
  std::thread server([&] {
    TcpSocket client = listener.accept();
    std::string request(5, '?');
    client.receive_all(bytes_of(request));
    client.send(request + " back");
  });
  TcpSocket socket = TcpSocket::connect("127.0.0.1", listener.port());
  EXPECT_EQ(socket.peer(), format("127.0.0.1:{}", listener.port()));
  socket.send("hello");
  socket.finish_sending();
  std::string answer(10, '?');
  socket.receive_all(bytes_of(answer));
  EXPECT_EQ(answer, "hello back");
  EXPECT_EQ(socket.receive(bytes_of(answer)), 0u);
  EXPECT_THAT(error_of([&] { socket.receive_all(bytes_of(answer)); }).what(), HasSubstr("10 bytes still to come"));
  server.join();
}

TEST(TcpSocket, LargeMessagesArriveWhole) {
  TcpListener listener;
  const std::string sent(8 << 20, 'x');
  std::thread server([&] { listener.accept().send(sent); });
  TcpSocket socket = TcpSocket::connect("localhost", listener.port());
  std::string received(sent.size(), '?');
  socket.receive_all(bytes_of(received));
  EXPECT_TRUE(received == sent);
  server.join();
}

TEST(TcpSocket, APeerThatHasGoneIsAnErrorNotASignal) {
  TcpListener listener;
  TcpSocket socket = TcpSocket::connect("127.0.0.1", listener.port());
  { const TcpSocket gone = listener.accept(); }
  const Error error = error_of([&] {
    for (int i = 0; i < 1000; ++i) socket.send(std::string(65536, 'x'));
  });
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_THAT(error.what(), HasSubstr("cannot send"));
}

TEST(TcpSocket, TimeLimitsEndTheWaiting) {
  TcpListener listener;
  TcpSocket socket = TcpSocket::connect("127.0.0.1", listener.port());
  socket.set_timeout(0.05);
  std::string buffer(1, '?');
  const Error error = error_of([&] { socket.receive(bytes_of(buffer)); });
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_THAT(error.what(), HasSubstr("the time limit has passed"));
}

TEST(TcpSocket, RefusedAndUnknownPeersAreTold) {
  uint16_t closed_port = 0;
  { closed_port = TcpListener().port(); }
  const Error refused = error_of([&] { TcpSocket::connect("127.0.0.1", closed_port); });
  EXPECT_EQ(refused.kind(), ErrorKind::unavailable);
  EXPECT_THAT(refused.what(), HasSubstr(format("127.0.0.1:{}: cannot connect", closed_port)));
  EXPECT_EQ(error_of([] { TcpSocket::connect("no such host", 1); }).kind(), ErrorKind::not_found);
}

TEST(TcpListener, APortInUseIsUnavailable) {
  const TcpListener first;
  const Error error = error_of([&] { TcpListener second("127.0.0.1", first.port()); });
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_THAT(error.what(), HasSubstr("cannot listen"));
}

}  // namespace
}  // namespace spinel
