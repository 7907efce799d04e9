# SPDX-License-Identifier: Apache-2.0
"""Faults to plant in the server, a line or two each, and which tests must notice them."""

from dataclasses import dataclass

TABLE, BASE, PEERS = "test_multimedia_auth.py", "test_malformed.py", "test_peers.py"
BATCHES, USIM, START = "test_batches.py", "test_usim.py", "test_start.py"
HELD, AGED = "test_held_rows.py", "test_age_limit.py"
OPERATIONS, SCHEME_TESTS, REPLACED = "test_operations.py", "test_schemes.py", "test_replaced_server.py"
DECIDE, SCHEME = "hss/cx/multimedia_auth.cpp", "hss/cx/authentication_scheme.cpp"
ISSUE, SQN = "hss/issue.cpp", "auc/sqn.cpp"
CODEC, MAA = "diameter_ext/codec.cpp", "diameter_ext/cx/multimedia_auth_codec.cpp"
COMMON = "diameter_ext/cx/common.cpp"
BATCHING, CONNECTION, GATE = "hss/app/lane/batching.h", "hss/pg/connection.cpp", "hss/pg/gate.cpp"
PERMITS, FORMS = "hss/app/permits.cpp", "hss/text_forms.cpp"
TABLES = "diameter_ext/cx/application.cpp"


@dataclass(frozen=True)
class Fault:
    what: str
    file: str
    old: str
    new: str
    noticed_by: tuple  # a file and a selection of pytest -k

    def planted_in(self, text):
        """`text` with the fault in its only place."""
        if text.count(self.old) != 1:
            raise LookupError(f"{self.file} has {text.count(self.old)} places for \"{self.what}\" instead of one")
        return text.replace(self.old, self.new)


PROCEDURE = [
    Fault("who asked for Unknown learns nothing", SCHEME, "std::string(scheme_of(asked) == Scheme::unknown ? name(scheme) : asked)",
          "std::string(scheme == Scheme::unknown ? name(scheme) : asked)", (TABLE, "nknown")),
    Fault("a refusal at the ceiling leaves traces", ISSUE, "    credential.sqn = before.sqn;\n    credential.changed = before.changed;\n",
          "    static_cast<void>(before.changed);\n", (TABLE, "ceiling")),
    Fault("another code for an unknown user", "hss/outcome.h", '{Outcome::user_unknown, vendor_3gpp, 5001',
          '{Outcome::user_unknown, vendor_3gpp, 5003', (TABLE, "unknown")),
    Fault("an unknown user in Result-Code", "hss/outcome.h", "{Outcome::user_unknown, vendor_3gpp, 5001",
          "{Outcome::user_unknown, 0, 5001", (TABLE, "unknown")),
    Fault("service identities are authenticated", DECIDE, "if (!member.impu_is_distinct_pui) {", "if (false) {",
          (TABLE, "service or wildcarded")),
    Fault("not associated counts as unknown", DECIDE, "return Outcome::identities_dont_match;", "return Outcome::user_unknown;",
          (TABLE, "subscription or associated")),
    Fault("a scheme need not be provisioned", SCHEME, "return provisioned ? std::optional(asked) : std::nullopt;",
          "return provisioned || true ? std::optional(asked) : std::nullopt;", (TABLE, "scheme or Digest")),
    Fault("Unknown is always served", SCHEME, "return in_the_standard || unknown_for_all ?", "return !in_the_standard || unknown_for_all || in_the_standard ?",
          (TABLE, "strict")),
    Fault("an AUTS may be too long", DECIDE, "size() == rand_auts_octets ? Outcome::success",
          "size() >= rand_auts_octets ? Outcome::success", (TABLE, "octets")),
    Fault("any S-CSCF may resynchronise", DECIDE, "if (!subscription.reassignment_pending) {", "if (false) {",
          (TABLE, "another and S-CSCF")),
    Fault("a reassignment never ends", "hss/cx/server_change.cpp", "  subscription.reassignment_pending = false;\n", "", (TABLE, "reassignment")),
    Fault("only a new name makes authentication pending", DECIDE,
          "state == RegistrationState::registered ? is_another_name : waits_for_response(scheme)",
          "state == RegistrationState::registered ? is_another_name : waits_for_response(scheme) && is_another_name", (TABLE, "same")),
    Fault("a registered set becomes pending again", DECIDE,
          "state == RegistrationState::registered ? is_another_name : waits_for_response(scheme)",
          "is_another_name || waits_for_response(scheme)", (TABLE, "same")),
    Fault("the first name stays for ever", DECIDE, "same_server(*subscription.scscf_name, request.server_name)) {\n    return false;",
          "!subscription.scscf_name->empty()) {\n    return false;", (TABLE, "another")),
    Fault("names are compared to the letter", "hss/cx/server_name.cpp", "return canonical_impu(a) == canonical_impu(b)", "return a == b",
          (TABLE, "upper or lr")),
    Fault("what failed leaves traces", DECIDE, "if (decision.outcome != Outcome::success && member.impi_set != none) {",
          "if (false) {", (TABLE, "failed or forged or SEQ")),
    Fault("no item for 0 asked for", DECIDE, "std::clamp<std::uint32_t>(work.request->items, 1, policy.max_items)",
          "std::min<std::uint32_t>(work.request->items, policy.max_items)", (TABLE, "asked")),
    Fault("as many items as asked for", DECIDE, "std::clamp<std::uint32_t>(work.request->items, 1, policy.max_items)",
          "std::clamp<std::uint32_t>(work.request->items, 1, 32)", (TABLE, "asked")),
    Fault("resynchronisations have no limit", ISSUE, "if (credential.resync_count >= policy.resync_limit) {", "if (false) {",
          (TABLE, "limit")),
    Fault("the limit never opens again", ISSUE, "now - *credential.resync_since >= policy.resync_window", "false",
          (USIM, "limited")),
    Fault("forged AUTS count", ISSUE, "  if (!checked.sqn_ms) {\n    return ResyncNote::forged;",
          "  if (!checked.sqn_ms) {\n    within_resync_limit(credential, policy, now);\n    return ResyncNote::forged;",
          (USIM, "forged")),
    Fault("the host of an IMPU keeps its case", "hss/identity.cpp", "+ \"@\" + canonical_host(rest.substr(at + 1))",
          "+ \"@\" + std::string(rest.substr(at + 1))", (TABLE, "IMPU")),
    Fault("escapes are left alone", "hss/identity.cpp", "text[i] == '%'", "text[i] == '\\0'", (TABLE, "escapes")),
]

