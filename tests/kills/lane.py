"""One lane of the crash proof: a simulated Microsoft and a `serve`, both killable.

A lane has its own folder, database, ports and secrets. `kill` is always `kill -9`, and
`start` uses the same ports and files again. Every wait is bounded. Layout of the folder:

    levante.toml, data/, *.log   searched for readable secrets at the end
    mailbox/, smtp/, secret/     where secrets belong: delivered mails, *_FILE files
"""

import email
import email.policy
import json
import os
import random
import re
import secrets
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import ovh
import requests

ROOT = Path(__file__).resolve().parents[2]
MPN_ID = "6100001"
ACCOUNT, ACCOUNT_MAIL = "rv1234-lv", "kills@fabrikam.example"
# Business Basic, Exchange Online Plan 1, and the add-on that needs one of the former.
LINES = (("CFQ7LV000001:0001", 5), ("CFQ7LV000006:0001", 3), ("CFQ7LV000007:0001", 2))


class Failure(Exception):
    """A case does not hold."""


def until(probe, seconds, what):
    """The first true answer of `probe`, asked every 15 ms; a failure when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(0.015)


def free_port():
    """Below the ports that outgoing connections get, so that nobody takes it during a restart."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise Failure("no free port")


def private(path, text):
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    return path


class Program:
    """A process that is started again and again with the same words."""

    def __init__(self, name, arguments, environment, log):
        self.name, self.arguments, self.environment, self.log = name, arguments, environment, log
        self.process, self.over, self.lock = None, False, threading.Lock()

    def start(self):
        with self.lock, self.log.open("ab") as log:
            if self.over:
                raise Failure("everything ends")
            log.write(f"---- {self.name} starts\n".encode())
            log.flush()
            self.process = subprocess.Popen(
                self.arguments, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)

    def alive(self):
        process = self.process
        return process is not None and process.poll() is None

    def kill(self):
        """`kill -9`, and only of this very process."""
        process, self.process = self.process, None
        if process is not None:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(10)

    def end(self):
        """The last kill: whatever another thread is about to do, it does not come back."""
        with self.lock:
            self.over = True
        self.kill()


