// SPDX-License-Identifier: Apache-2.0
// Claims about the configuration reader: each kind of fault is refused with file and line, the rest has its default.
#include "hss/app/config.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace hss::app {
namespace {

constexpr const char* minimal = R"([database]
conninfo = "host=/run/postgresql"
[token]
module = "/usr/lib/softhsm/libsofthsm2.so"
label = "quintet"
pin_file = "pin"
)";  // six lines: what a test appends begins at line 7

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() : folder_(std::filesystem::temp_directory_path() / ("quintet-config-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& text) const {
    std::ofstream(file()) << text;
    return file();
  }
  std::filesystem::path file() const { return folder_ / "quintet.toml"; }

  Config read(const std::string& appended) const { return read_config(write(minimal + appended)); }

  // The complaint about a file, with its path taken off; empty when it is accepted.
  std::string complaint_of(const std::string& text) const {
    try {
      read_config(write(text));
      return "";
    } catch (const ConfigError& error) {
      std::string what = error.what();
      for (std::size_t at = 0; (at = what.find(file().string() + ":", at)) != std::string::npos;) {
        what.erase(at, file().string().size() + 1);
      }
      return what;
    }
  }
  std::string complaint(const std::string& appended) const { return complaint_of(minimal + appended); }

  std::filesystem::path folder_;
};

struct Fault {
  const char* name;
  const char* appended;
  const char* complaint;  // how it begins
};

class ConfigFault : public ConfigTest, public testing::WithParamInterface<Fault> {};

