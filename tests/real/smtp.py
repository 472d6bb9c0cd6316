"""An SMTP server with STARTTLS and authentication that keeps every mail as a file.

    smtp.py --dir FOLDER [--user NAME --password WORD] [--port N] [--domain HOST]

When ready it prints one line of JSON: host, port, user, password, caFile, mails
(folder), answers (file). It ends when its standard input closes or on SIGTERM.

Mail N is stored as `mails/0001.eml` with `mails/0001.json` (sender, recipients,
user, tls). What it answers may change while it runs: it reads FOLDER/answers.json
for each mail, for example {"mode": "refuse-later", "times": 2}:

    accept           250, stored (also when the file is missing)
    refuse-later     451 after the final dot, not stored
    refuse-for-good  554 after the final dot, not stored
    refuse-recipient 550 at RCPT TO
    hang-before-dot  never answers DATA, so that the text is never sent
    hang-after-dot   stored, then never answered (the unclear case)
    lose-answer      stored, then the connection is cut without an answer

`times` counts down; at 0 it accepts again. Without it the mode stays.
"""

import argparse
import asyncio
import datetime
import ipaddress
import json
import logging
import os
import secrets
import signal
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MODES = {
    "accept",
    "refuse-later",
    "refuse-for-good",
    "refuse-recipient",
    "hang-before-dot",
    "hang-after-dot",
    "lose-answer",
}


def make_certificates(folder: Path, domain: str) -> ssl.SSLContext:
    """Writes ca.pem and a certificate for localhost, 127.0.0.1, ::1 and the domain."""
    now = datetime.datetime.now(datetime.timezone.utc)
    start, end = now - datetime.timedelta(days=1), now + datetime.timedelta(days=30)

    def builder(subject, issuer, key):
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
        )

    ca_name = "Levante test mail CA"
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    usage = dict.fromkeys(
        ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"], False)
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = (
        builder(ca_name, ca_name, ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**{**usage, "key_cert_sign": True, "crl_sign": True}), critical=True)
        .add_extension(ca_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    names = [x509.DNSName("localhost"), x509.DNSName(domain)]
    names += [x509.IPAddress(ipaddress.ip_address(a)) for a in ("127.0.0.1", "::1")]
    own = (
        builder(domain, ca_name, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**usage, "digital_signature": True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "server.pem").write_bytes(own.public_bytes(pem))
    key_file = folder / "server.key"
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / "server.pem", key_file)
    return context


class Answers:
    """What to do with the next mail, read again for each one."""

    def __init__(self, file: Path):
        self.file = file

    def mode(self) -> str:
        try:
            mode = json.loads(self.file.read_text()).get("mode", "accept")
        except FileNotFoundError:
            return "accept"
        if mode not in MODES:
            raise ValueError(f"{self.file}: unknown mode {mode!r}; one of {sorted(MODES)}")
        return mode

    def used(self) -> None:
        """Counts one use of a mode that holds only some times."""
        wanted = json.loads(self.file.read_text()) if self.file.exists() else {}
        if "times" not in wanted:
            return
        wanted["times"] -= 1
        if wanted["times"] <= 0:
            wanted = {"mode": "accept"}
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(wanted))
        fresh.replace(self.file)


class Postmaster:
    """Stores mails and answers as told."""

    def __init__(self, mails: Path, answers: Answers):
        self.mails, self.answers, self.count = mails, answers, len(list(mails.glob("*.eml")))

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.answers.mode() == "refuse-recipient":
            self.answers.used()
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mode = self.answers.mode()
        if mode != "accept":
            self.answers.used()
        if mode == "refuse-later":
            return "451 4.3.0 try again later"
        if mode == "refuse-for-good":
            return "554 5.7.1 refused for good"
        self.store(session, envelope)
        if mode == "hang-after-dot":
            await asyncio.Event().wait()
        if mode == "lose-answer":
            server.transport.abort()
        return "250 2.0.0 stored"

    def store(self, session, envelope) -> None:
        self.count += 1
        name = f"{self.count:04}"
        (self.mails / f"{name}.json").write_text(json.dumps({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": session.auth_data if isinstance(session.auth_data, str) else None,
            "tls": session.ssl is not None,
        }))
        # The mail appears by rename: whoever waits for it never reads half of it.
        fresh = self.mails / f"{name}.part"
        fresh.write_bytes(envelope.original_content or b"")
        fresh.replace(self.mails / f"{name}.eml")


class Server(SMTP):
    """SMTP that can also keep silent at DATA."""

    async def smtp_DATA(self, arg):
        answers = self.event_handler.answers
        if answers.mode() == "hang-before-dot":
            answers.used()
            await asyncio.Event().wait()
        await super().smtp_DATA(arg)


async def serve(options) -> None:
    # The library warns about its own old names at every sign-in.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    folder = options.dir
    mails = folder / "mails"
    mails.mkdir(parents=True, exist_ok=True)
    context = make_certificates(folder, options.domain)
    handler = Postmaster(mails, Answers(folder / "answers.json"))
    user, password = options.user.encode(), options.password.encode()

    def authenticate(server, session, envelope, mechanism, data):
        good = (
            isinstance(data, LoginPassword)
            and secrets.compare_digest(data.login, user)
            and secrets.compare_digest(data.password, password)
        )
        return AuthResult(success=good, handled=False, auth_data=options.user if good else None)

    def connection():
        return Server(
            handler, hostname=options.domain, tls_context=context, require_starttls=True,
            authenticator=authenticate, auth_required=True, timeout=options.timeout,
            enable_SMTPUTF8=True, ident="test", loop=asyncio.get_running_loop(),
        )

    listener = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", options.port)
    print(json.dumps({
        "host": "127.0.0.1",
        "port": listener.sockets[0].getsockname()[1],
        "user": options.user,
        "password": options.password,
        "caFile": str(folder / "ca.pem"),
        "mails": str(mails),
        "answers": str(folder / "answers.json"),
    }), flush=True)

    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, end.set)

    def input_changed():
        if not os.read(0, 4096):
            end.set()

    if not options.detached:
        try:
            loop.add_reader(0, input_changed)
        except (PermissionError, OSError, ValueError):
            # A plain file or /dev/null cannot be watched: then only a signal ends the server.
            pass
    await end.wait()
    listener.close()


def main() -> None:
    parse = argparse.ArgumentParser(description="SMTP server of the tests")
    parse.add_argument("--dir", type=Path, required=True)
    parse.add_argument("--port", type=int, default=0)
    parse.add_argument("--user", default="levante")
    parse.add_argument("--password", default=secrets.token_hex(12))
    parse.add_argument("--domain", default="mail.provider.example")
    parse.add_argument("--timeout", type=int, default=300, help="seconds a connection may be idle")
    parse.add_argument("--detached", action="store_true", help="keep running when standard input closes")
    asyncio.run(serve(parse.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
