"""Signed calls (contracts/ovh-api.md §2.2), for the road, for its hooks, and for whoever repeats a failure.

    signing.py DEMO.json METHOD PATH [BODY]

prints the curl command of a call, signed for a running demo; PATH begins with /1.0.
"""

import hashlib
import json
import shlex
import sys
import time
import urllib.parse

import requests


class Key:
    """An application's key and secret, and a consumer key."""

    def __init__(self, account):
        self.application = account["applicationKey"]
        self.secret = account["applicationSecret"]
        self.consumer = account["consumerKey"]

    def shown(self):
        """The headers that say who calls, without the proof."""
        return {"X-Ovh-Application": self.application, "X-Ovh-Consumer": self.consumer}

    def headers(self, method, url, body):
        now = str(int(time.time()))
        signed = b"+".join([self.secret.encode(), self.consumer.encode(), method.encode(), url.encode(), body, now.encode()])
        return {**self.shown(), "X-Ovh-Timestamp": now, "X-Ovh-Signature": "$1$" + hashlib.sha1(signed).hexdigest()}

    def sign(self, prepared):
        """Adds the proof to a request of `requests` that is ready to be sent."""
        parts = urllib.parse.urlsplit(prepared.url)
        body = prepared.body or b""
        body = body.encode("utf-8") if isinstance(body, str) else bytes(body)
        url = f"{parts.scheme}://{parts.netloc}{prepared.path_url}"
        prepared.headers.update(self.headers(prepared.method, url, body))

    def call(self, method, url, value=None):
        """The answer's JSON of a call that must succeed."""
        request = requests.Request(method, url, json=value).prepare()
        self.sign(request)
        with requests.Session() as session:
            session.trust_env = False
            answer = session.send(request, timeout=30)
        if answer.status_code != 200:
            raise RuntimeError(f"{method} {url}: {answer.status_code} {answer.text[:400]}")
        return answer.json()


def main():
    demo, method, path, *body = sys.argv[1:]
    with open(demo, encoding="utf-8") as file:
        demo = json.load(file)
    url = demo["apiUrl"].removesuffix("/1.0") + path
    text = "".join(body)
    command = ["curl", "-i", "-X", method, url]
    for name, value in Key(demo["accounts"][0]).headers(method, url, text.encode("utf-8")).items():
        command += ["-H", f"{name}: {value}"]
    if body:
        command += ["-H", "Content-Type: application/json", "--data-raw", text]
    print(shlex.join(command))


if __name__ == "__main__":
    main()
