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

bool has_input(PGconn* connection, std::chrono::milliseconds patience) {
  pollfd socket{PQsocket(connection), POLLIN, 0};
  return poll(&socket, 1, static_cast<int>(patience.count())) > 0;
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

// PQexec would wait for ever for a server that says nothing more.
void subscribe(PGconn* connection, const std::string& channel, std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + patience;
  if (PQsendQuery(connection, ("LISTEN " + channel).c_str()) != 1) {
    fail(connection, "PQsendQuery");
  }
  while (PQisBusy(connection) == 1) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    if (left.count() <= 0 || !has_input(connection, left)) {
      throw StoreError(StoreFailure::unavailable, "LISTEN: the database does not answer");
    }
    if (PQconsumeInput(connection) != 1) {
      fail(connection, "PQconsumeInput");
    }
  }
  while (PGresult* const raw = PQgetResult(connection)) {
    const Result result(raw, "LISTEN");
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
      fail(connection, "LISTEN");
    }
  }
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
  subscribe(connection.get(), channel_, options_.connect_timeout);
  back_off.succeeded();
  heard_();
  while (!stopping_) {
    if (!has_input(connection.get(), look_up)) {
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