TEST_P(ConfigFault, is_refused_with_its_line) {
  const std::string complaint = ConfigTest::complaint(GetParam().appended);
  EXPECT_EQ(complaint.substr(0, std::string(GetParam().complaint).size()), GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, ConfigFault,
    testing::Values(
        Fault{"syntax", "[log]\nlevel = \n", "8: Error while parsing"},
        Fault{"duplicate", "[log]\nlevel = \"info\"\nlevel = \"info\"\n", "9: "},
        Fault{"unknown_key", "[log]\n\nlevle = \"info\"\n", "9: log.levle: unknown, allowed is level, file"},
        Fault{"unknown_table", "[sqnn]\nind_bits = 5\n", "7: sqnn: unknown, allowed is [log], [database]"},
        Fault{"unknown_inner_table", "[token.cache2]\nsize = 5\n", "7: token.cache2: unknown, allowed is module"},
        Fault{"key_outside_of_tables", "[[log]]\nlevel = \"info\"\n", "7: log: is not a table"},
        Fault{"table_for_a_value", "[sqn.ind_bits]\nlow = 1\n",
              "7: sqn.ind_bits: is not an integer, allowed is integer 0..8"},
        Fault{"number_as_text", "[sqn]\nind_bits = \"5\"\n",
              "8: sqn.ind_bits: is not an integer, allowed is integer 0..8"},
        Fault{"number_as_float", "[sqn]\nind_bits = 5.0\n", "8: sqn.ind_bits: is not an integer"},
        Fault{"number_above", "[sqn]\nind_bits = 9\n", "8: sqn.ind_bits: 9 is out of range, allowed is integer 0..8"},
        Fault{"number_below", "[diameter]\nqueue = 0\n",
              "8: diameter.queue: 0 is out of range, allowed is integer 1..1000000"},
        Fault{"number_negative", "[diameter]\nqueue = -1\n", "8: diameter.queue: -1 is out of range"},
        Fault{"number_as_boolean", "[diameter]\nqueue = true\n", "8: diameter.queue: is not an integer"},
        Fault{"boolean_as_number", "[diameter]\ninsecure = 1\n",
              "8: diameter.insecure: is not a boolean, allowed is true or false"},
        Fault{"text_as_number", "[log]\nfile = 3\n", "8: log.file: is not a string"},
        Fault{"text_empty", "kek_label = \"\"\n", "7: token.kek_label: is empty, allowed is string"},
        Fault{"text_with_nul", "serial = \"a\\u0000b\"\n", "7: token.serial: contains a NUL"},
        Fault{"word", "[log]\nlevel = \"loud\"\n",
              "8: log.level: \"loud\" is not known, allowed is one of \"trace\", \"debug\""},
        Fault{"profile", "[sqn]\nprofile = \"clock\"\n", "8: sqn.profile: \"clock\" is not known"},
        Fault{"list_as_text", "[diameter]\nagents = \"*\"\n", "8: diameter.agents: is not an array"},
        Fault{"list_of_numbers", "[diameter]\nagents = [1]\n",
              "8: diameter.agents: has an element that is not a string"},
        Fault{"permit_as_table", "[diameter.permit]\npeer = \"*\"\n", "7: diameter.permit: is not an array of tables"},
        Fault{"permit_without_peer", "[[diameter.permit]]\ncommands = [\"UAR\"]\n",
              "7: diameter.permit: peer: missing (line 7)"},
        Fault{"permit_with_unknown_key", "[[diameter.permit]]\npeer = \"*\"\nrealm = \"a\"\n",
              "7: diameter.permit: realm: unknown, allowed is peer, commands, realms (line 9)"},
        Fault{"permit_of_unknown_command", "[[diameter.permit]]\npeer = \"*\"\ncommands = [\"UAR\", \"UDR\"]\n",
              "7: diameter.permit: commands: \"UDR\" is not known (line 9)"},
        Fault{"permit_of_unknown_application", "[[diameter.permit]]\npeer = \"*\"\ncommands = [\"Xx:*\"]\n",
              "7: diameter.permit: commands: \"Xx:*\" is not known (line 9)"},
        Fault{"permit_of_nothing", "[[diameter.permit]]\npeer = \"*\"\ncommands = []\n",
              "7: diameter.permit: commands: is empty (line 9)"},
        Fault{"permit_of_half_a_label", "[[diameter.permit]]\npeer = \"*home.net\"\n",
              "7: diameter.permit: peer: \"*home.net\" has a * that is not the whole first label (line 8)"},
        Fault{"permit_of_a_realm_inside", "[[diameter.permit]]\npeer = \"*\"\nrealms = [\"ims.*\"]\n",
              "7: diameter.permit: realms: \"ims.*\" has a * that is not the whole first label (line 9)"},
        Fault{"realm_with_a_wildcard", "[diameter]\nrealms = [\"*.home.net\"]\n",
              "8: diameter.realms: \"*.home.net\" is not the name of a realm"},
        Fault{"agent_of_half_a_label", "[diameter]\nagents = [\"a*.home.net\"]\n",
              "8: diameter.agents: \"a*.home.net\" has a * that is not the whole first label"},
        Fault{"permit_of_no_label", "[[diameter.permit]]\npeer = \"*.\"\n",
              "7: diameter.permit: peer: \"*.\" has a * that is not the whole first label (line 8)"},
        Fault{"permit_of_a_number", "[[diameter.permit]]\npeer = 7\n",
              "7: diameter.permit: peer: is not a name (line 8)"},
        Fault{"peer_as_table", "[diameter.peer]\npeer = \"*\"\n", "7: diameter.peer: is not an array of tables"},
        Fault{"peer_without_pattern", "[[diameter.peer]]\nbusy = \"none\"\n",
              "7: diameter.peer: peer: missing (line 7)"},
        Fault{"peer_of_half_a_label", "[[diameter.peer]]\npeer = \"icscf*.home.net\"\n",
              "7: diameter.peer: peer: \"icscf*.home.net\" has a * that is not the whole first label (line 8)"},
        Fault{"peer_of_no_name", "[[diameter.peer]]\npeer = \"\"\n", "7: diameter.peer: peer: is not a name (line 8)"},
        Fault{"peer_with_unknown_key", "[[diameter.peer]]\npeer = \"*\"\nbuzy = \"none\"\n",
              "7: diameter.peer: buzy: unknown, allowed is peer, busy, server_name_first, "},
        Fault{"peer_with_another_code", "[[diameter.peer]]\npeer = \"*\"\nbusy = \"3002\"\n",
              "7: diameter.peer: busy: \"3002\" is not known, allowed is \"3004\", \"5012\", \"none\" (line 9)"},
        Fault{"peer_with_a_code_as_number", "[[diameter.peer]]\npeer = \"*\"\nbusy = 3004\n",
              "7: diameter.peer: busy: is not a string, allowed is "},
        Fault{"peer_busy_with_unknown_command", "[[diameter.peer]]\npeer = \"*\"\nbusy = { UDR = \"none\" }\n",
              "7: diameter.peer: busy: \"UDR\" is not known, allowed is UAR, SAR, LIR, MAR, Zh:MAR (line 9)"},
        Fault{"peer_busy_with_nothing", "[[diameter.peer]]\npeer = \"*\"\nbusy = {}\n",
              "7: diameter.peer: busy: is empty (line 9)"},
        Fault{"peer_with_a_word_for_a_flag", "[[diameter.peer]]\npeer = \"*\"\nserver_name_first = \"yes\"\n",
              "7: diameter.peer: server_name_first: is not a boolean (line 9)"},
        Fault{"peer_with_another_release", "[[diameter.peer]]\npeer = \"*\"\nuser_data_extensions = \"rel8\"\n",
              "7: diameter.peer: user_data_extensions: \"rel8\" is not known, allowed is \"full\", \"rel7\", "},
        Fault{"address", "[diameter]\nlisten = [\"127.0.0.1\", \"localhost\"]\n",
              "8: diameter.listen: \"localhost\" is not an IP address"},
        Fault{"range_of_one", "[sqn.ranges]\nims = [1]\n", "8: sqn.ranges.ims: is not an array of two integers"},
        Fault{"range_of_text", "[sqn.ranges]\nims = [1, \"2\"]\n",
              "8: sqn.ranges.ims: is not an array of two integers"},
        Fault{"range_beyond_an_octet", "[sqn.ranges]\nims = [0, 256]\n", "8: sqn.ranges.ims: 256 is out of range"},
        Fault{"range_beyond_ind_bits", "[sqn.ranges]\nims = [0, 32]\n", "7: sqn.ranges: index range of ims"},
        Fault{"range_reversed", "[sqn.ranges]\nims = [3, 2]\n", "7: sqn.ranges: index range of ims"},
        Fault{"ranges_overlap", "[sqn.ranges]\nps = [0, 4]\nims = [4, 7]\n",
              "7: sqn.ranges: index ranges of ps (0-4) and ims (4-7) overlap"},
        Fault{"no_range", "[sqn.ranges]\n", "7: sqn.ranges: no domain has an index range"},
        Fault{"ranges_do_not_fit_ind_bits", "[sqn]\nind_bits = 4\n", "8: sqn.ind_bits: index range of ims"},
        Fault{"amf_too_short", "[authentication.amf]\nims = \"000\"\n",
              "8: authentication.amf.ims: \"000\" is not an AMF, allowed is four hex"},
        Fault{"amf_not_hex", "[authentication.amf]\nims = \"00g0\"\n",
              "8: authentication.amf.ims: \"00g0\" is not an AMF"},
        Fault{"amf_of_ims_with_separation_bit", "[authentication.amf]\nims = \"8000\"\n",
              "8: authentication.amf.ims: has the separation bit"},
        Fault{"amf_of_gba_with_separation_bit", "[authentication.amf]\ngba = \"8000\"\n",
              "8: authentication.amf.gba: has the separation bit"},
        Fault{"name_space_with_a_line_break", "[zh]\nguss_namespace = \"a\\nb\"\n",
              "8: zh.guss_namespace: is no plain text of 255 octets"},
        Fault{"lead_jump_of_half_delta", "[sqn]\nlead_jump = 134217728\n",
              "8: sqn.lead_jump: 134217728 is out of range, allowed is integer 1..134217727"},
        Fault{"retry_crossed", "retry_min_ms = 900\nretry_max_ms = 800\n",
              "8: token.retry_max_ms: retry_min_ms is above"}),
    [](const auto& fault) { return fault.param.name; });

TEST_F(ConfigTest, minimal_file_is_accepted_with_the_defaults) {
  const Config config = read("");
  EXPECT_EQ(config.database.conninfo, "host=/run/postgresql");
  EXPECT_EQ(config.database.batch, 256U);
  EXPECT_EQ(config.log.level, "info");
  EXPECT_EQ(config.token.wrap_mechanism, "aes-key-wrap");
  EXPECT_EQ(config.token.cache, 20000U);
  EXPECT_TRUE(config.token.private_keys);
  EXPECT_FALSE(config.token.use_final_try);
  EXPECT_EQ(config.sqn.policy.profile, auc::Profile::counter);
  EXPECT_EQ(config.sqn.policy.ind_bits, 5U);
  EXPECT_EQ(config.sqn.lead_jump, 65536U);
  EXPECT_EQ(config.zh.guss_namespace, "guss-schema-of-3gpp-gaa");
  EXPECT_EQ(config.diameter.queue, 2048U);
  EXPECT_FALSE(config.diameter.insecure);
}

TEST_F(ConfigTest, every_field_can_be_set) {
  const Config config = read(R"(timeout_ms = 1500
private_keys = false
use_final_try = true
[sqn]
profile = "partly_time"
resync_window_s = 30
[authentication]
max_items = 3
accept_unknown_scheme = false
amf = { ims = "0001", eps = "8000" }
[zh]
guss_namespace = ""
[diameter]
listen = ["127.0.0.1", "::1"]
agents = ["dra.example.org"]
max_age_ms = 250
)");
  EXPECT_EQ(config.token_timeout, std::chrono::milliseconds{1500});
  EXPECT_FALSE(config.token.private_keys);
  EXPECT_TRUE(config.token.use_final_try);
  EXPECT_EQ(config.sqn.policy.profile, auc::Profile::partly_time);
  EXPECT_EQ(config.sqn.resync_window, std::chrono::seconds{30});
  EXPECT_EQ(config.authentication.max_items, 3U);
  EXPECT_FALSE(config.authentication.accept_unknown_scheme);
  EXPECT_EQ(config.authentication.amf[2].octets, (std::array<std::uint8_t, 2>{0x00, 0x01}));
  EXPECT_EQ(config.authentication.amf[3].octets, (std::array<std::uint8_t, 2>{0x80, 0x00}));
  EXPECT_EQ(config.zh.guss_namespace, "");
  EXPECT_EQ(config.diameter.listen, (std::vector<std::string>{"127.0.0.1", "::1"}));
  EXPECT_EQ(config.diameter.agents, std::vector<std::string>{"dra.example.org"});
  EXPECT_EQ(config.diameter.max_age, std::chrono::milliseconds{250});
}

TEST_F(ConfigTest, peers_have_settings_for_all_commands_or_for_some) {
  const auto peers = read(R"([[diameter.peer]]
peer = "icscf.example.org"
busy = { UAR = "none", MAR = "3004" }
server_name_first = true
user_authorization_type_2 = "registration"
[[diameter.peer]]
peer = "*"
busy = "5012"
user_data_always = true
user_data_extensions = "rel7"
)")
                         .diameter.peers;
  ASSERT_EQ(peers.size(), 2U);
  using All = std::array<std::optional<Busy>, command_count>;
  All some{};
  some[index_of(command("Cx", "UAR"))] = Busy::none;
  some[index_of(command("Cx", "MAR"))] = Busy::too_busy;
  EXPECT_EQ(peers[0].busy, some);
  EXPECT_TRUE(peers[0].server_name_first && peers[0].type_2_is_registration);
  EXPECT_FALSE(peers[0].user_data_always || peers[1].server_name_first || peers[1].type_2_is_registration);
  All everything;
  everything.fill(Busy::unable_to_comply);
  EXPECT_EQ(peers[1].busy, everything);
  EXPECT_TRUE(peers[1].user_data_always);
  EXPECT_EQ(peers[0].user_data_extensions, Extensions::full);
  EXPECT_EQ(peers[1].user_data_extensions, Extensions::rel7);
}

TEST_F(ConfigTest, commands_are_named_with_their_application_or_of_cx_bare) {
  const auto permits = read(R"([[diameter.permit]]
peer = "a"
commands = ["UAR", "Cx:LIR"]
[[diameter.permit]]
peer = "b"
commands = ["Cx:*"]
[[diameter.permit]]
peer = "c"
)")
                           .diameter.permits;
  ASSERT_EQ(permits.size(), 3U);
  CommandSet some{};
  some[index_of(command("Cx", "UAR"))] = some[index_of(command("Cx", "LIR"))] = true;
  EXPECT_EQ(permits[0].commands, some);
  EXPECT_EQ(permits[1].commands, commands_of("Cx"));
  EXPECT_EQ(permits[2].commands, commands_of("Cx"));
}

TEST_F(ConfigTest, one_command_of_an_application_may_differ_from_its_others) {
  const auto peers = read(R"([[diameter.peer]]
peer = "*"
busy = { "Cx:SAR" = "none", "Cx:*" = "3004", UAR = "5012" }
)")
                         .diameter.peers;
  ASSERT_EQ(peers.size(), 1U);
  const auto busy = [&](std::string_view name) { return peers[0].busy[index_of(find_command("Cx", name).value())]; };
  EXPECT_EQ(busy("SAR"), Busy::none);
  EXPECT_EQ(busy("LIR"), Busy::too_busy);
  EXPECT_EQ(busy("UAR"), Busy::unable_to_comply);
}

// TS 33.203 Annex G: six ranges by default.
TEST_F(ConfigTest, six_domains_are_served_by_default) {
  const auto ranges = read("").sqn.policy.ranges;
  for (const auto& range : ranges) EXPECT_TRUE(range.has_value());
  EXPECT_EQ(ranges[2]->low, 16);
  EXPECT_EQ(ranges[2]->high, 23);
}

TEST_F(ConfigTest, domains_left_out_of_a_given_table_are_not_served) {
  const auto ranges = read("[sqn.ranges]\nims = [0, 31]\n").sqn.policy.ranges;
  EXPECT_FALSE(ranges[0].has_value());
  ASSERT_TRUE(ranges[2].has_value());
  EXPECT_EQ(ranges[2]->high, 31);
}

TEST_F(ConfigTest, every_missing_required_key_is_named) {
  const std::string complaint = complaint_of("[log]\n[token]\nlabel = \"x\"\n");
  EXPECT_NE(complaint.find("1: database.conninfo: missing"), std::string::npos) << complaint;
  EXPECT_NE(complaint.find("2: token.module: missing"), std::string::npos) << complaint;
  EXPECT_NE(complaint.find("2: token.pin_file: missing"), std::string::npos) << complaint;
  EXPECT_EQ(complaint.find("token.label"), std::string::npos) << complaint;
}

TEST_F(ConfigTest, all_faults_come_together_in_the_order_of_the_file) {
  const std::string complaint = ConfigTest::complaint("[sqn]\nprofile = 1\nind_bits = 9\n[log]\nlevel = 2\n");
  EXPECT_EQ(complaint.substr(0, 14), "8: sqn.profile");
  const auto bits = complaint.find("\n9: sqn.ind_bits");
  ASSERT_NE(bits, std::string::npos) << complaint;
  EXPECT_NE(complaint.find("\n11: log.level", bits), std::string::npos) << complaint;
}

TEST_F(ConfigTest, absent_file_is_named) {
  try {
    read_config(folder_ / "absent.toml");
    FAIL() << "no error";
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("absent.toml: No such file"), std::string::npos) << error.what();
  }
}

