"""Loaded into Schemathesis: signs what it sends, keeps alive what the run needs, and knows what is excused.

A request is signed that shows the keys of one of the demo's resellers. So what Schemathesis sends without them, or
with others, to see whether they are needed, goes out as it is.
"""

import atexit
import collections
import json
import os

import requests
import schemathesis
from excused import excuse
from signing import Key

with open(os.environ["LEVANTE_FUZZ_DEMO"], encoding="utf-8") as file:
    DEMO = json.load(file)
KEYS = [Key(account) for account in DEMO["accounts"]]
# By the names of values in paths: the keys that sign the run and the first tenant's subscriptions. Without them there
# would soon be nothing to test.
KEPT = {name: set(values) for name, values in json.loads(os.environ["LEVANTE_FUZZ_KEPT"]).items()}
answers = collections.defaultdict(collections.Counter)
excuses = collections.Counter()

send = requests.Session.send


def send_signed(self, request, **kwargs):
    shown = (request.headers.get("X-Ovh-Application"), request.headers.get("X-Ovh-Consumer"))
    for key in KEYS:
        if shown == (key.application, key.consumer):
            key.sign(request)
    return send(self, request, **kwargs)


requests.Session.send = send_signed


@schemathesis.hook
def before_call(context, case, kwargs):
    values = case.path_parameters
    if case.method.upper() in ("DELETE", "PUT") and isinstance(values, dict):
        for name, kept in KEPT.items():
            if str(values.get(name)) in kept:
                values[name] = "1"


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][str(response.status_code)] += 1


@schemathesis.hook
def filter_failure(context, failure, case, response):
    index = excuse(failure, response)
    if index is None:
        return True
    excuses[index] += 1
    return False


@atexit.register
def report():
    with open(os.environ["LEVANTE_FUZZ_SEEN"], "w", encoding="utf-8") as out:
        json.dump({"answers": answers, "excuses": excuses}, out)
