"""What HTTP lets a stranger send, over raw sockets, against a running demo and one with TLS.

    road.py DEMO.json

Every case is sent once and looked at, then LEVANTE_ROAD_EACH times (200 by default), sixteen at a time; it prints
what was answered, how long that took, and by how much the server's memory grew at its peak. Each case must end with one
of its answers, each flood must stay below its bound, and afterwards the server answers as before. Nothing here asserts a time.
LEVANTE_ROAD_PID: the demo's process. LEVANTE_ROAD_BINARY: its program, for the demo with TLS.
It prints each failure and `N passed, N failed`.
"""

import concurrent.futures
import json
import os
import re
import resource
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

EACH = int(os.environ.get("LEVANTE_ROAD_EACH", "200"))
AT_ONCE = 16
# Longer than every bound of the server that a case can run into.
PATIENCE = 60
MEGABYTE = 1024 * 1024
# So much may any flood of sixteen at a time add to the server's memory.
MOST_GROWTH = 64 * MEGABYTE
# The largest head and the largest body that the server keeps of one request.
LARGEST_HEAD, LARGEST_BODY = 64 * 1024, 256 * 1024
ERROR_KEYS = {"class", "message", "errorCode", "httpCode", "details"}

passed = failed = 0


def check(what, good, seen=None):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {what}" + ("" if seen is None else f"; seen: {str(seen)[:400]}"), flush=True)
    return bool(good)


# ---- the server's memory ---------------------------------------------------------------


