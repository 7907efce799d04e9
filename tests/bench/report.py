# SPDX-License-Identifier: Apache-2.0
"""Turns the rounds of a bench run into medians, ratios against the baselines, and a table for reading."""

from statistics import median

# Name, what it is compared by, aim, and whether the ratio must be at least or at most that.
RATIOS = [
    ("hot MAR/s over constant answer", lambda r: r["hot"]["rate_ok"] / r["constant"]["rate"], 0.5, "least"),
    ("cold MAR/s over bare cold token loop", lambda r: r["cold"]["rate_ok"] / r["token"]["cold"]["rate"], 0.5, "least"),
    ("hot token rate in the server over bare hot loop",
     lambda r: token_rate(r["hot"]) / r["token"]["hot"]["rate_per_cpu_second"], 0.7, "least"),
    ("cost outside the token, cold over hot", lambda r: outside(r["cold"]) / outside(r["hot"]), None, "most"),
    ("the same without images of pages", lambda r: outside(r["imageless"]) / outside(r["hot"]), 1.5, "most"),
    ("p99 at half load over one commit",
     lambda r: r["half"]["latency_ok_us"]["p99"] / r["commit"]["1"]["p50_us"], 5.0, "most"),
    ("one at a time beside a flood, p99 over 100 ms", lambda r: r["beside"]["latency_us"]["p99"] / 100_000, 1.0, "most"),
    *[(f"{name} over constant answer", lambda r, name=name: r[name]["rate_ok"] / r[f"constant {name}"]["rate"], aim, "least")
      for name, aim in (("uar", 1.0), ("lir", 1.0), ("sar", 0.45), ("registration", 0.40))],
]

# Name and value of the figures that are shown as they are.
FIGURES = [
    ("constant answer, MAR/s", lambda r: r["constant"]["rate"]),
    ("constant answer on our libraries, MAR/s", lambda r: r["own"]["rate"]),
    ("hot, MAR/s", lambda r: r["hot"]["rate_ok"]),
    ("hot, p50 us", lambda r: r["hot"]["latency_ok_us"]["p50"]),
    ("hot, p99 us", lambda r: r["hot"]["latency_ok_us"]["p99"]),
    ("one at a time, p50 us", lambda r: r["lonely"]["latency_ok_us"]["p50"]),
    ("one at a time, p99 us", lambda r: r["lonely"]["latency_ok_us"]["p99"]),
    ("one at a time beside a flood, p50 us", lambda r: r["beside"]["latency_us"]["p50"]),
    ("one at a time beside a flood, p99 us", lambda r: r["beside"]["latency_us"]["p99"]),
    *[(f"one at a time, {part} CPU us/MAR", lambda r, part=part: r["lonely"]["cpu_us"][part])
      for part in ("server", "token", "database")],
    ("half load, p50 us", lambda r: r["half"]["latency_ok_us"]["p50"]),
    ("half load, p99 us", lambda r: r["half"]["latency_ok_us"]["p99"]),
    ("half load, p99.9 us", lambda r: r["half"]["latency_ok_us"]["p99.9"]),
    ("cold, MAR/s", lambda r: r["cold"]["rate_ok"]),
    ("cold, images of pages a MAR", lambda r: r["cold"]["page_images"]),
    ("cold without images of pages, MAR/s", lambda r: r["imageless"]["rate_ok"]),
    ("cold, p99 us", lambda r: r["cold"]["latency_ok_us"]["p99"]),
    ("bare token loop hot, vectors/s", lambda r: r["token"]["hot"]["rate"]),
    ("bare token loop cold, vectors/s", lambda r: r["token"]["cold"]["rate"]),
    ("PostgreSQL commits/s, 1 connection", lambda r: r["commit"]["1"]["rate"]),
    ("PostgreSQL commits/s, 8 connections", lambda r: r["commit"]["8"]["rate"]),
    ("PostgreSQL commit, p50 us", lambda r: r["commit"]["1"]["p50_us"]),
    ("constant answer, server CPU us/MAR", lambda r: r["constant"]["cpu_us"]["server"]),
    ("constant answer on our libraries, CPU us/MAR", lambda r: r["own"]["cpu_us"]["server"]),
    *[(f"{load}, {part} CPU us/MAR", lambda r, load=load, part=part: r[load]["cpu_us"][part])
      for load in ("hot", "cold", "imageless") for part in ("server", "token", "database")],
    *[(f"{load}, requests/s", lambda r, load=load: r[load]["rate_ok"])
      for name in ("uar", "lir", "sar", "registration") for load in (f"constant {name}", name)],
    *[(f"{name}, {part} CPU us/request", lambda r, name=name, part=part: r[name]["cpu_us"][part])
      for name in ("uar", "lir", "sar", "registration") for part in ("server", "database")],
    ("sar, octets of User-Data", lambda r: r["sar"]["total"]["user_data_octets"] / r["sar"]["total"]["answers"]),
    ("answers other than success, beside a flood", lambda r: r["beside"]["answers"] - r["beside"]["latency_ok_us"]["count"]),
    ("answers other than success, hot", lambda r: r["hot"]["answers"] - r["hot"]["latency_ok_us"]["count"]),
    ("answers other than success, cold", lambda r: r["cold"]["answers"] - r["cold"]["latency_ok_us"]["count"]),
]


def token_rate(load):
    """Vectors per processor second of the token thread."""
    return 1e6 / load["cpu_us"]["token"]


def outside(load):
    """Processor time of server and database per MAR, without that of the token thread."""
    return load["cpu_us"]["server"] - load["cpu_us"]["token"] + load["cpu_us"]["database"]


def values(rounds, value_of):
    """The value in each round that has all parts of it."""
    found = []
    for one in rounds:
        try:
            found.append(value_of(one))
        except (KeyError, ZeroDivisionError):
            continue
    return found


def summary(rounds):
    """A ratio is the median of the ratios of each round: what was measured side by side is compared."""
    ratios, figures = [], {}
    for name, value_of, aim, side in RATIOS:
        found = values(rounds, value_of)
        value = median(found) if found else None
        met = None if value is None or aim is None else value >= aim if side == "least" else value <= aim
        ratios.append({"name": name, "value": value, "aim": aim, "side": side, "met": met, "rounds": found})
    for name, value_of in FIGURES:
        found = values(rounds, value_of)
        if found:
            figures[name] = {"median": median(found), "least": min(found), "most": max(found)}
    return {"figures": figures, "ratios": ratios}


def table(result):
    lines = [f"medians of {len(result['rounds'])} interleaved rounds, {result['subscribers']} subscribers", "",
             f"{'figure':48} {'median':>12} {'least':>12} {'most':>12}"]
    for name, value in result["figures"].items():
        lines.append(f"{name:48} {value['median']:12.1f} {value['least']:12.1f} {value['most']:12.1f}")
    lines += ["", f"{'ratio':48} {'median':>12} {'aim':>12}"]
    sign = {"least": ">=", "most": "<="}
    for row in result["ratios"]:
        shown = "not measured" if row["value"] is None else f"{row['value']:.2f}"
        verdict = {None: "", True: "met", False: "MISSED"}[row["met"]]
        aim = "" if row["aim"] is None else f"{sign[row['side']]} {row['aim']:.2f}"
        lines.append(f"{row['name']:48} {shown:>12} {aim:>12}  {verdict}")
    return "\n".join(lines)
