// SPDX-License-Identifier: Apache-2.0
// User-Data for batches: the texts of service profiles are kept between requests.
#pragma once

#include "hss/user_data/user_data.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hss {

// Keeps the texts of service profiles, least recently used out. One thread at a time.
class UserDataRenderer {
 public:
  explicit UserDataRenderer(std::size_t kept);

  struct Request {
    UserProfile profile;
    UserDataForm form;
  };
  // Called at most once a batch, with ids ascending, for what is not kept in the revision that the members name. A
  // revision other than that one is taken as it comes. Throws StoreError(busy) when a profile is not there.
  using ReadProfiles = std::function<std::vector<ServiceProfile>(std::span<const std::int64_t>)>;

  // The documents, in the order of the requests. Throws what `read` throws.
  std::vector<std::string> render(std::span<const Request> requests, const ReadProfiles& read);

 private:
  struct Key {
    std::int64_t id;
    bool shared_ifc_sets;
    Extensions extensions;
    auto operator<=>(const Key&) const = default;  // NOLINT(modernize-use-nullptr): its own 0
  };
  using Text = std::shared_ptr<const std::string>;
  using Texts = std::map<Key, Text>;
  struct Kept {
    Key key;
    std::int64_t revision;
    Text text;
  };
  static Key key_of(std::int64_t id, const UserDataForm& form) { return {id, form.shared_ifc_sets, form.extensions}; }
  Text find(const Key& key, std::int64_t revision);
  void keep(const Key& key, std::int64_t revision, Text text);
  void read_missing(Texts& texts, const ReadProfiles& read);

  std::size_t capacity_;
  std::list<Kept> entries_;  // most recently used first
  std::map<Key, std::list<Kept>::iterator> places_;
};

}  // namespace hss
