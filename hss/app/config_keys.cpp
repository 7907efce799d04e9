// SPDX-License-Identifier: Apache-2.0
// The table of configuration keys.
#include "hss/app/config_keys.h"

#include "hss/app/config_peers.h"
#include "hss/app/config_permits.h"
#include "hss/app/config_values.h"

#include <algorithm>
#include <iterator>

namespace hss::app {
namespace {

// Members as functions: database<&DatabaseConfig::batch>.
// clang-format off
template <auto member> auto& log(Config& config) { return config.log.*member; }
template <auto member> auto& database(Config& config) { return config.database.*member; }
template <auto member> auto& token(Config& config) { return config.token.*member; }
template <auto member> auto& sqn(Config& config) { return config.sqn.*member; }
template <auto member> auto& policy(Config& config) { return config.sqn.policy.*member; }
template <auto member> auto& authentication(Config& config) { return config.authentication.*member; }
template <auto member> auto& registration(Config& config) { return config.registration.*member; }
template <auto member> auto& zh(Config& config) { return config.zh.*member; }
template <auto member> auto& push(Config& config) { return config.push.*member; }
template <auto member> auto& diameter(Config& config) { return config.diameter.*member; }
template <auto member> auto& tls(Config& config) { return config.diameter.tls.*member; }
// clang-format on
std::chrono::milliseconds& token_timeout(Config& config) { return config.token_timeout; }

std::string same_word(std::string_view word) { return std::string(word); }
auc::Profile profile_word(std::string_view word) { return auc::profile_of(word).value(); }

constexpr bool required = true;
constexpr bool optional = false;
constexpr std::uint64_t ten_minutes = 600'000;

// One function for each section of the file, and what is below it.
// clang-format off
std::vector<ConfigKey> log_keys() {
  return {
    {"log", "level", optional, choice(log<&LogConfig::level>, {"trace", "debug", "info", "warn", "error"}, standard().log.level, same_word),
     "Least important events that are written. No level writes keys or vectors."},
    {"log", "file", optional, path(log<&LogConfig::file>, "path", Empty::allowed),
     "Where the log goes; empty: standard error."},
  };
}

std::vector<ConfigKey> database_keys() {
  return {
    {"database", "conninfo", required, text(database<&DatabaseConfig::conninfo>, "libpq connection string"),
     "How to reach PostgreSQL; several hosts are tried in order. Better a service or a password file than a password here."},
    {"database", "connections", optional, number(database<&DatabaseConfig::connections>, 1, 64),
     "Workers for MAR, for UAR and LIR, and for SAR, so many for each, and each with a connection of its own; two more are for what waits for rows that somebody else holds."},
    {"database", "batch", optional, number(database<&DatabaseConfig::batch>, 1, 256),
     "Most requests that share one transaction; a SAR counts for each of its identities and contacts."},
    {"database", "statement_timeout_ms", optional, number(database<&DatabaseConfig::statement_timeout>, 10, ten_minutes),
     "A statement that takes longer fails."},
    {"database", "lock_timeout_ms", optional, number(database<&DatabaseConfig::lock_timeout>, 10, ten_minutes),
     "A table lock that takes longer fails. Rows that somebody else holds are not waited for."},
    {"database", "connect_timeout_ms", optional, number(database<&DatabaseConfig::connect_timeout>, 100, ten_minutes),
     "An attempt to connect that takes longer fails, all hosts and addresses together."},
  };
}

std::vector<ConfigKey> token_keys() {
  using hsm::TokenConfig;
  return {
    {"token", "module", required, text(token<&TokenConfig::module>, "path of a shared library"),
     "The PKCS#11 module; a name without a slash is looked up by the dynamic linker."},
    {"token", "label", required, text(token<&TokenConfig::label>, "string"),
     "Label of the token; it must fit exactly one."},
    {"token", "serial", optional, text(token<&TokenConfig::serial>, "string", Empty::allowed),
     "Serial number of the token, when the label alone fits several; empty: any."},
    {"token", "pin_file", required, path(token<&TokenConfig::pin_file>, "path, or credential:NAME"),
     "File whose first line is the PIN; credential:NAME is the file NAME in $CREDENTIALS_DIRECTORY (systemd)."},
    {"token", "use_final_try", optional, flag(token<&TokenConfig::use_final_try>),
     "Try the PIN although the token says that one more wrong PIN locks it. Without, the server waits until that is over."},
    {"token", "kek_label", optional, text(token<&TokenConfig::kek_label>, "string"),
     "Label of the key-encryption keys; their CKA_ID is the KEK's id as two octets."},
    {"token", "data_key_label", optional, text(token<&TokenConfig::data_key_label>, "string"),
     "Label of the keys that protect OPc; their CKA_ID is the data key's id as two octets."},
    {"token", "wrap_mechanism", optional, choice(token<&TokenConfig::wrap_mechanism>, {"aes-key-wrap", "aes-key-wrap-kwp", "aes-key-wrap-pad", "aes-cbc-pad"},
                                                 standard().token.wrap_mechanism, same_word),
     "How subscriber keys are wrapped under the KEK; aes-key-wrap is RFC 3394."},
    {"token", "private_keys", optional, flag(token<&TokenConfig::private_keys>),
     "Unwrapped keys are CKA_PRIVATE. With false SoftHSM is faster, and keeps K in clear in the memory of this process."},
    {"token", "sessions", optional, number(token<&TokenConfig::sessions>, 1, hsm::most_sessions),
     "Threads that use the token, two sessions each: as many calls as a network token works on at once. 1 for SoftHSM, which does one at a time."},
    {"token", "cache", optional, number(token<&TokenConfig::cache>, 1, 1'000'000),
     "Unwrapped keys that the token keeps for all sessions, least recently used out; about 8 kB each on SoftHSM."},
    {"token", "refresh_after", optional, number(token<&TokenConfig::refresh_after>, 0, 1'000'000'000),
     "Destroyed keys after which the module is initialised again (SoftHSM loses 256 octets with each); 0: never."},
    {"token", "retry_min_ms", optional, number(token<&TokenConfig::retry_min>, 10, ten_minutes),
     "Pause after the first failed attempt to open a lost token; doubled with each further one."},
    {"token", "retry_max_ms", optional, number(token<&TokenConfig::retry_max>, 10, ten_minutes),
     "Longest pause between two attempts."},
    {"token", "timeout_ms", optional, number(token_timeout, 10, ten_minutes),
     "What a token call keeps waiting for longer is answered by the watchdog."},
  };
}

std::vector<ConfigKey> sqn_keys() {
  using auc::Domain;
  return {
    {"sqn", "profile", optional, choice(policy<&auc::SqnPolicy::profile>, {"counter", "partly_time", "time"},
                                        auc::name(standard().sqn.policy.profile), profile_word),
     "How SEQ is generated (TS 33.102 C.3). The same in every process on one database."},
    {"sqn", "ind_bits", optional, number(policy<&auc::SqnPolicy::ind_bits>, 0, 8),
     "Length of IND in bits, as the cards have it; 5 is the standard's example. The database keeps to the one of its first number."},
    {"sqn", "lead_jump", optional, number(sqn<&SqnConfig::lead_jump>, 1, auc::seq_delta / 2 - 1),
     "Added to every SEQ when the database may have lost commits (another incarnation of it than before); below half of Delta."},
    {"sqn", "burst", optional, number(sqn<&SqnConfig::burst>, 0, 1'000'000'000),
     "Numbers of one card that a peer may take at once, so that none can run it out of reach; 0: any."},
    {"sqn", "refill_per_s", optional, number(sqn<&SqnConfig::refill>, 1, 1000),
     "How many more it may take every second."},
    {"sqn", "witness", optional, path(sqn<&SqnConfig::witness>, "path", Empty::allowed),
     "File in which this node remembers the highest lead, so that a database that was put back cannot lead it back; empty: lead in $STATE_DIRECTORY (systemd), or none, with a warning."},
    {"sqn", "resync_limit", optional, number(sqn<&SqnConfig::resync_limit>, 1, 1'000'000),
     "Authentic AUTS accepted for a credential within the window."},
    {"sqn", "resync_window_s", optional, number(sqn<&SqnConfig::resync_window>, 1, 86'400),
     "Length of that window in seconds."},

    {"sqn.ranges", "ps", optional, index_range(Domain::ps), "IND values for packet service (SGSN)."},
    {"sqn.ranges", "cs", optional, index_range(Domain::cs), "IND values for circuit service (VLR)."},
    {"sqn.ranges", "ims", optional, index_range(Domain::ims), "IND values for IMS (S-CSCF)."},
    {"sqn.ranges", "eps", optional, index_range(Domain::eps), "IND values for EPS (MME)."},
    {"sqn.ranges", "wlan", optional, index_range(Domain::wlan), "IND values for WLAN and other non-3GPP access (AAA)."},
    {"sqn.ranges", "gba", optional, index_range(Domain::gba), "IND values for GBA (BSF)."},
  };
}

std::vector<ConfigKey> authentication_keys() {
  using auc::Domain;
  return {
    {"authentication", "max_items", optional, number(authentication<&AuthenticationConfig::max_items>, 1, 32),
     "Most vectors in one answer, whatever SIP-Number-Auth-Items asks for."},
    {"authentication", "accept_unknown_scheme", optional, flag(authentication<&AuthenticationConfig::accept_unknown_scheme>),
     "Also serve users of AKA and GIBA when a request says \"Unknown\" (TS 29.228 6.3.1 serves SIP Digest and NASS-Bundled)."},

    {"authentication.amf", "ps", optional, amf(Domain::ps), "AMF of vectors for packet service."},
    {"authentication.amf", "cs", optional, amf(Domain::cs), "AMF of vectors for circuit service."},
    {"authentication.amf", "ims", optional, amf(Domain::ims), "AMF of vectors for IMS; without the separation bit (8000)."},
    {"authentication.amf", "eps", optional, amf(Domain::eps), "AMF of vectors for EPS; with the separation bit."},
    {"authentication.amf", "wlan", optional, amf(Domain::wlan), "AMF of vectors for WLAN."},
    {"authentication.amf", "gba", optional, amf(Domain::gba), "AMF of vectors for GBA; without the separation bit."},
  };
}

std::vector<ConfigKey> registration_keys() {
  return {
    {"registration", "keep_server_name", optional, flag(registration<&RegistrationConfig::keep_server_name>),
     "Keep the S-CSCF of a user who deregisters, when the S-CSCF asks for that; otherwise it is told that it is not kept."},
    {"registration", "profiles", optional, number(registration<&RegistrationConfig::profiles>, 1, 1'000'000),
     "Rendered service profiles that each worker keeps, least recently used out."},
    {"registration", "pending_max_age_s", optional, number(registration<&RegistrationConfig::pending_max_age>, 1, 86'400),
     "Seconds after which an authentication counts as pending no longer, though its S-CSCF has told no end of it; the name of the S-CSCF stays. The same in every process on one database."},
  };
}

std::vector<ConfigKey> zh_keys() {
  return {
    {"zh", "guss_namespace", optional, name_space(zh<&ZhConfig::guss_namespace>),
     "XML name space of GBA-UserSecSettings, as the BSF has it; empty: none."},
  };
}

std::vector<ConfigKey> push_keys() {
  return {
    {"push", "timeout_ms", optional, number(push<&PushConfig::timeout>, 100, 60'000),
     "How long an S-CSCF may take to answer an RTR or a PPR; then it is sent again. No other node sends it for three times as long."},
    {"push", "window", optional, number(push<&PushConfig::window>, 1, 10'000),
     "RTR and PPR on their way to one S-CSCF at a time."},
    {"push", "rate", optional, number(push<&PushConfig::rate>, 1, 100'000),
     "Most RTR and PPR a second to one S-CSCF, of each node; so that a profile that many share makes no storm."},
    {"push", "give_up_s", optional, number(push<&PushConfig::give_up>, 1, 604'800),
     "Seconds after which a push that has not arrived is not tried again. Of an RTR the registration then counts as ended."},
    {"push", "keep_s", optional, number(push<&PushConfig::keep>, 0, 31'536'000),
     "Seconds for which pushes that ended can be looked at (quintet push list)."},
    {"push", "sweep_s", optional, number(push<&PushConfig::sweep>, 10, 604'800),
     "Seconds after which it is looked again whether any S-CSCF lacks what changed."},
  };
}

std::vector<ConfigKey> diameter_keys() {
  return {
    {"diameter", "listen", optional, list(diameter<&DiameterConfig::listen>, "array of IP addresses", address_fault),
     "Addresses to listen on; empty: as freeDiameter is configured, which leaves loopback out."},
    {"diameter", "insecure", optional, flag(diameter<&DiameterConfig::insecure>),
     "Allow other addresses than loopback without TLS (diameter.tls), although CK and IK travel there."},
    {"diameter", "permit", optional, permits_value(),
     "Who may ask what: peer is an Origin-Host, commands are names like Cx:UAR, or Cx:* for all of an application; of Cx the bare name does, UAR (all of Cx and nothing of any other application, if left out); realms are values of Origin-Realm (the server's own realm, if left out). Without any table, hosts of the server's own realm may ask everything of Cx and nothing of any other application: each of those has to be permitted by name. A host that no table names is refused when it connects (3010), unless freeDiameter's own configuration names it (ConnectPeer); a request that none permits, with 5003. What an agent relays is judged by its Origin-Host and Origin-Realm, not by the agent."},
    {"diameter", "agents", optional, list(diameter<&DiameterConfig::agents>, "array of names, * for any labels", pattern_fault),
     "Peers that may connect and relay requests of other hosts, if those may ask them."},
    {"diameter", "peer", optional, peers_value(),
     "What the CSCFs of one maker need; docs/peers.md tells which. peer is an Origin-Host, the first table that matches counts. busy = \"3004\", \"5012\" or \"none\" (no answer: the request is dropped and counted) is said to all requests that an outage keeps from being served, or to some, busy = { UAR = \"none\", MAR = \"3004\" }; left out, UAR and LIR are told 5012, MAR and SAR 3004, and 5012 when an operator has to act. server_name_first = true: a UAA of a first registration names a single preferred S-CSCF in Server-Name instead of Server-Capabilities. user_authorization_type_2 = \"registration\": a UAR of REGISTRATION_AND_CAPABILITIES is answered like one of REGISTRATION (\"capabilities\" is the standard's). user_data_always = true: User-Data comes whatever User-Data-Already-Available says. user_data_extensions = \"rel7\" or \"none\" spares an old parser newer elements (\"full\"). pushes = \"none\": changes are not pushed to an S-CSCF that takes no PPR (\"ppr\"), but given at the next registration; \"rtr-instead\": its users have to register anew. An RTR goes to each. push_timeout_is_done = true: no answer to an RTR or PPR means that it was carried out."},
    {"diameter", "realms", optional, list(diameter<&DiameterConfig::realms>, "array of realm names", realm_fault),
     "Further realms that this server serves besides its own: values of Destination-Realm that it answers for. Who may ask is a matter of permit. They need the freeDiameter of deploy/freediameter; a request for any other realm is answered 3003."},
    {"diameter", "queue", optional, number(diameter<&DiameterConfig::queue>, 1, 1'000'000),
     "Requests that may wait; when all places are taken, the newest of the connection that has the most waiting is told of an outage (diameter.peer). A SAR counts for each of its identities and contacts, a long request for each 2,048 octets."},
    {"diameter", "max_age_ms", optional, number(diameter<&DiameterConfig::max_age>, 10, 60'000),
     "A request that is older is told of an outage (diameter.peer), whatever it waits for."},

    {"diameter.tls", "port", optional, number(tls<&TlsConfig::port>, 1, 65'535),
     "Port for Diameter over TLS, on the addresses of diameter.listen."},
    {"diameter.tls", "certificate", optional, path(tls<&TlsConfig::certificate>, "path", Empty::allowed),
     "PEM file: the server's certificate, which is for its Identity, and behind it those that lead to a CA of its peers; empty: no TLS."},
    {"diameter.tls", "key", optional, path(tls<&TlsConfig::key>, "path, or credential:NAME", Empty::allowed),
     "PEM file: the private key of the certificate, without a password, for the server's user alone; credential:NAME is the file NAME in $CREDENTIALS_DIRECTORY (systemd)."},
    {"diameter.tls", "ca", optional, path(tls<&TlsConfig::ca>, "path", Empty::allowed),
     "PEM file: the CAs by which certificates of peers are judged, and no others. Whoever they sign for a name may connect as the host of that name."},
    {"diameter.tls", "crl", optional, path(tls<&TlsConfig::crl>, "path", Empty::allowed),
     "PEM file: what each of those CAs has revoked; empty: nothing is. It has to be renewed before its next update is due: behind that, no peer is let in."},
    {"diameter.tls", "warn_days", optional, number(tls<&TlsConfig::warn>, 0, 365),
     "Days before the end of a certificate or of the CRL from which on the log and quintet check warn of it."},
  };
}

// clang-format on
std::vector<ConfigKey> make_keys() {
  std::vector<ConfigKey> all;
  for (const auto section : {log_keys, database_keys, token_keys, sqn_keys, authentication_keys, registration_keys,
                             zh_keys, push_keys, diameter_keys}) {
    std::ranges::move(section(), std::back_inserter(all));
  }
  return all;
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys = make_keys();
  return keys;
}

}  // namespace hss::app
