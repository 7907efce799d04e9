# SPDX-License-Identifier: Apache-2.0
# Short names of the commands that people type most; everything is done by cmake, tests/run and the scripts it names.
PRESET ?= debug
WORDS ?=

.PHONY: help build run test lint tidy format bench asan tsan clean
help:  ## say what there is
	@sed -n 's/^\([a-z]*\):  ## \(.*\)/make \1\t\2/p' Makefile | expand -t 14
build:  ## build PRESET (debug, release, asan, tsan, fuzz) into build/PRESET
	cmake --preset $(PRESET) && cmake --build --preset $(PRESET)
run:  ## start everything on this machine (deploy/quickstart); WORDS are its options
	deploy/quickstart $(WORDS)
test:  ## tests/run; make test WORDS="cli -- -k sqn"
	tests/run $(WORDS)
lint:  ## rules of the source tree that need no build; WORDS are names of checks
	tests/lint/run $(WORDS)
tidy:  ## clang-tidy over what changed since it last passed
	tests/run build tidy
format:  ## clang-format over all C++ that git tracks
	git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format-14 -i
bench:  ## one short round of the benchmarks
	tests/bench/run --quick $(WORDS)
asan:  ## build and test with AddressSanitizer and UBSan
	tests/run --asan $(WORDS)
tsan:  ## build and test with ThreadSanitizer
	tests/run --tsan $(WORDS)
clean:  ## remove the builds; ./var, where the quickstart keeps its data, stays
	rm -rf build