class Memory:
    """The memory of a process, read from /proc."""

    def __init__(self, pid):
        self.folder = f"/proc/{pid}"

    def of(self, name):
        with open(f"{self.folder}/status", encoding="ascii") as file:
            return int(re.search(rf"^{name}:\s+(\d+) kB", file.read(), re.M).group(1)) * 1024

    def begin(self):
        """Forgets the peak so far; what there is now."""
        with open(f"{self.folder}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
        return self.of("VmRSS")

    def grown(self, before):
        return max(self.of("VmHWM") - before, 0)

    def open_files(self):
        with open(f"{self.folder}/limits", encoding="ascii") as file:
            text = re.search(r"^Max open files\s+(\S+)", file.read(), re.M).group(1)
        return int(text) if text.isdigit() else 1024


# ---- one talk --------------------------------------------------------------------------


def connect(address, source=None):
    return socket.create_connection(address, timeout=PATIENCE, source_address=source and (source, 0))


def send(sock, data):
    """Sends as far as the other side takes it."""
    try:
        sock.sendall(data)
        return True
    except OSError:
        return False


def rest(sock):
    """Everything until the connection ends."""
    parts = []
    try:
        while part := sock.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def half_close(sock):
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other side was faster


def answer_of(data):
    """The statuses of the answers, joined; `closed` where there is none."""
    statuses = re.findall(rb"HTTP/1\.[01] (\d{3}) [A-Z]", data)
    return ",".join(status.decode() for status in statuses) or "closed"


def raw(data, half=False):
    """A talk: these bytes, then everything that comes back."""

    def talk(address):
        with connect(address) as sock:
            send(sock, data)
            if half:
                half_close(sock)
            return rest(sock)

    return talk


def get(target, headers="", version="1.1", host="Host: x\r\n", method="GET"):
    head = f"{method} {target} HTTP/{version}\r\n{host}{headers}Connection: close\r\n\r\n"
    return raw(head.encode("utf-8", "surrogateescape"))


def post(target, body, headers="Content-Type: application/json\r\n", length=None):
    body = body if isinstance(body, bytes) else body.encode("utf-8")
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n"
    return raw(head.encode() + f"Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body)


def chunked(target, body, headers=""):
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\n{headers}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return raw(head.encode() + body)


def chunks(size, count):
    return (f"{size:x}\r\n".encode() + b" " * size + b"\r\n") * count + b"0\r\n\r\n"


# ---- HTTP/2, by hand -------------------------------------------------------------------

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, AWAY, CONTINUATION = 0, 1, 3, 4, 6, 7, 9
# :method GET, :scheme http, :path /, :authority x
ASK = b"\x82\x86\x84\x41\x01x"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def frames(data):
    found = []
    while len(data) >= 9:
        size = int.from_bytes(data[:3], "big")
        found.append(data[3])
        data = data[9 + size:]
    return found


def h2(data, until_answered=False):
    """A talk in HTTP/2: `answered` where a head came back, `away` where we are told to leave."""

    def talk(address):
        with connect(address) as sock:
            send(sock, PREFACE + frame(SETTINGS, 0, 0) + data)
            seen = b""
            try:
                if until_answered:
                    while HEADERS not in frames(seen) and (part := sock.recv(65536)):
                        seen += part
                else:
                    half_close(sock)
                    seen = rest(sock)
            except ConnectionError:
                pass
            kinds = frames(seen)
            said = ["answered"] * (HEADERS in kinds) + ["away"] * (AWAY in kinds)
            return "h2 " + ("+".join(said) or "closed")

    return talk


def resets(count):
    return b"".join(
        frame(HEADERS, 5, 2 * n + 1, ASK) + frame(RESET, 0, 2 * n + 1, struct.pack(">I", 8)) for n in range(count)
    )


# ---- the cases -------------------------------------------------------------------------

CART = "/1.0/order/cart"
TIME = "/1.0/auth/time"
DEEP = '{"description":' + "[" * 100_000 + "]" * 100_000 + "}"
GOOD_CHUNK = b"2\r\n{}\r\n0\r\n\r\n"
SMUGGLED = b"GET /1.0/auth/time HTTP/1.1\r\nHost: x\r\n\r\n"


def cases():
    """Name, talk, the answers that are right, whether the answer has OVHcloud's form; how many at most."""
    return [
        ("a good request", get(TIME), "200", False),
        # Bodies
        ("body too large, by its length", post(CART, b" " * 300_000), "413", True),
        ("body of 100 GB, announced", post(CART, b"", length=10**11), "413", True),
        ("body of a length beyond all numbers", post(CART, b"", length=10**30), "400", False),
        ("body too large, chunked", chunked(CART, chunks(50_000, 10)), "413", True),
        ("body far too large, chunked", chunked(CART, chunks(65536, 40)), "413 closed", False, 200),
        ("body in chunks of one byte", chunked(CART, chunks(1, 5000)), "400", True),
        ("body longer than announced", post(CART, "{}" + "x" * 1000, length=2), "400", True),
        ("body shorter than announced, half closed", raw(b"POST /1.0/order/cart HTTP/1.1\r\nHost: x\r\n"
         b"Content-Length: 10\r\n\r\n{}", half=True), "400 closed", False),
        ("a key twice", post(CART, '{"ovhSubsidiary":"IT","ovhSubsidiary":"FR"}'), "400", True),
        ("a key twice, deep inside", post(CART, '{"a":[{"b":{"c":1,"\\u0063":2}}]}'), "400", True),
        ("200,000 brackets", post(CART, DEEP), "400", True),
        ("20,000 keys", post(CART, json.dumps({str(n): 0 for n in range(20_000)})), "400", True, 200),
        ("a number of 100,000 digits", post(CART, '{"ovhSubsidiary":' + "9" * 100_000 + "}"), "400", True),
        ("body that is no UTF-8", post(CART, b'{"ovhSubsidiary":"\xff\xfe"}'), "400", True),
        ("body with half an emoji", post(CART, '{"ovhSubsidiary":"\\ud83d"}'), "400", True),
        ("body with a NUL", post(CART, '{"ovhSubsidiary":"IT","description":"a\\u0000b"}'), "400", True),
        ("body that is no JSON", post(CART, "ovhSubsidiary=IT"), "400", True),
        ("body of another type", post(CART, '{"ovhSubsidiary":"IT"}', "Content-Type: text/plain\r\n"), "415", True),
        ("body as a form", post(CART, "a=b", "Content-Type: application/x-www-form-urlencoded\r\n"), "415", True),
        ("body of two types", post(CART, "{}", "Content-Type: application/json\r\nContent-Type: text/xml\r\n"), "415", True),
        ("body without a type", post(CART, "{}", ""), "400", True),
        ("body that is compressed", post(CART, "{}", "Content-Encoding: gzip\r\n"), "415", True),
        # Chunks and lengths
        ("a chunk of no size", chunked(CART, b"\r\n{}\r\n0\r\n\r\n"), "400 closed", False),
        ("a chunk of size zz", chunked(CART, b"zz\r\n{}\r\n0\r\n\r\n"), "400 closed", False),
        ("a chunk of size -1", chunked(CART, b"-1\r\n{}\r\n0\r\n\r\n"), "400 closed", False),
        ("a chunk larger than all numbers", chunked(CART, b"f" * 40 + b"\r\n{}\r\n"), "400 closed", False),
        ("a chunk without its end", chunked(CART, b"2\r\n{}0\r\n\r\n"), "400 closed", False),
        ("a chunk with an extension of 100 KB", chunked(CART, b"2;" + b"x" * 100_000 + b"\r\n{}\r\n0\r\n\r\n"), "400 closed", False),
        ("trailers of 100 KB", chunked(CART, b"2\r\n{}\r\n0\r\nX-A: " + b"x" * 100_000 + b"\r\n\r\n"), "400 closed", False),
        ("length and chunks", chunked(CART, GOOD_CHUNK + SMUGGLED, "Content-Length: 2\r\n"), "400", True),
        ("chunks and a smuggled request", chunked(CART, GOOD_CHUNK + SMUGGLED, "Content-Length: 500\r\n"), "400", True),
        ("two lengths", post(CART, "{}", "Content-Length: 3\r\n"), "400", False),
        ("a length of +2", post(CART, "{}", length="+2"), "400", False),
        ("a length of -2", post(CART, "{}", length="-2"), "400", False),
        ("chunked and something after", raw(b"POST /1.0/order/cart HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, x\r\n\r\n"
         + GOOD_CHUNK), "400", False),
        ("chunked in HTTP/1.0", raw(b"POST /1.0/order/cart HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + GOOD_CHUNK), "400", False),
        ("a blank before a colon", raw(b"POST /1.0/order/cart HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n"), "400", False),
        ("a folded header", get(TIME, "X-A: a\r\n b\r\n"), "400", False),
        # Heads
        ("200 headers", get(TIME, "X-A: b\r\n" * 200), "431", False),
        ("a header of 100 KB", get(TIME, "X-A: " + "x" * 100_000 + "\r\n"), "431 closed", False),
        ("a header of 10 MB", get(TIME, "X-A: " + "x" * 10_000_000 + "\r\n"), "431 closed", False, 100),
        ("a head that never ends", raw(b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 100_000), "431 closed", False, 100),
        ("an address of 60 KB", get("/1.0/" + "x" * 60_000), "404", True),
        ("an address of 100 KB", get("/1.0/" + "x" * 100_000), "414 431 closed", False),
        ("a query of 8,000 names", get(f"{TIME}?" + "&".join(f"a{n}" for n in range(8_000))), "400", True),
        ("a NUL in the address", raw(b"GET /1.0/a\0b HTTP/1.1\r\nHost: x\r\n\r\n"), "400", False),
        ("a NUL in a header", raw(b"GET /1.0/me HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n"), "400", False),
        ("a control character in a header", get("/1.0/me", "X-A: a\x01b\r\n"), "400", False),
        ("an escaped NUL in the path", get(f"{CART}/a%00b"), "404", True),
        ("an escaped NUL in the query", get(f"{TIME}?a=%00"), "400", True),
        ("path that is no UTF-8", raw(b"GET /1.0/order/cart/\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "400 404", False),
        ("path that is no UTF-8, escaped", get(f"{CART}/%ff"), "404", True),
        ("query that is no UTF-8", get(f"{TIME}?a=%ff"), "400", True),
        ("header that is no UTF-8", raw(b"GET /1.0/me HTTP/1.1\r\nHost: x\r\nX-Ovh-Application: \xff\r\nConnection: close\r\n\r\n"), "401", True),
        ("a broken escape", get(f"{CART}/%zz%"), "404", True),
        ("no Host", get(TIME, host=""), "400", True),
        ("two Hosts", get(TIME, "Host: y\r\n"), "400", True),
        ("two Hosts, on a page", get("/sign-in", "Host: y\r\n"), "400", False),
        ("a method of nobody", get("/1.0/me", method="BREW"), "405", True),
        ("a method in small letters", get("/1.0/me", method="get"), "405", True),
        ("a method of 10,000 letters", get("/1.0/me", method="A" * 10_000), "400 405", False),
        ("TRACE", get("/1.0/me", method="TRACE"), "405", True),
        ("CONNECT", get("x:443", method="CONNECT"), "400 403 404 405", False),
        ("OPTIONS *", get("*", method="OPTIONS"), "400 404 405", False),
        ("an absolute address", get("http://x/1.0/auth/time"), "200", False),
        ("an address without its slash", get("1.0/auth/time"), "400 404", False),
        ("HTTP/1.0", get(TIME, version="1.0", host=""), "200", False),
        ("HTTP/0.9", raw(b"GET /1.0/auth/time\r\n\r\n"), "400 closed", False),
        ("HTTP/9.9", get(TIME, version="9.9"), "400 closed", False),
        ("no HTTP at all", raw(os.urandom(1000) + b"\r\n\r\n"), "400 closed", False),
        ("an empty line, many times", raw(b"\r\n" * 50_000 + b"\r\n", half=True), "400 431 closed", False, 200),
        # The course of a connection
        ("Expect: 100-continue", post(CART, "{}", "Expect: 100-continue\r\nContent-Type: application/json\r\n"), "100,400 400", True),
        ("Expect: 100-continue of 1 GB", post(CART, b"", "Expect: 100-continue\r\n", length=10**9), "413", True),
        ("Expect: the moon", get(TIME, "Expect: the-moon\r\n"), "200 417", False),
        ("100 requests at once", raw(f"GET {TIME} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 99 +
         f"GET {TIME} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()), ",".join(["200"] * 100), False, 100),
        ("half closed after asking", raw(f"GET {TIME} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), half=True), "200", False),
        ("half closed in the head", raw(b"GET /1.0/auth", half=True), "400 closed", False),
        ("closed at once", raw(b"", half=True), "closed", False),
        ("an upgrade", get(TIME, "Upgrade: websocket\r\n"), "200", False),
        # HTTP/2 without TLS
        ("HTTP/2", h2(frame(HEADERS, 5, 1, ASK), until_answered=True), "h2 answered", False),
        ("HTTP/2: nonsense", h2(b"\xff" * 500), "h2 away;h2 closed", False),
        ("HTTP/2: 3,000 streams opened and reset", h2(resets(3000)), "h2 away;h2 answered;h2 answered+away;h2 closed", False, 100),
        ("HTTP/2: a head of 1 MB in pieces", h2(frame(HEADERS, 1, 1, ASK) + frame(CONTINUATION, 0, 1, b"\x40\x01a\x7f\x80\x07" + b"x" * 1000) * 1000),
         "h2 away;h2 closed;h2 answered+away", False, 100),
        ("HTTP/2: a stream of an even number", h2(frame(HEADERS, 5, 2, ASK)), "h2 away;h2 closed", False),
        ("HTTP/2: broken compression", h2(frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff")), "h2 away;h2 closed", False),
        # Other doors
        ("a form too large", post("/sign-in", b"a=" + b"x" * 100_000, "Content-Type: application/x-www-form-urlencoded\r\n"), "413", False),
        ("a form of another type", post("/sign-in", "<a/>", "Content-Type: text/xml\r\n"), "400 403 415", False),
        ("a form with a NUL", post("/sign-in", "login=a%00", "Content-Type: application/x-www-form-urlencoded\r\n"), "400", False),
        ("a token for a body of another type", post("/auth/oauth2/token", "{}"), "400 415", False),
        ("a token for 1,500 fields", post("/auth/oauth2/token", "&".join(f"a{n}=" for n in range(1500)),
         "Content-Type: application/x-www-form-urlencoded\r\n"), "400 401 413", False),
    ]


def shown(seen):
    return seen if isinstance(seen, str) else answer_of(seen)


def is_right(answer, wanted):
    allowed = wanted.split(";") if wanted.startswith("h2") else wanted.split(" ")
    return answer in allowed


def shaped(data):
    """Whether an answer is JSON with every key of OVHcloud's errors, and says something."""
    try:
        body = json.loads(data.split(b"\r\n\r\n")[-1])
    except ValueError:
        return False
    return set(body) == ERROR_KEYS and len(body["message"]) > 3 and b"x-ovh-queryid" in data.lower()


def row(name, answer, took, count, grown):
    print(f"{name:46} {answer[:24]:24} {took * 1000:8.1f} ms {count:6} × {grown / MEGABYTE:7.1f} MB", flush=True)


def walk(address, memory):
    for name, talk, wanted, is_shaped, *most in cases():
        began = time.monotonic()
        try:
            seen = talk(address)
        except TimeoutError:
            check(f"{name} ends", False)
            continue
        took = time.monotonic() - began
        answer = shown(seen)
        check(f"{name} is answered with {wanted}", is_right(answer, wanted), answer if isinstance(seen, str) else seen)
        if is_shaped:
            check(f"{name}: the refusal has its form", shaped(seen), seen)
        count = min(EACH, *most) if most else EACH
        before = memory.begin()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            others = list(pool.map(lambda _, talk=talk: shown(talk(address)), range(count)))
        grown = memory.grown(before)
        wrong = sorted({other for other in others if not is_right(other, wanted)})
        check(f"{name}, {count} times, is answered alike", not wrong, wrong)
        check(f"{name}, {count} times, costs at most {MOST_GROWTH // MEGABYTE} MB", grown <= MOST_GROWTH, grown)
        row(name, answer, took, count, grown)
    check("the server answers afterwards", answer_of(get(TIME)(address)) == "200")


# ---- the slow ones: all at once, while the others are walked ---------------------------


class Slow:
    """Connections that send a beginning and then a byte a second, until they are cut off."""

    def __init__(self, name, address, beginning, count, wanted, drip=b"x"):
        self.name, self.wanted, self.drip, self.count = name, wanted, drip, count
        self.began = time.monotonic()
        self.socks = [connect(address) for _ in range(count)]
        for sock in self.socks:
            send(sock, beginning)
            sock.settimeout(0)
        self.answers, self.took = [], 0.0
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        seen = {sock: b"" for sock in self.socks}
        while seen and time.monotonic() - self.began < PATIENCE:
            time.sleep(1)
            for sock in list(seen):
                try:
                    while part := sock.recv(65536):
                        seen[sock] += part
                    over = True
                except BlockingIOError:
                    over = False
                except OSError:
                    over = True
                if not over and answer_of(seen[sock]) == "closed" and self.drip:
                    try:
                        sock.send(self.drip)
                    except OSError:
                        pass
                if over:
                    self.answers.append(answer_of(seen.pop(sock)))
                    sock.close()
        self.took = time.monotonic() - self.began
        for sock in seen:
            self.answers.append("still open")
            sock.close()

    def finish(self):
        self.thread.join()
        kinds = sorted(set(self.answers))
        check(f"{self.name}: each ends with {self.wanted}", set(kinds) <= set(self.wanted.split(" ")), kinds)
        row(self.name, " ".join(kinds), self.took, self.count, 0)


def slow_ones(address, secured, memory, secured_memory):
    body = b"POST /1.0/order/cart HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 250000\r\n\r\n"
    form = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n"
    token = form.replace(b"/sign-in", b"/auth/oauth2/token").replace(b"60000", b"8000")
    plans = [
        ("a head, a byte a second", b"GET /1.0/auth/time HTTP/1.1\r\nX-A: ", 100, "closed", b"x"),
        ("a head that stops", b"GET /1.0/auth/time HTTP/1.1\r\nX-A: " + b"x" * 60_000, 50, "closed", b""),
        ("half a preface of HTTP/2", PREFACE[:10], 20, "closed", b""),
        ("a body, a byte a second", body + b" " * 200_000, 100, "408 closed", b" "),
        ("chunks, a byte a second", body.replace(b"Content-Length: 250000", b"Transfer-Encoding: chunked"), 20, "400 408 closed", b"0"),
        ("a form, a byte a second", form, 50, "408 closed", b"x"),
        ("a token's form, a byte a second", token, 20, "400 408 closed", b"x"),
        ("nothing at all", b"", 50, "closed", b""),
    ]
    before = memory.begin()
    slow = [Slow(name, address, beginning, count, wanted, drip) for name, beginning, count, wanted, drip in plans]
    time.sleep(2)
    grown = memory.grown(before)
    held = sum(len(beginning) * count for _, beginning, count, *_ in plans)
    count = sum(count for _, _, count, *_ in plans)
    bound = 2 * held + count * LARGEST_HEAD + 16 * MEGABYTE
    check(f"{count} slow requests cost at most {bound // MEGABYTE} MB", grown <= bound, grown)
    row(f"{count} slow requests, {held // MEGABYTE} MB sent", "open", 2.0, count, grown)
    before = secured_memory.begin()
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"
    slow += [Slow("TLS: half a greeting", secured, hello, 50, "closed", b""), Slow("TLS: nothing", secured, b"", 50, "closed", b"")]
    grown = secured_memory.grown(before)
    check("100 half greetings cost little", grown <= MOST_GROWTH, grown)
    for one in slow:
        one.thread.start()
    return slow


# ---- TLS, and very many ----------------------------------------------------------------


def garbage_for_tls(address, host, ca, memory):
    greeting = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"
    plain = f"GET {TIME} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for name, data in [
        ("TLS: plain HTTP", plain), ("TLS: random bytes", os.urandom(5000)), ("TLS: a broken greeting", greeting),
        ("TLS: a record of 64 KB", b"\x16\x03\x01\xff\xff" + b"x" * 65535), ("TLS: an alert", b"\x15\x03\x01\x00\x02\x02\x28"),
    ]:
        began = time.monotonic()
        seen = raw(data, half=True)(address)
        took = time.monotonic() - began
        check(f"{name} gets no answer of HTTP", b"HTTP/1" not in seen, seen)
        before = memory.begin()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda _, data=data: raw(data, half=True)(address), range(EACH)))
        grown = memory.grown(before)
        check(f"{name}, {EACH} times, costs at most {MOST_GROWTH // MEGABYTE} MB", grown <= MOST_GROWTH, grown)
        row(name, "closed", took, EACH, grown)
    context = ssl.create_default_context(cafile=ca)
    with context.wrap_socket(connect(address), server_hostname=host) as sock:
        sock.sendall(f"GET {TIME} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        check("TLS still works", answer_of(rest(sock)) == "200")


def very_many(address, memory):
    """Idle connections of one address until it gets no more; another address is still served."""
    places = min(max(memory.open_files() // 4 * 3, 64), 4096)
    of_one, tried = places // 4 * 3, places + 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = tried + 100
    if hard != resource.RLIM_INFINITY and hard < enough:
        tried = hard - 100
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(enough, hard if hard != resource.RLIM_INFINITY else enough)), hard))
    before, began = memory.begin(), time.monotonic()
    socks = []
    for _ in range(tried):
        sock = connect(address)
        sock.settimeout(0)
        socks.append(sock)
    other = answer_of(elsewhere(address))
    check("another address is served meanwhile", other == "200", other)
    time.sleep(1)
    still_open = 0
    for sock in socks:
        try:
            still_open += int(bool(sock.recv(1)))
        except BlockingIOError:
            still_open += 1
        except OSError:
            pass
    grown = memory.grown(before)
    check(f"of {tried} idle connections at most {of_one} stay", still_open <= of_one, still_open)
    check(f"and many of them do: there are {of_one} places", tried < of_one or still_open >= of_one // 2, still_open)
    bound = 32 * 1024 * still_open + 32 * MEGABYTE
    check(f"they cost at most {bound // MEGABYTE} MB", grown <= bound, grown)
    row(f"{tried} idle connections, {still_open} stay", "open", time.monotonic() - began, tried, grown)
    for sock in socks:
        sock.close()
    for _ in range(100):
        if answer_of(get(TIME)(address)) == "200":
            break
        time.sleep(0.1)
    check("afterwards there is a place again", answer_of(get(TIME)(address)) == "200")


def elsewhere(address):
    """A good request from another address of this machine."""
    try:
        sock = connect(address, "127.0.0.9")
    except OSError:
        return b"HTTP/1.1 200"
    with sock:
        send(sock, f"GET {TIME} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return rest(sock)


# ---- the road --------------------------------------------------------------------------


def address_of(url):
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        demo = json.load(file)
    memory = Memory(os.environ["LEVANTE_ROAD_PID"])
    address = address_of(demo["apiUrl"])
    with tempfile.TemporaryDirectory(prefix="levante-malformed.") as folder:
        arguments = [os.environ["LEVANTE_ROAD_BINARY"], "demo", "--tls", "--data", folder, "--listen", "127.0.0.1:0"]
        with subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                secured = ready(process, f"{folder}/demo.json")
                secured_memory, secured_address = Memory(process.pid), address_of(secured["apiUrl"])
                slow = slow_ones(address, secured_address, memory, secured_memory)
                garbage_for_tls(secured_address, secured_address[0], secured["caFile"], secured_memory)
                walk(address, memory)
                for one in slow:
                    one.finish()
                very_many(address, memory)
            finally:
                process.terminate()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def ready(process, path):
    for _ in range(600):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("the demo with TLS does not start")


if __name__ == "__main__":
    sys.exit(main())
