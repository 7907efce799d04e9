// SPDX-License-Identifier: Apache-2.0
// LISTEN, and waiting at the socket.
#include "hss/pg/listener.h"

#include "hsm/base/log.h"
#include "hss/pg/connect.h"
#include "hss/pg/result.h"
#include "hss/store_error.h"

#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>

#include <chrono>
#include <utility>

namespace hss::pg {
namespace {

constexpr std::chrono::milliseconds look_up{500};  // whether to stop

bool has_input(PGconn* connection) {
  pollfd socket{PQsocket(connection), POLLIN, 0};
  return poll(&socket, 1, static_cast<int>(look_up.count())) > 0;
}

bool take_notifications(PGconn* connection) {
  bool any = false;
  while (PGnotify* const notification = PQnotifies(connection)) {
    PQfreemem(notification);
    any = true;
  }
  return any;
}

[[noreturn]] void fail(PGconn* connection, const char* what) {
  throw StoreError(StoreFailure::unavailable, std::string(what) + ": " + one_line(PQerrorMessage(connection)));
}

}  // namespace

Listener::Listener(Options options, std::string channel, std::function<void()> heard)
    : options_(std::move(options)), channel_(std::move(channel)), heard_(std::move(heard)) {}

Listener::~Listener() { stop(); }

void Listener::start() {
  thread_ = std::thread([this] { run(); });
}

void Listener::stop() {
  stopping_ = true;
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Listener::listen(base::BackOff& back_off) {
  const auto connection = connect(options_, std::chrono::steady_clock::now() + options_.connect_timeout);
  const Result listening(PQexec(connection.get(), ("LISTEN " + channel_).c_str()), "LISTEN");
  if (PQresultStatus(listening.get()) != PGRES_COMMAND_OK) {
    fail(connection.get(), "LISTEN");
  }
  back_off.succeeded();
  heard_();
  while (!stopping_) {
    if (!has_input(connection.get())) {
      continue;
    }
    if (PQconsumeInput(connection.get()) != 1) {
      fail(connection.get(), "PQconsumeInput");
    }
    if (take_notifications(connection.get())) {
      heard_();
    }
  }
}

// Whoever waits for pushes looks by itself now and then: a connection that cannot be had only makes it later.
void Listener::run() {
  pthread_setname_np(pthread_self(), "quintet-listen");
  base::BackOff back_off(std::chrono::milliseconds(100), std::chrono::milliseconds(2000));
  while (!stopping_) {
    try {
      if (back_off.is_due()) {
        back_off.failed();
        listen(back_off);
      }
    } catch (const std::exception& error) {
      base::log(base::event("not_listening"), error.what(), "error=\"{}\"", error.what());
    }
    if (!stopping_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

}  // namespace hss::pg