SCHEMES = [
    Fault("bundled schemes wait for the UE", "hss/cx/authentication_scheme.h", "  return scheme != Scheme::nass_bundled && scheme != Scheme::giba;\n}\n\n// Whether",
          "  return scheme != Scheme::unknown;\n}\n\n// Whether", (TABLE, "nothing and pending")),
    Fault("SIP-Authorization is taken with any scheme", DECIDE, "  if (scheme != Scheme::aka) {", "  if (scheme == Scheme::unsupported) {",
          (TABLE, "AUTS")),
    Fault("a missing secret is no matter of schemes", SCHEME, "data->digest ? Outcome::success : Outcome::auth_scheme_not_supported",
          "data->digest ? Outcome::success : Outcome::unable_to_comply", (TABLE, "behind")),
    Fault("a missing line is served", SCHEME, "data != nullptr && !data->lines.empty() ?", "data != nullptr ?", (TABLE, "behind")),
    Fault("a missing address is a missing scheme", SCHEME, "data->address ? Outcome::success : Outcome::unable_to_comply",
          "data->address ? Outcome::success : Outcome::auth_scheme_not_supported", (TABLE, "address")),
    Fault("H(A1) is bound to no identity", "hss/cx/digest.cpp", "std::array{std::string_view(\"sip-digest\"), impi, realm, name(algorithm)}",
          "std::array{std::string_view(\"sip-digest\"), impi.substr(impi.size()), realm, name(algorithm)}", (SCHEME_TESTS, "identity")),
    Fault("H(A1) is bound to no realm", "hss/cx/digest.cpp", "std::array{std::string_view(\"sip-digest\"), impi, realm, name(algorithm)}",
          "std::array{std::string_view(\"sip-digest\"), impi, realm.substr(realm.size()), name(algorithm)}", (TABLE, "realm")),
    Fault("H(A1) in upper case", "hss/cx/digest.cpp", '"0123456789abcdef"', '"0123456789ABCDEF"', (TABLE, "served")),
    Fault("SHA-256 is kept back", COMMON, "  if (digest.sha256) {", "  if (digest.sha256 && digest.realm.empty()) {", (TABLE, "served")),
    Fault("the digest's realm is forgotten", COMMON, "  group.text(avp(\"Digest-Realm\"), digest.realm);\n", "", (TABLE, "served")),
    Fault("lines lose their order", "hss/pg/cx/scheme_rows.cpp", '" ORDER BY r.n, l.position"', '" ORDER BY r.n, l.line"', (TABLE, "lines")),
    Fault("an IPv4 address as if it were of type Address", MAA, "std::span(address.octets).first(4)", "std::span(address.octets).first(6)",
          (TABLE, "Early")),
    Fault("a prefix keeps the bits of its host", "hss/pg/cx/scheme_rows.cpp", "out.is_ipv6 && bit < length * 8;", "out.is_ipv6 && bit > length * 8;",
          (TABLE, "address")),
    Fault("the interface identifier is forgotten", MAA, "  if (address.interface_id) {", "  if (false) {", (TABLE, "address")),
    Fault("every request locks its credential", "hss/cx/authentication_store.h", "return asked == Scheme::aka || asked == Scheme::unknown; }",
          "return asked != Scheme::unsupported; }", (SCHEME_TESTS, "waited")),
    Fault("nothing is served without a token", "hss/cx/authentication_scheme.h", "{ return asked != Scheme::nass_bundled && asked != Scheme::giba; }",
          "{ return asked != Scheme::unsupported; }", (SCHEME_TESTS, "token")),
]

