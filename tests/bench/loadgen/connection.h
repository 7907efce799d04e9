// SPDX-License-Identifier: Apache-2.0
// One Diameter connection of the load generator: TCP without blocking, capabilities, watchdog, disconnect.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../lib/cx.h"
#include "settings.h"
#include "tls.h"

namespace bench {

class Connection;

class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;
  // An answer other than those of the connection's own upkeep. May throw ProtocolError.
  virtual void answered(Connection& connection, const Header& header, Bytes message, std::uint64_t received_ns) = 0;
};

class Connection {
 public:
  enum class State : std::uint8_t { down, connecting, greeting, open, leaving };

  // `tag` is what epoll returns for this connection.
  Connection(Target target, Names names, int epoll, std::uint64_t tag);
  ~Connection();
  Connection(const Connection&) = delete;  // a copy would close the socket under the original
  Connection& operator=(const Connection&) = delete;

  void start();                                                    // down → connecting
  void on_event(std::uint32_t events, ConnectionObserver& owner);  // what epoll reported
  void flush();                                                    // writes what out() holds
  void leave();                                                    // open → leaving, with DPR
  void close();

  void acknowledge_at_once() { quick_ack_ = true; }
  void protect_with(const TlsContext& context) { tls_ = &context; }  // before start(); it must live as long

  Buffer& out() { return out_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] std::uint64_t tag() const { return tag_; }
  [[nodiscard]] const Names& names() const { return names_; }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }  // why it went down last

 private:
  void connected();
  [[nodiscard]] ssize_t receive();
  [[nodiscard]] ssize_t send_some();
  void read_some(ConnectionObserver& owner);
  void take(std::size_t octets, ConnectionObserver& owner);
  void handle(Bytes message, std::uint64_t received_ns, ConnectionObserver& owner);
  void handle_request(const Header& header);
  void watch_for(std::uint32_t events);
  void fail(const std::string& why);

  Target target_;
  Names names_;
  int epoll_;
  std::uint64_t tag_;
  bool quick_ack_ = false;
  const TlsContext* tls_ = nullptr;
  std::optional<TlsSession> session_;
  int fd_ = -1;
  std::uint32_t watched_ = 0;
  State state_ = State::down;
  Buffer in_;
  std::size_t in_used_ = 0;
  Buffer out_;
  std::size_t out_written_ = 0;
  std::string trouble_;
};

}  // namespace bench