TEST_F(ConfigTest, password_in_the_connection_string_is_not_quoted) {
  const std::string complaint = complaint_of("[database]\nconninfo = \"password=hunter2\\u0000\"\n");
  EXPECT_NE(complaint.find("database.conninfo: contains a NUL"), std::string::npos) << complaint;
  EXPECT_EQ(complaint.find("hunter2"), std::string::npos) << complaint;
}

TEST_F(ConfigTest, relative_paths_are_relative_to_the_file) {
  const Config config = read("[log]\nfile = \"quintet.log\"\n");
  EXPECT_EQ(config.token.pin_file, folder_ / "pin");
  EXPECT_EQ(config.log.file, folder_ / "quintet.log");
  EXPECT_EQ(config.token.module, "/usr/lib/softhsm/libsofthsm2.so");
}

constexpr const char* with_credential = R"([database]
conninfo = ""
[token]
module = "m.so"
label = "quintet"
pin_file = "credential:)";

std::string credential(const std::string& name) {
  std::string text = with_credential + name + "\"\n";
  return text.replace(text.find("\"\""), 2, "\"dbname=q\"");
}

TEST_F(ConfigTest, systemd_credential_is_a_file_of_its_directory) {
  ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/quintet", 1);
  const Config config = read_config(write(credential("pin")));
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(config.token.pin_file, "/run/credentials/quintet/pin");
  EXPECT_EQ(config.token.module, "m.so");  // the dynamic linker finds it
}

TEST_F(ConfigTest, systemd_credential_needs_its_directory) {
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(complaint_of(credential("pin")).substr(0, 41), "6: token.pin_file: CREDENTIALS_DIRECTORY ");
}

TEST_F(ConfigTest, systemd_credential_cannot_leave_its_directory) {
  ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/quintet", 1);
  const std::string complaint = complaint_of(credential("../pin"));
  ::unsetenv("CREDENTIALS_DIRECTORY");
  EXPECT_EQ(complaint.substr(0, 39), "6: token.pin_file: names no credential,");
}

TEST(ConfigDescription, committed_page_is_what_describe_prints) {
  std::ostringstream printed;
  describe_config(printed);
  std::ifstream file(QUINTET_SOURCE_DIR "/docs/configuration.md");
  const std::string committed((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(committed, printed.str()) << "run: quintet config describe > docs/configuration.md";
}

}  // namespace
}  // namespace hss::app