PUSHES = [
    Fault("a replaced server is not told", DECIDE, "  rows.pushes = pushes_due(transaction, rows);\n",
          "  rows.pushes = pushes_due(transaction, rows);\n  rows.pushes.clear();\n",
          (TABLE, "told")),
    Fault("unregistered sets are listed", "hss/pg/outbox.cpp", "'wildcarded_pui'\"\n              \" WHERE t.subscription_id = ANY ($1::bigint[]) AND t.state = 'registered'\"",
          "'wildcarded_pui'\"\n              \" WHERE t.subscription_id = ANY ($1::bigint[])\"", (REPLACED, "all_members")),
    Fault("wildcards are listed", "hss/pg/outbox.cpp", "JOIN impu u ON u.set_id = t.id AND u.type <> 'wildcarded_pui'",
          "JOIN impu u ON u.set_id = t.id", (REPLACED, "all_members")),
    Fault("the User-Name is anybody's", "hss/pg/outbox.cpp", "JOIN impi_set p ON p.set_id = t.id AND p.registered", "JOIN impi_set p ON p.set_id = t.id",
          (REPLACED, "associated")),
]

NUMBERS = [
    Fault("MAC-S is not looked at", "auc/milenage.cpp",
          "if (!hsm::equal_in_constant_time(out.at(0).last<8>(), octets.last<8>())) return std::nullopt;", "", (TABLE, "forged")),
    Fault("half of MAC-S is looked at", "auc/milenage.cpp",
          "if (!hsm::equal_in_constant_time(out.at(0).last<8>(), octets.last<8>())) return std::nullopt;",
          "if (!hsm::equal_in_constant_time(out.at(0).last<8>().first<4>(), octets.last<8>().first<4>())) return std::nullopt;",
          (TABLE, "forged")),
    Fault("an AUTS moves SEQ down", SQN, "  if (next.seq > seq_ms) return next.seq - seq_ms <= seq_delta ? Resync::kept : Resync::refused;\n",
          "", (USIM, "replayed or behind")),
    Fault("a card far behind is served", SQN, "return next.seq - seq_ms <= seq_delta ? Resync::kept : Resync::refused;",
          "return Resync::kept;", (TABLE, "down")),
    Fault("Delta is one less", SQN, "next.seq - seq_ms <= seq_delta ?", "next.seq - seq_ms < seq_delta ?", (TABLE, "Delta")),
    Fault("one index for all", SQN, "return static_cast<std::uint8_t>(*last + 1);", "return range.low;", (USIM, "all_domains")),
    Fault("the last index of a range is left out", SQN, "*last >= range.high) return range.low;",
          "*last + 1 >= range.high) return range.low;", (TABLE, "IND")),
    Fault("SEQ may pass its ceiling", SQN, "if (next.seq > ceiling(policy)) return std::nullopt;", "", (TABLE, "SEQ")),
    Fault("RAND is not random", "hss/app/vector_task.cpp", "token.random(challenges[i].rand.octets);", "", (TABLE, "asked")),
    Fault("SEQ is not written", "hss/pg/credential_writes.cpp",
          "    if (row.rest_changed) {\n      whole.push_back(&row);\n    } else if (row.changed) {\n      numbers.push_back(&row);\n    }\n",
          "    static_cast<void>(row);\n", (TABLE, "asked")),
    Fault("resynchronisations are not counted in the database", "hss/pg/credential_writes.cpp",
          "[](const CredentialRow& row) { return Number{row.resync_count}; }", "[](const CredentialRow& /*row*/) { return Number{0}; }",
          (TABLE, "SEQ_MS")),
]

