"""Searches what Levante leaves behind for readable secrets.

    canaries.py learn  --demo demo.json --secrets FILE
        asks the running demo for its mails and adds the passwords in them to FILE
    canaries.py search --demo demo.json --secrets FILE --data DIR --file LOG…
        searches every file below DIR and each FILE, also inside SQLite databases
    canaries.py self-test
        plants a canary in every form and place, and must find each

Secrets: from demo.json the passwords, TOTP secret, application secrets, consumer keys
and control token; from FILE one JSON string a line. Each is looked for as it is, in
base64, hexadecimal, percent and JSON escapes, and UTF-16. Free of the search are only
demo.json, secret.key and the delivered mails (`mailbox*` below DIR): there they belong.
It prints where something was found and which secret, never the secret.
"""

import argparse
import base64
import html
import json
import os
import re
import sqlite3
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

FREE_NAMES = ("demo.json", "secret.key")
SHORTEST = 8
CHUNK = 4 << 20
PASSWORD_LINE = re.compile(
    r"(?im)^.*?(?:password|passwort|kennwort|mot de passe|contrase\w+|has[łl]o|palavra-passe|senha)[^:\n]*:[ \t]*\n?[ \t]*(\S{6,64})[ \t]*$"
)


def forms(secret: str) -> dict[bytes, str]:
    """Every spelling under which a reader could recognise the secret, with its name."""
    raw = secret.encode()
    found = {raw: "plain"}
    add = lambda value, name: found.setdefault(value, name) if len(value) >= SHORTEST else None
    add(raw.hex().encode(), "hexadecimal")
    add(raw.hex().upper().encode(), "hexadecimal")
    add(secret.encode("utf-16-le"), "UTF-16")
    add(secret.encode("utf-16-be"), "UTF-16")
    add(json.dumps(secret)[1:-1].encode(), "JSON")
    add(urllib.parse.quote(secret, safe="").encode(), "percent")
    add(html.escape(secret).encode(), "HTML")
    add(secret[::-1].encode(), "backwards")
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for shift in range(3):
            # Inside a longer text the secret may begin at any of three offsets; the
            # characters that also depend on its neighbours are left out.
            text = encode(b"\0" * shift + raw).rstrip(b"=")
            start = (0, 2, 3)[shift]
            end = len(text) - (1 if (shift + len(raw)) % 3 else 0)
            add(text[start:end], "base64")
    return found


def named_secrets(demo: dict, learnt: Path | None) -> dict[str, str]:
    """Name → secret."""
    secrets = {"control token": demo.get("controlToken")}
    operator = demo.get("operator") or {}
    secrets["operator's password"] = operator.get("password")
    secrets["operator's TOTP secret"] = operator.get("totpSecret")
    for number, account in enumerate(demo.get("accounts") or [], 1):
        for field, name in (("password", "password"), ("applicationSecret", "application secret"),
                            ("consumerKey", "consumer key")):
            secrets[f"account {number}'s {name}"] = account.get(field)
    if learnt and learnt.exists():
        for number, line in enumerate(learnt.read_text().splitlines(), 1):
            if line.strip():
                secrets[f"secret learnt on the road, line {number}"] = json.loads(line)
    good = {name: value for name, value in secrets.items() if value and len(value) >= SHORTEST}
    totp = good.get("operator's TOTP secret")
    if totp and re.fullmatch(r"[A-Z2-7=]+", totp):
        good["operator's TOTP secret, decoded"] = base64.b32decode(totp + "=" * (-len(totp) % 8)).decode("latin-1")
    return good


def spellings(secrets: dict[str, str]) -> dict[bytes, str]:
    found = {}
    for name, secret in secrets.items():
        if name.endswith(", decoded"):
            raw = secret.encode("latin-1")
            known = {raw: "bytes", raw.hex().encode(): "hexadecimal", raw.hex().upper().encode(): "hexadecimal",
                     base64.b64encode(raw).rstrip(b"=")[:-1]: "base64"}
        else:
            known = forms(secret)
        for spelling, form in known.items():
            found.setdefault(spelling, f"{name} ({form})")
    return found


def branches(spellings: list[bytes], depth: int) -> bytes:
    """A pattern for any of them, that branches letter by letter: fast with thousands."""
    if depth == 0 or len(spellings) == 1:
        return b"(?:" + b"|".join(re.escape(s) for s in sorted(spellings, key=len, reverse=True)) + b")"
    by_first: dict[bytes, list[bytes]] = {}
    for spelling in spellings:
        by_first.setdefault(spelling[:1], []).append(spelling[1:])
    return b"(?:" + b"|".join(re.escape(first) + branches(rest, depth - 1) for first, rest in by_first.items()) + b")"


