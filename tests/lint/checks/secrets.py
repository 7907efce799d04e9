# SPDX-License-Identifier: Apache-2.0
"""Proves that key-grade types cannot be printed, and looks for key-grade names in what is logged or thrown."""

import re
import subprocess
import tempfile
from pathlib import Path

from tree import Finding, blank_comments, line_of
from . import Plant

WHAT = "no secret type is formattable or streamable, no log call or exception names a key"

# Header and the types in it that must have no way to text.
TYPES = {
    "hsm/secret.h": ("hsm::Secret<16>", "hsm::HeapSecret"),
    "auc/types.h": ("auc::Vector", "auc::Ck", "auc::Ik", "auc::Xres"),
}
PROOF = """
#include <concepts>
#include <ostream>
#include <spdlog/spdlog.h>
{includes}
template <typename T>
concept streamable = requires(std::ostream& out, const T& value) {{ out << value; }};
static_assert(fmt::is_formattable<int>::value && streamable<int>);  // the proof itself can tell
{asserts}
"""
ASSERT = 'static_assert(!fmt::is_formattable<{0}>::value && !streamable<{0}>, "{0} can be printed");'

LIBRARY = re.compile(r"^(hsm|auc|hss|diameter_ext)/")
WAY_TO_TEXT = re.compile(r"\bstruct\s+(?:fmt::|std::)?formatter\s*<|\boperator<<\s*\(\s*std::ostream|\bformat_as\s*\(|"
                         r"#\s*include\s*<spdlog/fmt/(?:bin_to_hex|ostr|bundled/ostream|bundled/ranges|ranges)\.h>|"
                         r"#\s*include\s*<fmt/(?:ostream|ranges)\.h>")
SAID = re.compile(r"\b(?:spdlog::(?:log|trace|debug|info|warn|error|critical)|logger\w*(?:->|\.)(?:log|trace|debug|info|"
                  r"warn|error|critical)|fmt::format(?:_to)?)\s*\(|\bthrow\b|\bstd::cerr\s*<<")
KEY_GRADE = re.compile(r"(?<!::)\b(k|opc|op|ck|ik|xres|res|pin|companion|plaintext|authorization)_?\b(?!\s*\.\s*size|::|\s*\()")


def proof_findings(tree):
    headers = [header for header in TYPES if header in tree.paths]
    if not headers:
        return
    types = [name for header in headers for name in TYPES[header]]
    program = PROOF.format(includes="\n".join(f'#include "{header}"' for header in headers),
                           asserts="\n".join(ASSERT.format(name) for name in types))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "proof.cpp"
        source.write_text(program, encoding="utf-8")
        out = subprocess.run(["g++", "-std=c++20", "-fsyntax-only", f"-I{tree.root}", str(source)], text=True,
                             capture_output=True, check=False)
    if out.returncode:
        errors = [line for line in out.stderr.splitlines() if "error:" in line]
        said = "; ".join(error.split("error: ", 1)[1] for error in errors[:3])
        yield Finding(headers[0], 1, f"the proof that secrets cannot be printed fails: {said}")


def statement(text, start):
    """From `start` to the semicolon that ends it, or to the end of the block."""
    end = text.find(";", start)
    return text[start:end if end >= 0 else len(text)]


def findings(tree):
    yield from proof_findings(tree)
    for path in tree.cpp:
        if not LIBRARY.match(path):
            continue
        text = blank_comments(tree.text(path), keep_strings=False)
        for match in WAY_TO_TEXT.finditer(text):
            yield Finding(path, line_of(text, match.start()), "makes types printable: write a function name() instead")
        for match in SAID.finditer(text):
            named = KEY_GRADE.search(statement(text, match.end()))
            if named:
                yield Finding(path, line_of(text, match.start()), f"says '{named.group(1)}', which is key-grade")


SECRET = ("// Planted.\n#pragma once\n#include <array>\n#include <cstddef>\n#include <ostream>\nnamespace hsm {\n"
          "template <std::size_t N> struct Secret { std::array<char, N> bytes; };\nstruct HeapSecret { char* data; };\n"
          "%s}\n")
CONVERTIBLE = "struct HeapSecretText {};\ninline std::ostream& operator<<(std::ostream& o, const HeapSecret&) { return o; }\n"


def said(code, what):
    return Plant({"hss/a.cpp": f"void f() {{\n  {code}\n}}\n"}, "hss/a.cpp", 2, f"says '{what}'")


PLANTS = (
    Plant({"hsm/secret.h": SECRET % CONVERTIBLE}, "hsm/secret.h", 1, "can be printed"),
    Plant({"hsm/secret.h": SECRET % "inline int format_as(const HeapSecret&) { return 1; }\n"},
          "hsm/secret.h", 9, "makes types printable"),
    Plant({"auc/a.h": "template <>\nstruct fmt::formatter<Vector> {};\n"}, "auc/a.h", 2, "makes types printable"),
    Plant({"hss/a.cpp": "\n#include <fmt/ranges.h>\n"}, "hss/a.cpp", 2, "makes types printable"),
    said('spdlog::debug("vector ck={}", hex(v.ck));', "ck"),
    said('spdlog::info("x {}",\n    key.opc.view());', "opc"),
    said('throw Error(kind, "login with " + pin);', "pin"),
    said('auto s = fmt::format("{}", answer.xres);', "xres"),
    said('std::cerr << "K " << k;', "k"),
    Plant({"hsm/secret.h": SECRET % "", "hss/a.cpp": 'void f() { spdlog::info("pin_file={} ck", pin_file.string()); }\n'}),
)