WIRE = [
    Fault("errors do not say whose they are", CODEC, "  if (!echo.public_identity.empty()) {", "  if (false) {", (TABLE, "unknown")),
    Fault("Failed-AVP is left out", "diameter_ext/codec.h", "    write_failed(writer, query, result);\n", "",
          (TABLE, "octets")),
    Fault("all items have one number", MAA, "++number", "number = 1", (TABLE, "asked")),
    Fault("the E flag is forgotten", CODEC, "if (result.code >= 3000 && result.code < 4000) {", "if (false) {", (BASE, "served")),
    Fault("the P flag is always set", CODEC, "    copy_proxiable_bit(query, answer.get());\n", "    static_cast<void>(&copy_proxiable_bit);\n", (BASE, "flag")),
    Fault("text is not checked", FORMS, "bool is_clean_utf8(std::string_view text) noexcept {\n",
          "bool is_clean_utf8(std::string_view text) noexcept {\n  if (!text.empty()) {\n    return true;\n  }\n", (BASE, "with")),
    Fault("bad text reaches the batch", FORMS, "bool is_clean_utf8(std::string_view text) noexcept {\n",
          "bool is_clean_utf8(std::string_view text) noexcept {\n  if (!text.empty()) {\n    return true;\n  }\n",
          (BATCHES, "bad_strings")),
    Fault("an empty text is taken", "diameter_ext/message.cpp", "if (!bytes || bytes->empty()) {", "if (!bytes) {", (BASE, "nothing")),
    Fault("a scheme need not be there", "diameter_ext/auth_item.cpp", "  if (into.scheme_name.empty()) {",
          "  if (into.scheme_name.empty() && into.authorization && into.authorization->empty()) {", (BASE, "scheme")),
    Fault("an IMPU need not be there", TABLES, "{ Public-Identity } { SIP-Auth-Data-Item }",
          "[ Public-Identity ] { SIP-Auth-Data-Item }", (BASE, "no")),
    Fault("an IMPU may be there twice", TABLES, "{ Public-Identity } { SIP-Auth-Data-Item }",
          "1*{ Public-Identity } { SIP-Auth-Data-Item }", (BASE, "two")),
    Fault("other commands get no answer", "diameter_ext/dispatch.cpp",
          "    send_now(encode_failure(style_of(application, application.repeat), request,\n                            {result::command_unsupported, nullptr, std::nullopt}));\n",
          "",
          (BASE, "served")),
    Fault("everybody speaks for everybody", PERMITS, "  if (!equal_no_case(origin.host, peer) && ",
          "  if (origin.host.empty() && peer.empty() && ",
          (BASE, "foreign")),
    Fault("no agent may relay", PERMITS, " && !matches_any(agents_, peer)) {", ") {", (PEERS, "agent")),
    Fault("every peer is accepted", PERMITS, "  return matches_any(agents_, host) || ", "  return !host.empty() || ", (PEERS, "stranger")),
    Fault("an agent may ask everything", PERMITS, "  return permitted ? nullptr", "  return permitted || matches_any(agents_, peer) ? nullptr",
          (PEERS, "relays")),
    Fault("every command is permitted", PERMITS, "permit.commands[index_of(command)]", "index_of(command) < command_count", (PEERS, "permitted")),
    Fault("every realm is permitted", PERMITS, " &&\n         matches_any(permit.realms, origin.realm);", ";", (PEERS, "permitted")),
    Fault("every refusal is logged", "hsm/base/log_limit.cpp", "    if (!found->bucket.take(now)) {", "    if (false) {",
          ("test_refusals.py", "flood")),
]

