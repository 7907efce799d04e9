// SPDX-License-Identifier: Apache-2.0
// libpq's own time-out is one for each address and knows whole seconds only; here each address has its share of one
// deadline.
#include "hss/pg/connect.h"

#include "hss/pg/options.h"
#include "hss/store_error.h"

#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hss::pg {
namespace {

using Clock = std::chrono::steady_clock;

// Empty members are left to libpq.
struct Endpoint {
  std::string host;
  std::string address;
  std::string port;
};

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using ConninfoOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

// A text that libpq cannot parse is the operator's to mend; it may hold a password and is not repeated.
ConninfoOptions parsed(const std::string& conninfo) {
  char* why = nullptr;
  ConninfoOptions options(PQconninfoParse(conninfo.c_str(), &why));
  PQfreemem(why);
  if (!options) {
    throw StoreError(StoreFailure::config, "database.conninfo is neither keywords nor a URI that libpq understands");
  }
  return options;
}

std::string value_in(const PQconninfoOption* options, std::string_view keyword) {
  for (; options != nullptr && options->keyword != nullptr; ++options) {
    if (options->keyword == keyword) {
      return options->val == nullptr ? std::string() : std::string(options->val);
    }
  }
  return {};
}

// Elements of a list of libpq's: separated by commas, and empty ones count.
std::vector<std::string> elements(const std::string& list) {
  std::vector<std::string> out(1);
  for (const char c : list) {
    if (c == ',') {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

// Numeric addresses of a name; none when there is nothing to look up or it is not found, which libpq then reports.
std::vector<std::string> addresses_of(const Endpoint& endpoint) {
  const bool is_socket = endpoint.host.empty() || endpoint.host.front() == '/' || endpoint.host.front() == '@';
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (is_socket || !endpoint.address.empty() || getaddrinfo(endpoint.host.c_str(), nullptr, &hints, &found) != 0) {
    return {};
  }
  std::vector<std::string> out;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    std::string text(NI_MAXHOST, '\0');
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), NI_MAXHOST, nullptr, 0, NI_NUMERICHOST) == 0) {
      text.resize(text.find('\0'));
      out.push_back(text);
    }
  }
  freeaddrinfo(found);
  return out;
}

// The host list of the conninfo, else of the environment (PGHOST and its like). One entry without anything: a service
// file or libpq's defaults say where.
std::vector<Endpoint> hosts_of(const std::string& conninfo) {
  const ConninfoOptions own = parsed(conninfo);
  const ConninfoOptions inherited(value_in(own.get(), "service").empty() ? PQconndefaults() : nullptr);
  const auto list = [&](std::string_view keyword) {
    const std::string mine = value_in(own.get(), keyword);
    return elements(mine.empty() ? value_in(inherited.get(), keyword) : mine);
  };
  const auto hosts = list("host");
  const auto addresses = list("hostaddr");
  const auto ports = list("port");
  std::vector<Endpoint> out(std::max(hosts.size(), addresses.size()));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].host = i < hosts.size() ? hosts[i] : std::string();
    out[i].address = i < addresses.size() ? addresses[i] : std::string();
    out[i].port = ports.size() == 1 ? ports.front() : i < ports.size() ? ports[i] : std::string();
  }
  return out;
}

std::vector<Endpoint> endpoints_of(const std::string& conninfo) {
  std::vector<Endpoint> out;
  for (Endpoint& host : hosts_of(conninfo)) {
    const auto addresses = addresses_of(host);
    for (const std::string& address : addresses) {
      out.push_back({host.host, address, host.port});
    }
    if (addresses.empty()) {
      out.push_back(std::move(host));
    }
  }
  return out;
}

struct Keywords {
  std::vector<const char*> names;
  std::vector<const char*> values;
  void add(const char* name, const std::string& value) {
    names.push_back(name);
    values.push_back(value.c_str());
  }
  void end() {
    names.push_back(nullptr);
    values.push_back(nullptr);
  }
};

// What the operator's conninfo says wins over the defaults before it; where to connect to comes last.
ConnectionHandle start(const Options& options, const Endpoint& endpoint) {
  const auto user_timeout = std::to_string(options.statement_timeout.count() + 1000);
  const std::string name = "quintet";
  const std::string encoding = "UTF8";
  const std::string primary = "read-write";
  const std::string idle = "10";
  const std::string interval = "3";
  Keywords keywords;
  keywords.add("application_name", name);
  keywords.add("client_encoding", encoding);
  keywords.add("target_session_attrs", primary);
  keywords.add("tcp_user_timeout", user_timeout);
  keywords.add("keepalives_idle", idle);
  keywords.add("keepalives_interval", interval);
  keywords.add("keepalives_count", interval);
  keywords.add("dbname", options.conninfo);
  if (!endpoint.host.empty() || !endpoint.address.empty()) {
    keywords.add("host", endpoint.host);
    keywords.add("hostaddr", endpoint.address);
    keywords.add("port", endpoint.port);
  }
  keywords.end();
  return ConnectionHandle(PQconnectStartParams(keywords.names.data(), keywords.values.data(), 1));
}

// Waits until the socket can do what the handshake needs next. False: not before the deadline.
bool wait_for(PGconn* connection, PostgresPollingStatusType wanted, Clock::time_point deadline) {
  pollfd socket{PQsocket(connection), static_cast<short>(wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
      return false;
    }
    if (poll(&socket, 1, static_cast<int>(left)) > 0) {
      return true;
    }
  }
}

// Empty when it is open; otherwise why not.
std::string finish(PGconn* connection, Clock::time_point deadline) {
  if (connection == nullptr) {
    return "no memory";
  }
  auto status = PGRES_POLLING_WRITING;  // as libpq wants it taken before the first poll
  while (PQstatus(connection) != CONNECTION_BAD && status != PGRES_POLLING_OK) {
    if (!wait_for(connection, status, deadline)) {
      return "no answer in time";
    }
    status = PQconnectPoll(connection);
    if (status == PGRES_POLLING_FAILED) {
      break;
    }
  }
  return PQstatus(connection) == CONNECTION_OK ? std::string() : one_line(PQerrorMessage(connection));
}

}  // namespace

std::string one_line(const char* message) {
  std::string out(message == nullptr ? "" : message);
  constexpr std::size_t longest = 512;  // PostgreSQL may quote what it was given
  out.resize(std::min(out.size(), longest));
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  while (!out.empty() && out.back() == ' ') {
    out.pop_back();
  }
  return out;
}

ConnectionHandle connect(const Options& options, Clock::time_point deadline) {
  const auto endpoints = endpoints_of(options.conninfo);
  std::string why;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto share = (deadline - Clock::now()) / static_cast<std::ptrdiff_t>(endpoints.size() - i);
    ConnectionHandle connection = start(options, endpoints[i]);
    const std::string failed = finish(connection.get(), Clock::now() + share);
    if (failed.empty()) {
      return connection;
    }
    const Endpoint& tried = endpoints[i];
    why += (why.empty() ? "" : "; ") + (tried.address.empty() ? tried.host : tried.address) + ": " + failed;
  }
  throw StoreError(StoreFailure::unavailable, "connecting to the database: " + why);
}

}  // namespace hss::pg
