// SPDX-License-Identifier: Apache-2.0
// Socket handling and the base protocol's own exchanges of one connection.
#include "connection.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "../lib/clock.h"
#include "../lib/options.h"

namespace bench {
namespace {

constexpr std::size_t read_size = 256 * 1024;
constexpr std::uint32_t own_hop_by_hop = 1;  // for CER and DPR; requests use far larger numbers
constexpr std::uint32_t result_success = 2001;

sockaddr_in address_of(const Target& target) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  if (inet_pton(AF_INET, target.host.c_str(), &address.sin_addr) != 1) {
    throw UsageError("'" + target.host + "' is not an IPv4 address");
  }
  return address;
}

void set_option(int fd, int option) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, option, &on, sizeof on);
}

}  // namespace

Connection::Connection(Target target, Names names, int epoll, std::uint64_t tag)
    : target_(std::move(target)), names_(std::move(names)), epoll_(epoll), tag_(tag), in_(2 * read_size) {}

Connection::~Connection() { close(); }

void Connection::start() {
  const sockaddr_in address = address_of(target_);
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return fail("no socket");
  set_option(fd_, TCP_NODELAY);
  state_ = State::connecting;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);  // the sockets interface wants it so
  if (connect(fd_, generic, sizeof address) != 0 && errno != EINPROGRESS) return fail(std::strerror(errno));
  watch_for(EPOLLOUT);
}

void Connection::watch_for(std::uint32_t events) {
  if (watched_ == events) return;
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag_;
  epoll_ctl(epoll_, watched_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd_, &event);
  watched_ = events;
}

void Connection::close() {
  session_.reset();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  watched_ = 0;
  in_used_ = 0;
  out_.clear();
  out_written_ = 0;
  state_ = State::down;
}

void Connection::fail(const std::string& why) {
  trouble_ = why;
  close();
}

void Connection::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(std::strerror(error));
  state_ = State::greeting;
  if (tls_ != nullptr) session_.emplace(*tls_, fd_);
  write_cer(out_, names_, {own_hop_by_hop, own_hop_by_hop});
  flush();
}

void Connection::on_event(std::uint32_t events, ConnectionObserver& owner) {
  if (state_ == State::connecting) return connected();
  try {
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_some(owner);
  } catch (const ProtocolError& error) {
    return fail(error.what());
  }
  if (state_ != State::down && (events & EPOLLOUT) != 0) flush();
}

ssize_t Connection::receive() {
  std::uint8_t* const place = in_.data() + in_used_;
  return session_ ? session_->receive(place, in_.size() - in_used_) : recv(fd_, place, in_.size() - in_used_, 0);
}

ssize_t Connection::send_some() {
  const std::uint8_t* const rest = out_.data() + out_written_;
  const std::size_t size = out_.size() - out_written_;
  return session_ ? session_->send(rest, size) : send(fd_, rest, size, MSG_NOSIGNAL);
}

// A session is read until it has nothing: what it holds already, epoll does not tell of.
void Connection::read_some(ConnectionObserver& owner) {
  do {
    const ssize_t got = receive();
    if (quick_ack_) set_option(fd_, TCP_QUICKACK);  // the kernel takes it back again and again
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (got <= 0) return fail(got == 0 ? "closed by the server" : std::strerror(errno));
    take(static_cast<std::size_t>(got), owner);
  } while (session_);
  if (session_ && out_written_ < out_.size()) flush();  // the handshake may have waited for what has come
}

void Connection::take(std::size_t octets, ConnectionObserver& owner) {
  const std::uint64_t received_ns = now_ns();
  in_used_ += octets;
  Bytes rest(in_.data(), in_used_);
  while (const auto size = message_size(rest)) {
    handle(rest.first(*size), received_ns, owner);
    if (state_ == State::down) return;
    rest = rest.subspan(*size);
  }
  std::copy(rest.begin(), rest.end(), in_.begin());
  in_used_ = rest.size();
  if (in_used_ == in_.size()) in_.resize(2 * in_.size());
}

void Connection::handle(Bytes message, std::uint64_t received_ns, ConnectionObserver& owner) {
  const Header header = read_header(message);
  if ((header.flags & request_flag) != 0) return handle_request(header);
  if (header.hop_by_hop != own_hop_by_hop) return owner.answered(*this, header, message, received_ns);
  Answer answer{};
  read_answer(message, answer);
  if (header.command == command::disconnect) return close();
  if (answer.result != result_success) return fail("CER was answered " + std::to_string(answer.result));
  state_ = State::open;
}

void Connection::handle_request(const Header& header) {
  if (header.command != command::watchdog && header.command != command::disconnect) return;
  write_base_answer(out_, names_, header);
  flush();
  if (header.command == command::disconnect && state_ == State::open) state_ = State::leaving;
}

void Connection::flush() {
  while (out_written_ < out_.size()) {
    const ssize_t sent = send_some();
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN)
      return watch_for(session_ && state_ == State::greeting ? EPOLLIN : EPOLLIN | EPOLLOUT);
    if (sent < 0) return fail(std::strerror(errno));
    out_written_ += static_cast<std::size_t>(sent);
  }
  out_.clear();
  out_written_ = 0;
  watch_for(EPOLLIN);
}

void Connection::leave() {
  if (state_ != State::open) return;
  state_ = State::leaving;
  write_dpr(out_, names_, {own_hop_by_hop, own_hop_by_hop});
  flush();
}

}  // namespace bench