SERVICE = [
    Fault("a token that cannot be used costs numbers", "hss/app/token_thread.cpp",
          "  readiness_ = care_.readiness();\n  for (const auto& lane", "  for (const auto& lane", (START, "pin")),
    Fault("a missing database is the token's fault", "hss/app/server.cpp", "    if (!proved) {\n      return Outcome::too_busy;\n    }\n",
          "", (OPERATIONS, "without_its_database")),
    Fault("a batch fails as a whole", BATCHING, "if (!alone_may_succeed || batch.size() == 1) {", "if (!alone_may_succeed || !batch.empty()) {", (BATCHES, "poisonous")),
    Fault("an unavailable database means 5012", BATCHING,
          "return failure == StoreFailure::config ?", "return failure != StoreFailure::busy ?",
          (OPERATIONS, "stopped")),
    Fault("an unavailable database means unknown users", BATCHING, ": Outcome::too_busy;", ": Outcome::user_unknown;",
          (OPERATIONS, "stopped")),
    Fault("held numbers are waited for", "hss/pg/credential_rows.cpp", "ORDER BY s.id FOR NO KEY UPDATE OF s SKIP LOCKED",
          "ORDER BY s.id FOR NO KEY UPDATE OF s", (HELD, "retrying and numbers")),
    Fault("a held subscription is waited for", "hss/pg/cx/subscription_rows.cpp", "ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
          "ORDER BY id FOR NO KEY UPDATE", (HELD, "retrying and subscription")),
    Fault("what is held is unknown", "hss/cx/server_assignment/batch.cpp", "if (rows.members[i].held != 0) {", "if (false) {", (HELD, "unknown")),
    Fault("what is held is busy at once", "hss/app/lane/retry_queue.h", "    if (!waiting.place) {\n      return false;",
          "    if (waiting.tries == 0) {\n      return false;", (HELD, "moment")),
    Fault("a held row has no bound", "hss/app/lane/held_rows.cpp", "most_for_a_held_row = 8", "most_for_a_held_row = 4096", (HELD, "surplus")),
    Fault("the age limit waits for the worker", "hss/app/lane/overdue.cpp", "if (request->age() <= max_age_) {", "if (true) {",
          (AGED, "stopped")),
    Fault("each host has the whole time", "hss/pg/connect.cpp", "finish(connection.get(), Clock::now() + share)",
          "finish(connection.get(), Clock::now() + (share.count() == 0 ? share : options.connect_timeout))", (AGED, "one_time")),
    Fault("a lost connection is kept", CONNECTION, "void Connection::lost(const std::string& what) {\n  broken_ = true;",
          "void Connection::lost(const std::string& what) {", (OPERATIONS, "stopped")),
    Fault("commits may be asynchronous", GATE, '    connection_.execute("SET synchronous_commit = on");\n', "", (START, "asynchronous")),
    Fault("a forgetful database will do", GATE, '    if (row.take<std::string_view>() != "on") {', "    if (false) {",
          (START, "forgetful")),
    Fault("any schema will do", GATE, "  if (found != std::to_string(expected_schema_version())) {", "  if (false) {",
          (START, "schema_version")),
    Fault("any KEK will do", "hss/app/server.cpp", "token.expect(guard_store->kek_checks());", "token.expect({});", (START, "kek")),
    Fault("it listens anywhere", "diameter_ext/peers.cpp", "&& listens_beyond_loopback() && !config.insecure", "&& false",
          (START, "beyond")),
    Fault("ranges may overlap", SQN, "if (!other || other->high < range.low || range.high < other->low) continue;", "continue;",
          (START, "ranges")),
    Fault("unknown keys are ignored", "hss/app/config.cpp",
          '      findings.add(name, "unknown, allowed is " + known_in(prefix));', "", (START, "no_such_key")),
    Fault("SIGHUP ends it", "diameter_ext/extension.cpp", "  sigaction(SIGHUP, &action, nullptr);\n", "", (OPERATIONS, "signal")),
]