class Lane:
    def __init__(self, name, folder, binary, database, seed, smtp_python=None, log_level=None):
        self.name, self.folder, self.binary, self.database, self.seed = name, folder, binary, database, seed
        self.smtp_python, self.smtp = smtp_python, None
        self.secrets = {}
        # Orders with the most deliveries of their mail, those that may be changed, what changes left of them.
        self.orders, self.services, self.left, self.current = {}, [], {}, None
        self.random = random.Random(f"{seed}/{name}")
        for part in ("data", "mailbox", "smtp"):
            (folder / part).mkdir(parents=True)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("LEVANTE_")}
        if log_level:
            self.environment["LEVANTE_LOG"] = log_level
        self.simulate = self.serve = None

    # -- setting up -------------------------------------------------------------

    def set_up(self):
        self.start_simulator_first()
        if self.smtp_python:
            self.start_mail_server()
        self.write_settings()
        self.people()
        self.start_serve()

    def start_simulator_first(self):
        ports = [free_port(), free_port()]
        token = self.keep("control token", secrets.token_hex(16))
        self.simulate = Program("simulate", [
            self.binary, "simulate", "--seed", str(self.seed), "--listen", f"127.0.0.1:{ports[0]}",
            "--control-listen", f"127.0.0.1:{ports[1]}", "--state", str(self.folder / "data/simulator.sqlite"),
        ], {**self.environment, "LEVANTE_CONTROL_TOKEN": token}, self.folder / "simulate.log")
        self.microsoft = self.start_simulator()
        self.keep("client secret", self.microsoft["clientSecret"])
        self.keep("first refresh token", self.microsoft["refreshToken"])
        self.control("PUT", "/control/faults", {"faults": [], "lag": {"orderSeconds": 0}})

    def start_simulator(self):
        self.simulate.start()
        line = self.simulate.process.stdout.readline().decode()
        if not line:
            raise Failure("the simulator did not start")
        return json.loads(line)

    def start_mail_server(self):
        password = self.keep("SMTP password", secrets.token_hex(12))
        # Its standard input ends with this program, and it ends with its standard input.
        self.smtp = subprocess.Popen(
            [self.smtp_python, ROOT / "tests/real/smtp.py", "--dir", self.folder / "smtp", "--password", password],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=(self.folder / "smtp/log").open("ab"))
        self.mail_server = json.loads(self.smtp.stdout.readline())

    def write_settings(self):
        self.port = free_port()
        secret = self.folder / "secret"
        files = {
            "LEVANTE_DATABASE_URL": self.database or f"sqlite:{self.folder}/data/levante.sqlite",
            "LEVANTE_VAULT_KEY": self.keep("vault key", secrets.token_hex(32)),
            "LEVANTE_SUPPLIER_CLIENT_SECRET": self.microsoft["clientSecret"],
            "LEVANTE_SUPPLIER_REFRESH_TOKEN": self.microsoft["refreshToken"],
        }
        if self.database:
            self.keep("database password", re.search(r":([^:@/]+)@", self.database).group(1))
        mail = f'transport = "folder"\nfolder = "{self.folder}/mailbox"'
        if self.smtp:
            server = self.mail_server
            files["LEVANTE_MAIL_PASSWORD"] = server["password"]
            mail = (f'transport = "smtp"\nhost = "{server["host"]}"\nport = {server["port"]}\nsecurity = "starttls"\n'
                    f'user = "{server["user"]}"\nca_file = "{server["caFile"]}"')
        (self.folder / "levante.toml").write_text(f"""\
public_url = "http://127.0.0.1:{self.port}"
listen = "127.0.0.1:{self.port}"

[supplier]
api_base = "{self.microsoft["apiBase"]}"
authority = "{self.microsoft["authority"]}"
tenant = "{self.microsoft["tenant"]}"
client_id = "{self.microsoft["clientId"]}"
timeout_seconds = 5

[mail]
from = "Levante <no-reply@levante.example>"
domain_check = "table"
{mail}
""")
        environment = dict(self.environment)
        for name, value in files.items():
            environment[f"{name}_FILE"] = str(private(secret / name.lower(), value))
        environment["LEVANTE_CONFIG"] = str(self.folder / "levante.toml")
        self.settings = environment
        self.serve = Program("serve", [self.binary, "serve"], environment, self.folder / "serve.log")

    def command(self, *words, given=""):
        done = subprocess.run([self.binary, *words], env=self.settings, input=given.encode(),
                              capture_output=True, timeout=60)
        with (self.folder / "commands.log").open("ab") as log:
            log.write(done.stderr)
        if done.returncode:
            raise Failure(f"levante {' '.join(words)}: {done.stderr.decode()[-500:]}")
        return done.stdout.decode()

    def people(self):
        """Account, users, key and price list, through the command line as an operator would."""
        self.command("migrate")
        self.command("licence", "import", str(ROOT / "crates/levante/data/licences.csv"))
        self.command("account", "create", "--id", ACCOUNT, "--first-name", "Fabrizia", "--last-name", "Kam",
                     "--organisation", "Fabrikam Cloud Srl", "--email", ACCOUNT_MAIL, "--country", "IT",
                     "--language", "en")
        self.command("account", "approve-mpn", ACCOUNT, MPN_ID)
        word = self.keep("user's password", secrets.token_urlsafe(18))
        self.command("user", "create", "--account", ACCOUNT, "--email", ACCOUNT_MAIL, "--name", "Fabrizia Kam",
                     given=word + "\n")
        word = self.keep("operator's password", secrets.token_urlsafe(18))
        shown = self.command("user", "create", "--email", "operator@levante.example", "--name", "Operator",
                             given=word + "\n")
        self.keep("operator's TOTP secret", shown.strip().split()[-1])
        shown = self.command("key", "create", ACCOUNT, "--name", "kills",
                             *(f"--rule={verb}:/*" for verb in ("GET", "POST", "PUT", "DELETE")))
        keys = dict(re.match(r"(.+?)  +(\S+)$", line).groups() for line in shown.splitlines())
        self.keep("application secret", keys["application secret"])
        self.keep("consumer key", keys["consumer key"])
        endpoint = f"levante-{self.folder.name}"
        ovh.client.ENDPOINTS[endpoint] = f"http://127.0.0.1:{self.port}/1.0"
        self.api = ovh.Client(endpoint=endpoint, application_key=keys["application key"], timeout=10,
                              application_secret=keys["application secret"], consumer_key=keys["consumer key"])
        self.licence = {}
        for line in self.command("licence", "list").splitlines():
            found = re.match(r"\s*(\d+) .*?(CFQ7LV\d+:\d+)\s+P1Y\s+monthly\s", line)
            if found:
                self.licence[found.group(2)] = int(found.group(1))

    def keep(self, name, secret):
        self.secrets[name] = secret
        return secret

    def start_serve(self):
        self.serve.start()
        until(lambda: self.is_ready() or not self.serve.alive(), 30, "serve is ready")
        if not self.serve.alive():
            raise Failure("serve ended while it started")

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def restart(self, victim):
        self.start_serve() if victim == "serve" else self.start_simulator()

    def program(self, victim):
        return self.serve if victim == "serve" else self.simulate

    def end(self):
        for program in (self.serve, self.simulate):
            if program:
                program.end()
        if self.smtp:
            self.smtp.stdin.close()
            try:
                self.smtp.wait(5)
            except subprocess.TimeoutExpired:
                self.smtp.kill()
                self.smtp.wait(5)

    # -- the simulator ----------------------------------------------------------

    def control(self, method, path, body=None):
        request = urllib.request.Request(
            self.microsoft["controlUrl"] + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.secrets['control token']}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def books(self):
        return self.control("GET", "/control/books")

    def stall(self, route, phase):
        """The next request of the route waits; whatever stalled before goes on."""
        self.control("PUT", "/control/faults", {"faults": [
            {"route": route, "kind": "stall", "phase": phase, "count": 1}]})

    def stalled(self):
        return self.control("GET", "/control/faults")["faults"][0]["hits"] == 1

    def reach(self, route, nth):
        """Waits for the nth request of a route, letting the earlier ones go on."""
        phase = self.control("GET", "/control/faults")["faults"][0]["phase"]
        for number in range(1, nth + 1):
            until(self.stalled, 20, f"request {number} of {route}")
            if number < nth:
                self.stall(route, phase)

    def release(self):
        self.control("PUT", "/control/faults", {"faults": []})

    # -- the platform, as its customers see it ------------------------------------

    def ask(self, method, path, body=None, key=None, seconds=30):
        """A signed call, repeated while nobody answers; writes bear an Idempotency-Key."""
        key = key or secrets.token_hex(12)
        end = time.monotonic() + seconds
        while True:
            try:
                answer = self.api.raw_call(method, path, body, True, {"Idempotency-Key": key} if method != "GET" else {})
            except (ovh.exceptions.HTTPError, requests.RequestException):
                if time.monotonic() > end:
                    raise Failure(f"nobody answers {method} {path}") from None
                time.sleep(0.03)
                continue
            if answer.status_code != 200:
                raise Failure(f"{method} {path}: {answer.status_code} {answer.text[:400]}")
            return answer.json()

    def order_body(self, name):
        contact = f"it@{name}.example"
        return {
            "mpnId": MPN_ID, "customSubdomain": name, "companyName": f"{name.capitalize()} Srl", "language": "en",
            "contactFirstName": "Chiara", "contactLastName": "Neri", "contactEmail": contact,
            "contactPhone": "051 123 4567", "contactAddress": "Via Zamboni 33", "contactCity": "Bologna",
            "contactZipCode": "40126", "contactCountry": "IT", "mcaFirstName": "Chiara", "mcaLastName": "Neri",
            "mcaEmail": contact, "mcaAgreedAt": "2026-01-02T03:04:05Z",
            "lines": [{"licenceId": self.licence[sku], "quantity": seats} for sku, seats in LINES],
        }

    def place(self, name):
        return self.ask("POST", "/levante/order", self.order_body(name), key=f"order-{name}")["orderId"]

    def delivered(self, order, seconds=60):
        status = until(lambda: (s := self.ask("GET", f"/me/order/{order}/status")) != "delivering" and s, seconds,
                       f"the end of order {order}")
        if status != "delivered":
            raise Failure(f"order {order} is {status}: {self.ask('GET', f'/me/order/{order}/followUp')}")

    def task_done(self, service, task, seconds=60):
        path = f"/saas/csp2/{service}/task/{task}"
        last = until(lambda: (t := self.ask("GET", path))["status"] not in ("todo", "doing") and t, seconds,
                     f"the end of task {task}")
        if last["status"] != "done":
            raise Failure(f"task {task} is {last}")

    # -- mails ------------------------------------------------------------------

    def mails(self, to):
        """(Message-ID, subject, text) of every delivery to an address."""
        found = []
        if self.smtp:
            for path in sorted((self.folder / "smtp/mails").glob("*.eml")):
                envelope = json.loads(path.with_suffix(".json").read_text())
                if envelope["to"] == [to]:
                    if not envelope["tls"] or envelope["user"] != self.mail_server["user"]:
                        raise Failure(f"a mail came without TLS or sign-in: {envelope}")
                    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
                    found.append((mail["Message-ID"], str(mail["Subject"]), text))
        else:
            for path in sorted((self.folder / "mailbox").glob("*.json")):
                mail = json.loads(path.read_text())
                if mail["to"] == to:
                    found.append((mail["messageId"], mail["subject"], mail["text"]))
        return found

    def tail(self, lines=20):
        for log in ("serve.log", "simulate.log"):
            path = self.folder / log
            if path.exists():
                yield f"  the end of {log}:"
                for line in [l for l in path.read_text(errors="replace").splitlines() if "sqlx::query" not in l][-lines:]:
                    yield f"    {line[:400]}"
