// SPDX-License-Identifier: Apache-2.0
// Files that hold secrets: PINs and key components. Created for the owner alone, never overwritten.
#pragma once

#include "hsm/admin/key_value.h"
#include "hsm/secret.h"

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace hss::app::cli {

// Throws Failure when the file exists or cannot be written; what was begun is removed.
void write_secret_file(const std::filesystem::path& file, hsm::Bytes content);

// A random PIN of 20 characters.
void create_pin(const std::filesystem::path& file);

// One custodian's file: per key a line "NAME VALUE CHECK" in hexadecimal; # begins a comment. Throws Failure that names
// file and line, also when a component does not have its check value.
using Components = std::map<std::string, hsm::Component, std::less<>>;  // by key name
Components read_components(const std::filesystem::path& file);
void write_components(const std::filesystem::path& file, const Components& components, const std::string& title);

// The key of that name, combined from all files. Throws Failure when one of them lacks it or two have the same.
hsm::HeapSecret combine(std::span<const std::filesystem::path> files, std::string_view name);

hsm::HeapSecret random_octets(std::size_t size);  // of the system, for components; throws Failure

}  // namespace hss::app::cli