MAKERS = "test_other_makers.py"
PEER_SETTINGS, REGISTRATION, PEER_ROWS = "test_peer_settings.py", "test_registration.py", "hss/app/peers.cpp"
CSCFS = [
    Fault("the port does not matter", "hss/cx/server_name.cpp", " && one.port == other.port &&", " &&", (TABLE, "port")),
    Fault("a default port is a port", "hss/cx/server_name.cpp", "    out.port = {};\n", "", (TABLE, "default")),
    Fault("every parameter makes another name", "hss/cx/server_name.cpp", "(is_there || !leads_elsewhere(name))", "is_there", (TABLE, "lr")),
    Fault("members of one profile share an element", "hss/user_data/user_data.cpp", "return same_profile && a.alias_group && a.alias_group == b.alias_group;",
          "return same_profile;", (REGISTRATION, "elements")),
    Fault("aliases are parted", "hss/user_data/user_data.cpp", "return same_profile && a.alias_group && a.alias_group == b.alias_group;",
          "return same_profile && &a == &b;", (REGISTRATION, "elements")),
    Fault("AUTS beside the item is overlooked", MAA, "rand_auts_octets && !out.authorization) {", "rand_auts_octets && out.authorization) {", (TABLE, "beside")),
    Fault("AUTS beside the item counts more than that inside", MAA, "rand_auts_octets && !out.authorization) {", "rand_auts_octets) {",
          (TABLE, "beside")),
    Fault("anything beside the item is an AUTS", MAA, "octets && octets->size() == hss::rand_auts_octets && ", "octets && ", (TABLE, "beside")),
    Fault("P-CSCF restoration need not be offered", "hss/cx/server_assignment/server_assignment.cpp",
          "return request.p_cscf_restoration && (request.features.offered & feature::p_cscf_restoration) != 0;",
          "return request.p_cscf_restoration;", (REGISTRATION, "offer")),
    Fault("one address of a P-CSCF at most", TABLES, "*[ PCSCF-IP-Address ]", "[ PCSCF-IP-Address ]",
          ("test_malformed_registration.py", "PCSCF")),
    Fault("Digest-MD5 is SIP Digest", "hss/cx/messages.cpp", '    {"SIP_DIGEST", Scheme::sip_digest},', '    {"Digest-MD5", Scheme::sip_digest},',
          (TABLE, "values or SIP_DIGEST")),
    Fault("every peer is told the same of an outage", "hss/app/server.cpp", "outage_answers(peer, Command::command));", "OutageAnswers{});",
          (PEER_SETTINGS, "told")),
    Fault("what is dropped is kept", "hss/app/lane/pending.h", "const auto reply = claim();",
          "const std::shared_ptr<Reply<Answer>> reply(claim().release(), [](auto* /*kept*/) {});",
          (PEER_SETTINGS, "behind")),
    Fault("a token that is closed is the subscriber's fault", "hss/app/server.cpp", "Outcome::success : Outcome::out_of_service",
          "Outcome::success : Outcome::unable_to_comply", (PEER_SETTINGS, "gone")),
    Fault("a token that fails is the subscriber's fault", "hss/app/token_thread.cpp",
          "error.kind() == hsm::Kind::key ? Outcome::unable_to_comply : Outcome::out_of_service", "Outcome::unable_to_comply",
          (PEER_SETTINGS, "gone")),
    Fault("type 2 stays type 2", "hss/app/cx/adapt.cpp", "    request.type = AuthorizationType::registration;\n", "", (PEER_SETTINGS, "type_2")),
    Fault("several preferred servers, and the first is named", "hss/cx/user_authorization.cpp", "preferred.size() == 1", "!preferred.empty()",
          (PEER_SETTINGS, "preferred")),
    Fault("two names pass in silence", "hss/app/cx/assignment_service.cpp",
          "    report_two_names(ServerAssignment::command, *requests[i], decisions[i].other_name);\n", "",
          (PEER_SETTINGS, "two_names")),
    Fault("OpenSIPS' AUTS is overlooked", MAA, "rand_auts_octets && !out.authorization) {", "rand_auts_octets && out.authorization) {", (MAKERS, "AUTS")),
    Fault("a single vector has no number", "diameter_ext/auth_item.cpp", '  item.u32(avp("SIP-Item-Number"), number);\n',
          '  if (number > 1) item.u32(avp("SIP-Item-Number"), number);\n', (MAKERS, "MAR and not SIP_DIGEST")),
    Fault("Oracle's scheme is none", "hss/cx/messages.cpp", '    {"SIP_DIGEST", Scheme::sip_digest},', '    {"SIP-DIGEST", Scheme::sip_digest},',
          (MAKERS, "SIP_DIGEST")),
    Fault("Ericsson's AVP is unknown", "diameter_ext/dictionary/avps.h", '{1263, v3gpp, "Access-Network-Information"',
          '{1264, v3gpp, "Access-Network-Information"', (MAKERS, "1263")),
    Fault("SAR-Flags count without the feature", "hss/cx/server_assignment/server_assignment.cpp",
          "return request.p_cscf_restoration && (request.features.offered & feature::p_cscf_restoration) != 0;",
          "return request.p_cscf_restoration;", (MAKERS, "Flags")),
]