class Search:
    """One pass over files; `hits` names place and secret."""

    def __init__(self, secrets: dict[str, str]):
        self.spellings = spellings(secrets)
        self.longest = max(map(len, self.spellings))
        self.pattern = re.compile(branches(list(self.spellings), 4))
        self.hits: list[str] = []
        self.bytes = self.files = 0

    def chunk(self, data: bytes, place: str, offset: int) -> None:
        for hit in self.pattern.finditer(data):
            line = f"{place} at byte {offset + hit.start()}: {self.spellings[hit.group()]}"
            if line not in self.hits:
                self.hits.append(line)

    def file(self, path: Path, shown: str) -> None:
        self.files += 1
        rest, offset = b"", 0
        with path.open("rb") as source:
            first = source.read(16)
            source.seek(0)
            while data := source.read(CHUNK):
                self.bytes += len(data)
                self.chunk(rest + data, shown, offset - len(rest))
                offset += len(data)
                rest = (rest + data)[-self.longest:]
        if first == b"SQLite format 3\0":
            self.database(path, shown)

    def database(self, path: Path, shown: str) -> None:
        """The values as SQLite gives them: a long one lies in pieces in the file."""
        base = sqlite3.connect(f"file:{urllib.parse.quote(str(path))}?mode=ro", uri=True, timeout=1)
        base.text_factory = bytes
        try:
            base.execute("SELECT 1 FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as trouble:
            # The simulator holds its file alone while it runs; the search after the stop reads it.
            base.close()
            if "locked" not in str(trouble):
                raise
            return
        try:
            tables = [row[0].decode() for row in base.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            for table in tables:
                quoted = '"' + table.replace('"', '""') + '"'
                for number, row in enumerate(base.execute(f"SELECT * FROM {quoted}"), 1):
                    for value in row:
                        if isinstance(value, bytes):
                            self.chunk(value, f"{shown}, table {table}, row {number}", 0)
        finally:
            base.close()


def is_free(relative: Path) -> bool:
    return relative.name in FREE_NAMES or any(part.startswith("mailbox") for part in relative.parts)


def learn(options) -> int:
    demo = json.loads(options.demo.read_text())
    with urllib.request.urlopen(demo["mailboxApiUrl"], timeout=20) as answer:
        mails = json.load(answer)
    found = sorted({
        password for mail in mails for password in PASSWORD_LINE.findall(mail.get("text") or "")
    })
    with options.secrets.open("a") as out:
        for password in found:
            out.write(json.dumps(password) + "\n")
    if mails and not found and not options.secrets.read_text().strip():
        print("no mail showed a password, so nothing could be learnt from them", file=sys.stderr)
        return 1
    return 0


def search(options) -> int:
    demo = json.loads(options.demo.read_text())
    secrets = named_secrets(demo, options.secrets)
    if len(secrets) < 8:
        print(f"only {len(secrets)} secrets known: demo.json lacks some of its fields", file=sys.stderr)
        return 1
    run = Search(secrets)
    files = [(Path(name), name) for name in options.file]
    for root in options.data:
        for folder, _, names in os.walk(root):
            for name in sorted(names):
                path = Path(folder, name)
                if not is_free(path.relative_to(root)) and path.is_file():
                    files.append((path, str(path.relative_to(root))))
    for path, shown in files:
        try:
            run.file(path, shown)
        except FileNotFoundError:
            # A running demo may remove its own temporary files.
            continue
    for line in run.hits[:50]:
        print(f"FOUND in {line}")
    print(f"canaries: {len(secrets)} secrets in {len(run.spellings)} spellings, {run.files} files, "
          f"{run.bytes / 1e6:.1f} MB: {len(run.hits)} found")
    return 1 if run.hits or run.files == 0 else 0


def self_test(_options) -> int:
    canary = "Pl4nted-Canary+with/odd é&chars"
    missed, passed = [], 0

    def expect(name: str, good: bool) -> None:
        nonlocal passed
        passed += good
        if not good:
            missed.append(name)

    with tempfile.TemporaryDirectory(prefix="levante-canaries-") as folder:
        def seen(data: bytes) -> bool:
            file = Path(folder, "file")
            file.write_bytes(data)
            run = Search({"canary": canary})
            run.file(file, "file")
            return bool(run.hits)

        raw = canary.encode()
        expect("nothing", not seen(b"nothing to see " * 100))
        expect("plain", seen(b"x" * 77 + raw + b"y"))
        expect("across two chunks", seen(b"x" * (CHUNK - 5) + raw))
        expect("hexadecimal", seen(b'X\'' + raw.hex().upper().encode()))
        expect("JSON", seen(json.dumps({"a": canary}).encode()))
        expect("percent", seen(urllib.parse.quote(canary, safe="").encode()))
        expect("UTF-16", seen(canary.encode("utf-16")))
        for before in range(6):
            for after in range(4):
                text = b"b" * before + raw + b"a" * after
                expect(f"base64 with {before} before, {after} after", seen(base64.b64encode(text)))
                expect(f"base64url with {before} before, {after} after", seen(base64.urlsafe_b64encode(text)))
        file = Path(folder, "base.sqlite")
        base = sqlite3.connect(file)
        base.execute("CREATE TABLE t (a TEXT, b BLOB)")
        # Long enough to lie on several pages, with the canary over a page's end.
        base.execute("INSERT INTO t VALUES (?, ?)", ("é", b"x" * 4070 + raw + b"x" * 9000))
        base.commit()
        base.close()
        run = Search({"canary": canary})
        run.file(file, "base.sqlite")
        expect("SQLite value over several pages", bool(run.hits))
        expect("secret not printed", all(canary not in line for line in run.hits))
        expect("free files", is_free(Path("mailbox/1.json")) and is_free(Path("demo.json")) and not is_free(Path("levante.sqlite")))
        expect("password in a mail", PASSWORD_LINE.findall("Hello\nTemporary password: Abc!d3fGh\nBye") == ["Abc!d3fGh"])
    for name in missed:
        print(f"MISSED {name}")
    print(f"{passed} passed, {len(missed)} failed")
    return 1 if missed else 0


def main() -> int:
    parse = argparse.ArgumentParser(description="search for readable secrets")
    verbs = parse.add_subparsers(required=True)
    for name, work in (("learn", learn), ("search", search), ("self-test", self_test)):
        verb = verbs.add_parser(name)
        verb.set_defaults(work=work)
        if name != "self-test":
            verb.add_argument("--demo", type=Path, required=True)
            verb.add_argument("--secrets", type=Path, required=name == "learn")
        if name == "search":
            verb.add_argument("--data", type=Path, action="append", default=[])
            verb.add_argument("--file", action="append", default=[])
    options = parse.parse_args()
    return options.work(options)


if __name__ == "__main__":
    sys.exit(main())
