"""Refuses crates whose licence, name or source deny.toml does not allow.

    licences.py [--report]

It reads `cargo metadata` (the locked graph, for the targets of deny.toml) and says the
same as `cargo deny check licenses bans sources` for the part of its language that our
deny.toml uses. `--report` lists how often each licence occurs.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Expression:
    """An SPDX expression: AND binds tighter than OR, WITH belongs to its licence."""

    def __init__(self, text: str):
        # Old manifests separate alternatives by a slash.
        self.words = re.findall(r"\(|\)|[^\s()]+", text.replace("/", " OR "))
        self.place = 0

    def peek(self):
        return self.words[self.place] if self.place < len(self.words) else None

    def take(self) -> str:
        word = self.peek()
        if word is None:
            raise ValueError("ends too early")
        self.place += 1
        return word

    def read(self, allowed: set[str]) -> bool:
        good = self.either(allowed)
        if self.peek() is not None:
            raise ValueError(f"unexpected {self.peek()!r}")
        return good

    def either(self, allowed) -> bool:
        good = self.both(allowed)
        while self.peek() == "OR":
            self.take()
            good = self.both(allowed) or good
        return good

    def both(self, allowed) -> bool:
        good = self.one(allowed)
        while self.peek() == "AND":
            self.take()
            good = self.one(allowed) and good
        return good

    def one(self, allowed) -> bool:
        word = self.take()
        if word == "(":
            good = self.either(allowed)
            if self.take() != ")":
                raise ValueError("missing )")
            return good
        if self.peek() == "WITH":
            self.take()
            return f"{word} WITH {self.take()}" in allowed
        return word in allowed


def graph(target: str) -> dict:
    answer = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--locked", f"--filter-platform={target}"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE,
    )
    return json.loads(answer.stdout)


def wrong_with(package: dict, rules: dict, ours: bool) -> list[str]:
    allowed = set(rules["licenses"]["allow"])
    found = []
    licence = package.get("license")
    if not licence:
        found.append("names no licence")
    else:
        try:
            if not Expression(licence).read(allowed):
                found.append(f"licence {licence} is not allowed")
        except ValueError as error:
            found.append(f"licence {licence!r} cannot be read: {error}")
    source = package.get("source")
    if not ours and source != "registry+https://github.com/rust-lang/crates.io-index":
        found.append(f"comes from {source or 'a folder'}, not from crates.io")
    for ban in rules["bans"]["deny"]:
        if ban["name"] == package["name"]:
            found.append(f"is banned: {ban['reason']}")
    if ours:
        for needed in package["dependencies"]:
            if needed["req"] == "*" and not needed.get("path"):
                found.append(f"asks for any version of {needed['name']}")
    return found


def self_test() -> None:
    allowed = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"}
    for text, good in (
        ("MIT", True), ("GPL-3.0-only", False), ("MIT/GPL-3.0", True), ("MIT AND GPL-2.0", False),
        ("GPL-2.0 OR MIT AND Apache-2.0", True), ("(GPL-2.0 OR MIT) AND X", False),
        ("Apache-2.0 WITH LLVM-exception", True), ("MIT WITH LLVM-exception", False),
    ):
        assert Expression(text).read(allowed) is good, text


def main() -> int:
    self_test()
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    wrong, seen, licences = set(), set(), Counter()
    for target in rules["graph"]["targets"]:
        metadata = graph(target)
        members = set(metadata["workspace_members"])
        linked = {node["id"] for node in metadata["resolve"]["nodes"]}
        for package in metadata["packages"]:
            if package["id"] not in linked:
                continue
            name = f"{package['name']} {package['version']}"
            if package["id"] not in seen:
                licences[package.get("license")] += 1
            seen.add(package["id"])
            wrong |= {f"{name}: {what}" for what in wrong_with(package, rules, package["id"] in members)}
    for line in sorted(wrong):
        print(line)
    if "--report" in sys.argv[1:]:
        for licence, count in licences.most_common():
            print(f"{count:5} {licence}")
    print(f"{len(seen)} crates looked at, {len(wrong)} objections")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