ZH, ZH_DECIDE, ZH_USERS = "test_zh.py", "hss/zh/multimedia_auth.cpp", "hss/pg/zh/users.cpp"
BSF = [
    Fault("Zh takes the indices of IMS", ZH_DECIDE, "order.domain = auc::Domain::gba;", "order.domain = auc::Domain::ims;", (ZH, "IND")),
    Fault("a user who is suspended may bootstrap", ZH_DECIDE, " || user->is_suspended) {", ") {", (ZH, "suspended")),
    Fault("Zh knows any scheme", ZH_DECIDE, "if (request.scheme_name && !names_aka(*request.scheme_name)) {", "if (false) {",
          (ZH, "scheme")),
    Fault("settings come again and again", ZH_DECIDE, "request.guss_timestamp == user.settings_changed_at) {",
          "request.guss_timestamp == user.settings_changed_at + 1) {", (ZH, "BSF")),
    Fault("a time of settings is enough", ZH_DECIDE, "|| request.guss_timestamp == user.settings_changed_at) {",
          "|| request.guss_timestamp.has_value()) {", (ZH, "settings")),
    Fault("an IMSI finds nobody", ZH_USERS, "FROM impi WHERE imsi = r.imsi", "FROM impi WHERE identity = r.imsi", (ZH, "IMSI")),
    Fault("settings of one group are those of another", ZH_USERS, "u.naf_group, u.flags, u.uids", "NULL::text, u.flags, u.uids",
          (ZH, "settings")),
    Fault("services have public identities of users", ZH_USERS, " AND u.type = 'distinct_pui'", "", (ZH, "service")),
    Fault("Zh has the AMF of IMS", "hss/app/server.cpp", "config.authentication.amf[static_cast<std::size_t>(auc::Domain::gba)]",
          "config.authentication.amf[static_cast<std::size_t>(auc::Domain::ims)]", ("test_zh_peers.py", "amf")),
]

PUSHED, PUSH_RACES, PUSH_RULES = "test_pushes.py", "test_push_races.py", "hss/cx/push_rules.cpp"
SENT = [
    Fault("a push is settled before its answer", "hss/app/cx/push_service.cpp", "  if (port_.ask(request, key)) {\n",
          "  if (port_.ask(request, key)) {\n    flights_.land(key, {0, 2001, {}, {}});\n", (PUSHED, "later")),
    Fault("what is shared is looked through once", "hss/pg/cx/shared_changes.cpp", "  if (change.pass == last_pass) {\n",
          "  if (change.pass <= last_pass) {\n", (PUSH_RACES, "under_way")),
    Fault("an RTR ends who has registered anew", PUSH_RULES, "row.registered &&\n             row.generation == ended.generation;",
          "row.registered;", (PUSH_RACES, "anew")),
    Fault("a PPR overtakes the answer before it", PUSH_RULES, "settles_in(push, subscription, settling);",
          "0 * settles_in(push, subscription, settling);",
          (PUSH_RACES, "must_have_arrived")),
    Fault("what came unasked counts as told", "hss/cx/push_preparation.cpp", "told.digest != document.digest || (told.is_unasked && takes_ppr)",
          "told.digest != document.digest", (PUSH_RACES, "unasked")),
    Fault("an emergency registration ends like any other", PUSH_RULES, "&& !goes_on(ended, answer, members, subscription)",
          "&& (true || goes_on(ended, answer, members, subscription))",
          (PUSHED, "emergency")),
    Fault("a push has the form of any server", "hss/cx/push_preparation.cpp", "            form_of(one),\n",
          "            UserDataForm{},\n", (PUSH_RACES, "form")),
    Fault("an answer that comes late is not heard", "hss/app/cx/push_flight.cpp", "lost_.insert(flights_.extract(one++));", "flights_.erase(one++);",
          (PUSH_RACES, "comes_late")),
    Fault("a push for one that is gone stands for all", "hss/pg/cx/ppr_rows.h", " AND w.destination_host = s.scscf_host", "",
          (PUSH_RACES, "not_stand")),
    Fault("whatever is sent again has been done", "hss/pg/cx/assignment_rows.cpp", "w.state IN ('done', 'given_up')", "w.state IN ('cancelled')",
          (PUSH_RACES, "judged_anew")),
]

