# SPDX-License-Identifier: Apache-2.0
# Builds the server, the extension and the tool, or finds what was built. Uses $root, $build, $build_dir.
# shellcheck shell=bash

# build_prepare: afterwards build_extension and build_tool_dir say where the programs are.
build_prepare() {
  if [ "$build" = yes ]; then
    ensure_packages build run
    build_freediameter
    build_all
  fi
  build_extension=$build_dir/diameter_ext/quintet.fdx
  build_tool_dir=$build_dir/hss/cli
  [ -e "$build_extension" ] && [ -x "$build_tool_dir/quintet" ] ||
    die "$build_dir holds no built Quintet" "leave --no-build and --build-dir away, or build it: cmake --build $build_dir"
  build_sanitizer
}

build_freediameter() {
  "$root/deploy/freediameter/install" >>"$var/log/packages.log" 2>&1 && return
  show_tail "$var/log/packages.log"
  die "the patched freeDiameter could not be installed" "see above; the command is deploy/freediameter/install"
}

# One at a time: copies with other folders share the build.
build_all() {
  local log=$var/log/build.log
  say "building (the first time takes a few minutes; log: $log)"
  mkdir -p "$build_dir"
  (
    umask 022
    flock 8
    cd "$root"
    [ -e "$build_dir/build.ninja" ] || cmake --preset release -DQUINTET_TESTS=OFF
    cmake --build "$build_dir" --parallel "$(nproc)" --target quintet_fdx --target quintet
  ) 8>"$build_dir/.quickstart.lock" 9>&- >"$log" 2>&1 && return
  show_tail "$log" 40
  die "the build failed" "the whole log is $log"
}

# The daemon is not built by us, so a sanitizer's runtime has to be in the process before the extension is.
build_sanitizer() {
  local kind library
  kind=$(sed -n 's/^QUINTET_SANITIZE:STRING=//p' "$build_dir/CMakeCache.txt" 2>/dev/null || true)
  [ -n "$kind" ] && [ -z "$freediameter_preload" ] || return 0
  case $kind in
    thread) library=libtsan.so ;;
    *) library=libasan.so ;;
  esac
  # The C++ library as well: a sanitizer that starts without it cannot pass on exceptions later.
  freediameter_preload="$(gcc -print-file-name=$library) $(gcc -print-file-name=libstdc++.so)"
  [ ! -e "$build_dir/tests/libkeep_locales.so" ] || freediameter_preload+=" $build_dir/tests/libkeep_locales.so"
  # Thread cancellation and the daemon's own leaks at exit are not ours to report.
  export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_odr_violation=0:use_sigaltstack=0:detect_leaks=0}
  export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$root/tests/tsan.supp}
}
