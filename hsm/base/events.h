// SPDX-License-Identifier: Apache-2.0
// THE table of what the log tells: an event without a row does not compile. docs/log.md is generated from it (`quintet
// log describe`).
#pragma once

#include "hsm/base/row_of.h"

#include <spdlog/common.h>

#include <array>
#include <string_view>

namespace base {

struct EventRow {
  std::string_view name;
  spdlog::level::level_enum level;  // unless the line is told at another one, of which `what` speaks
  std::string_view what;            // what happened, in Markdown
  std::string_view remedy;          // what an operator does; empty: nothing
};

namespace table {
using enum spdlog::level::level_enum;

// table: by what they are about, in the order of a server's life
inline constexpr auto events = std::to_array<EventRow>({
    // The process.
    {"server_started", info, "freeDiameter listens and takes requests", ""},
    {"server_stopped", info, "it ended; answers counted by command, and the requests that got none", ""},
    {"cannot_start", critical, "the reason is told ([operations.md](operations.md))", "as it says"},
    {"threads_hang", critical,
     "threads that answer have given no sign of life for `silent_s`; systemd ends the process and starts it again",
     "report it, with the lines before"},
    {"stop_failed", err, "a fault of the server at its end", "report it"},
    {"stock_freediameter", warn, "the stock library is loaded, which any peer can end",
     "`deploy/freediameter/install`"},
    {"realms_not_served", warn, "`diameter.realms` needs our library, and another one is loaded",
     "`deploy/freediameter/install`"},
    {"secure_heap_not_locked", warn, "keys may be swapped out", "raise RLIMIT_MEMLOCK"},
    {"log_lines_held_back", warn, "more causes at once than are told apart", "look at what makes up names"},
    {"freediameter", info,
     "a line of freeDiameter's own, at its own level; what it takes for an error is mostly a peer's mistake",
     "look at the peer"},

    // Peers and messages.
    {"peer_refused", warn,
     "a host connected that no rule permits, or with the certificate of another (`reason`); limited by the address it "
     "came from",
     "`diameter.permit`"},
    {"tls_file_ends", warn, "a certificate of ours, a CA or the CRL ends soon or has ended; told once a day",
     "a new file: it is taken without a restart"},
    {"tls_files_taken", info, "files of TLS have changed and hold for the connections that begin from now on", ""},
    {"tls_files_refused", warn, "files of TLS have changed, or ended, and will not do; those before stay in use",
     "the file that the `error` names"},
    {"tls_key_open_to_others", warn, "everybody can read the key of the certificate", "mode 0600"},
    {"peer_connected", info, "a connection began", ""},
    {"peer_disconnects", info, "a peer says good-bye; `from` is the address, unless the connection has gone already",
     ""},
    {"peer_not_connected", info, "a connection ended or failed, with the `reason`", ""},
    {"message_not_parsed", info,
     "octets that are no Diameter message (warning), or one that is no first message; the connection is closed. "
     "`command` is what it claims to be",
     "look at the peer"},
    {"message_dropped", info,
     "freeDiameter has thrown a message away, with `peer` (of an answer: who asked), `command` and `reason`; mostly an "
     "answer whose peer has gone; limited by all three",
     ""},
    {"message_refused", debug, "freeDiameter's own words for what `request_refused` tells", ""},
    {"message_not_routed", debug, "the same, where no route is found", ""},
    {"message_requeued", debug, "a message takes another way", ""},
    {"request_refused", warn,
     "an answer left with an error: `command`, `result` (Result-Code) or `experimental` (Experimental-Result, level "
     "info), `impi` and `impu` as they were asked, the `peer`, the `origin` if it is another, the `reason`, "
     "`failed_avp`; limited by command, code, AVP, `peer` and, if it may ask, `origin`",
     "3003: `diameter.realms`. 5003: `diameter.permit`; of a UAR also a user who is barred, suspended or has "
     "`may_register = false`, the `reason` tells. 5001 (experimental): provisioning, or a CSCF that asks for what is "
     "not ours. 3004, 5012: another line tells what failed. Others: the peer's mistake"},
    {"refusal_not_logged", err, "memory ran out while such a line was written", "report it"},
    {"request_not_handled", err,
     "memory ran out, or a fault of the server, before a request reached its procedure (5012)", "report it"},
    {"answer_not_built", err, "the same, when its answer was made (5012)", "report it"},
    {"answer_not_queued", err, "the same, when it was queued; it left all the same", "report it"},
    {"request_not_answered", err,
     "not even a bare 5012 fits into a message beside what the request wants back (Session-Id, Proxy-Info)",
     "look at who sends such requests"},
    {"request_dropped", warn, "an outage, and no answer, as `diameter.peer` has it for that host", "end the outage"},
    {"request_abandoned", info,
     "a request was not served, or its answer not sent, because its connection had gone (with the hardened "
     "freeDiameter only)",
     "a peer that often does that: its time-outs"},
    {"requests_too_old", warn,
     "a worker was held up (database, token or load) and requests reached `diameter.max_age_ms`; they got the busy "
     "answer",
     "another line tells what failed"},
    {"work_dropped", err, "memory ran out, or a fault of the server; what was worked on is answered 5012", "report it"},

    // The database.
    {"database_connected", info, "a connection is open, at first or again", ""},
    {"start_without_database", err,
     "the database is away, and requests get the busy answer (UAR and LIR 5012, SAR and MAR 3004, unless "
     "`diameter.peer` has another or none, [peers.md](peers.md))",
     "start it"},
    {"not_connected_yet", debug, "a worker could not connect when it began; its first request tries again",
     "nothing, unless `start_without_database` follows"},
    {"rollback_failed", debug, "the database did not take a ROLLBACK, mostly because the connection has gone",
     "the database's log"},
    {"batch_failed", warn, "a batch failed because of one of its members and is tried again in halves",
     "the database's log"},
    {"store_failed", err,
     "the database did not do what it was asked to; the error is its own, `at` the place in our source",
     "the database's log"},
    {"row_held", warn,
     "somebody keeps that row locked, and as many requests wait for it as may; further ones get the busy answer at "
     "once",
     "end the transaction that holds it (`pg_locks`, `pg_stat_activity`)"},
    {"requests_not_forgotten", err, "old requests were not cleared away", "the database's log"},

    // Pushes.
    {"push_given_up", err,
     "an RTR or PPR has not arrived and is not tried again, with `push`, `command`, `cause`, `host` and `reason`; "
     "limited by "
     "the host. Of an RTR the registration counts as ended all the same",
     "look at the S-CSCF; `quintet push list`, `quintet push retry`; `diameter.peer` where it does not take PPR"},
    {"push_not_built", err, "memory ran out, or a fault of the server, when an RTR or PPR was made; it is tried again",
     "report it"},
    {"not_listening", warn,
     "the connection over which the database tells of changes is lost; they are looked for every half a second",
     "the database's log"},

    // The token.
    {"token_opened", info, "it is in use", ""},
    {"token_open_failed", err, "it cannot be opened; the reason is told (repeated at level debug)",
     "the file, PIN or label that it names; it is tried again by itself"},
    {"start_without_token", err,
     "it cannot be used at the start; MAR that need it get 5012, or what `diameter.peer` has",
     "the file, PIN or label that it names; it is tried again by itself"},
    {"token_not_ready", err, "the same, later", "the file, PIN or label that it names; it is tried again by itself"},
    {"token_refresh", info, "it is opened again as planned", ""},
    {"token_lost", err, "its device does not answer; keys that it has cached are served", "the token"},
    {"token_closed", err, "it failed and was closed; it is opened again by itself", "the token"},
    {"token_sessions_lost", warn, "its sessions have gone, and are opened again", "the token"},
    {"token_failed", err, "it did not do what it was asked to; of one key: `of=`",
     "the token; provisioning of that key"},
    {"token_stalled", err, "a call does not come back; of one session: `session=`", "the token"},
    {"token_answers_again", warn, "a call that was late came back", ""},
    {"token_holds_its_thread", critical, "a call does not come back while the server stops: the process ends at once",
     "the token"},
    {"pin_file_open_to_others", warn, "others can read the PIN", "mode 0600"},
    {"pin_tries_low", warn, "a wrong PIN was tried before", "the right PIN, before the token locks itself"},

    // Sequence numbers and subscribers.
    {"resynchronisation", info, "a card sent AUTS, told by the `peer` and limited by it and the `result`",
     "`quintet sqn show`; of a `result` that refuses, look at the peer"},
    {"sqn_refused", err, "a SEQ is at its ceiling, or the domain is not served", "`quintet sqn show`"},
    {"sqn_returned", warn, "a card came back as it was armed to", ""},
    {"sqn_burst_refused", warn, "the `peer` has taken many numbers of one card; limited by the peer",
     "look at the peer; `sqn.burst`"},
    {"sqn_policy_differs", warn, "nodes on one database are configured differently", "the same `[sqn]` everywhere"},
    {"sqn_witness_missing", warn, "`sqn.witness` names no file", "name one"},
    {"seq_lead_raised", warn, "the database may have gone back: all numbers leap", "find out why"},
    {"seq_lead_far", err, "some cards leap by more than half of Delta", "`quintet sqn show`"},
    {"credential_without_fingerprint", err, "its number state is not known yet", "`quintet keys fingerprint`"},
    {"server_names_differ", warn, "an S-CSCF gives itself two names",
     "one Server-Name in its configuration ([peers.md](peers.md))"},
    {"server_assignment", info, "an assignment that an operator may want to know of, with a `note`", "provisioning"},
    {"user_data_too_long", err, "a profile that no message can hold", "take filter criteria or identities out"},
});
}  // namespace table

using Event = RowOf<table::events>;
consteval Event event(std::string_view name) { return Event(name); }

}  // namespace base