TLS, TLS_PEERS, TLS_FILES = "diameter_ext/tls.cpp", "../core/test_tls.py", "../core/test_tls_files.py"
SECURED = [
    Fault("any certificate will do", TLS, "  if (gnutls_x509_crt_check_hostname(certificate.get(), peer.pi_diamid) != 0) {\n", "  if (true) {\n",
          (TLS_PEERS, "reason")),
    Fault("nobody asks who has signed", TLS, "? fd_tls_verify_credentials_2(session)", "? (session == nullptr ? 1 : 0)",
          (TLS_PEERS, "reason")),
    Fault("nobody asks how old a CRL is", TLS, "system_clock::now() < crl_end.load()", "system_clock::now() != crl_end.load()", (TLS_FILES, "overdue")),
    Fault("nobody asks who has signed a CRL", "hss/app/tls_files.cpp", "if (!is_signed) {", "if (is_signed && files.cas.empty()) {", (TLS_FILES, "none_of_the_cas")),
    Fault("a named peer may have its handshake behind the CER", "diameter_ext/peers.cpp", "(security & PI_SEC_TLS_OLD) != 0", "(security & PI_SEC_TLS_OLD) > 7",
          (TLS_FILES, "of_its_own")),
    Fault("any version will do", TLS, '"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"', '"NORMAL:+VERS-TLS1.1:+VERS-TLS1.0:+SHA1:+SIGN-RSA-SHA1:+SIGN-ECDSA-SHA1:%COMPAT"',
          (TLS_PEERS, "older")),
    Fault("nobody asks what was revoked", TLS, "  if (!tls.crl.empty()) {\n    check_gnutls(", "  if (tls.crl.empty()) {\n    check_gnutls(",
          (TLS_FILES, "revoked")),
    Fault("files are read once", TLS, "  if (stamps == stamps_) {\n", "  if (stamps.size() == stamps_.size()) {\n", (TLS_FILES, "taken")),
    Fault("nobody is told of an end", TLS, "hss::app::days_left(expiry) <= tls_.warn", "hss::app::days_left(expiry) < std::chrono::days{0}",
          (TLS_FILES, "near")),
    Fault("the tool tells of no end", "hss/cli/check_command.cpp", "days_left(expiry) <= tls.warn", "days_left(expiry) < std::chrono::days{0}",
          (TLS_FILES, "near")),
    Fault("the certificate of another host is shown", "hss/app/tls_files.cpp", "0, nullptr) != 1) {", "0, nullptr) == 2) {", (TLS_FILES, "no_peer")),
    Fault("a certificate for clients is shown", "hss/app/tls_files.cpp", "X509_PURPOSE_SSL_SERVER", "X509_PURPOSE_ANY", (TLS_FILES, "no_peer")),
    Fault("a key too short is shown", "hss/app/tls_files.cpp", "(is_rsa ? 112 : 128)", "(is_rsa ? 0 : 0)", (TLS_FILES, "no_peer")),
    Fault("a certificate without its key is shown", "hss/app/tls_files.cpp", "files.key.get()) != 1) {", "files.key.get()) == 2) {",
          (TLS_FILES, "no_peer")),
]

FAULTS = PROCEDURE + SCHEMES + PUSHES + NUMBERS + WIRE + SERVICE + CSCFS + BSF + SENT + SECURED
