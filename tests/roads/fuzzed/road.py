"""A fuzzer (Schemathesis) against the served OpenAPI document of a running demo: all checks, all phases, its links.

    road.py DEMO.json

It makes something to find for every list, then lets Schemathesis send what the document allows, and what it does not,
signed as a reseller; a second reseller must never see what is the first one's. A failure is shown with the shortest
curl command that repeats it (signing.py signs it for another demo). LEVANTE_ROAD_SECONDS: how long, 40 by default.
LEVANTE_ROAD_SEED: what chance begins with, 1 by default, or `random`. What is excused stands in excused.py.
It prints `N passed, N failed`.
"""

import collections
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import time

from excused import EXCUSED, NOT_SENT
from signing import Key

HERE = os.path.dirname(os.path.abspath(__file__))
# So many of the operations must have been carried out, or the run proves little.
LEAST_SHARE = 0.6
# How often a value is one that exists, where it may.
SHARE_KNOWN, SHARE_OF_ORDER = 0.6, 0.97


def order(mpn_id, licences, name):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return {
        "mpnId": mpn_id, "customSubdomain": name, "companyName": "Alba Forni Srl",
        "contactFirstName": "Chiara", "contactLastName": "Neri", "contactEmail": "acquisti@albaforni.example",
        "contactPhone": "+39051000000", "contactAddress": "Via dell'Esempio 1", "contactCity": "Bologna",
        "contactZipCode": "40126", "contactState": "BO", "contactCountry": "IT",
        "mcaFirstName": "Chiara", "mcaLastName": "Neri", "mcaEmail": "acquisti@albaforni.example", "mcaAgreedAt": now,
        "lines": [{"licenceId": licence, "quantity": 5} for licence in licences],
    }


def until(probe, seconds):
    end = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > end:
            raise RuntimeError("the tenants are not delivered")
        time.sleep(0.2)


def furnish(demo, key):
    """Two tenants with subscriptions, a filled cart, a service account, a policy and a user.

    Gives the ids that the run must not end, and what it finds nothing without: values, by the places where they fit.
    """
    base = demo["apiUrl"]
    cart = key.call("POST", f"{base}/order/cart", {"ovhSubsidiary": "IT", "description": "Alba Forni"})["cartId"]
    key.call("POST", f"{base}/order/cart/{cart}/assign")
    plan = {"planCode": "csp2-tenant", "pricingMode": "default", "duration": "P1M", "quantity": 1}
    item = key.call("POST", f"{base}/order/cart/{cart}/csp2", plan)["itemId"]
    key.call("POST", f"{base}/order/cart/{cart}/item/{item}/configuration", {"label": "companyName", "value": "Alba Forni"})
    options = key.call("GET", f"{base}/order/cart/{cart}/csp2/options?planCode=csp2-tenant")
    plain = [option for option in options if "add-on" not in json.dumps(option).lower() and "addon" not in option["family"]]
    licences = [int(option["planCode"].removeprefix("csp2-license-")) for option in plain]
    services, orders = [], []
    for name in ("albaforni", "albaforni2"):
        placed = None
        for licence in licences:
            body = order(demo["accounts"][0]["mpnId"], [licence], name)
            if not key.call("POST", f"{base}/levante/order/preview", body)["blocks"]:
                placed = key.call("POST", f"{base}/levante/order", body)
                licences.remove(licence)
                break
        if placed is None:
            raise RuntimeError("no licence can be ordered by itself")
        services.append(placed["serviceName"])
        orders.append(placed["orderId"])
    for service in services:
        until(lambda: key.call("GET", f"{base}/saas/csp2/{service}")["status"] == "ok", 60)
    client = {"name": "Report", "description": "Alba Forni", "flow": "CLIENT_CREDENTIALS", "callbackUrls": []}
    client = key.call("POST", f"{base}/me/api/oauth2/client", client)["clientId"]
    user = {"login": "nightly", "email": "nightly@contoso.example", "password": "a long pass phrase", "group": "NONE"}
    key.call("POST", f"{base}/me/identity/user", user)
    policy = {
        "name": "Reports", "identities": [f"urn:v1:eu:identity:user:{demo['accounts'][0]['account']}/nightly"],
        "resources": [{"urn": f"urn:v1:eu:resource:cspReseller:{services[0]}"}],
        "permissions": {"allow": [{"action": "cspReseller:apiovh:get"}]},
    }
    policy = key.call("POST", f"{base}/v2/iam/policy", policy)["id"]
    # What the run must not end: the keys that sign, and the subscriptions of the first tenant.
    kept = {"credentialId": [], "applicationId": []}
    for account in demo["accounts"]:
        seen = Key(account).call("GET", f"{base}/auth/currentCredential")
        for name, values in kept.items():
            values.append(str(seen[name]))
    subscriptions = [key.call("GET", f"{base}/saas/csp2/{service}/subscription") for service in services]
    kept["id"] = [str(number) for number in subscriptions[0]]
    known = {
        "path.serviceName": services,
        "path.serviceId": key.call("GET", f"{base}/services"),
        "path.orderId": orders,
        "path.orderDetailId": key.call("GET", f"{base}/me/order/{orders[0]}/details"),
        "path.id": sum(subscriptions, []) + licences[:1],
        "path.cartId": [cart],
        "path.itemId": [item],
        "path.configurationId": key.call("GET", f"{base}/order/cart/{cart}/item/{item}/configuration"),
        "path.duration": key.call("GET", f"{base}/order/saas/csp2/new"),
        "path.clientId": [client],
        "path.policyId": [policy],
        "path.user": ["nightly"],
        "path.resourceURN": [f"urn:v1:eu:resource:cspReseller:{service}" for service in services],
        "path.logId": key.call("GET", f"{base}/me/api/logs/self")[:3] + key.call("GET", f"{base}/me/api/logs/services")[:3],
        "body.licenseId": licences,
        "body.mpnId": [demo["accounts"][0]["mpnId"]],
        "body.quantity": [1, 2, 7],
        "body.planCode": ["csp2-tenant"] + [f"csp2-license-{licence}" for licence in licences],
        "body.itemId": [item],
        "body.duration": ["P1M", "P1Y"],
        "body.pricingMode": ["default"],
        "body.label": ["companyName", "contactEmail", "customSubdomain"],
        "query.planCode": ["csp2-tenant"],
    }
    # An order is right in everything or refused, so nearly all of it is.
    whole = order(demo["accounts"][0]["mpnId"], licences, "")
    fields = {f"body.{name}": [value] for name, value in whole.items() if isinstance(value, str)}
    fields["body.customSubdomain"] = [f"fuzzed{number}" for number in range(300)]
    fields["body.lines[*].licenceId"], fields["body.lines[*].quantity"] = licences, [1, 3]
    shares = {place: (values, SHARE_KNOWN) for place, values in known.items()}
    shares.update({place: (values, SHARE_OF_ORDER) for place, values in fields.items()})
    return kept, {place: share for place, share in shares.items() if share[0]}


def configuration(demo, known, folder):
    """The files that tell Schemathesis who calls, which values there are, and what it must not print."""
    names = ["first", "second"]
    people = [
        {"name": name, "fixedHeaders": [{"name": n, "value": v} for n, v in Key(account).shown().items()]}
        for name, account in zip(names, demo["accounts"])
    ]
    auth = os.path.join(folder, "auth.json")
    with open(auth, "w", encoding="utf-8") as out:
        json.dump({"auth": people}, out)
    hidden = ["x-ovh-application", "x-ovh-consumer", "x-ovh-timestamp", "x-ovh-signature", "authorization"]
    config = os.path.join(folder, "schemathesis.toml")
    with open(config, "w", encoding="utf-8") as out:
        out.write(f"""
[auth.wfc]
path = {json.dumps(auth)}
user = "first"
peers = {json.dumps(names)}

[output.sanitization]
keys-to-sanitize = {json.dumps(hidden)}
""")
        for number, (values, _) in enumerate(known.values()):
            out.write(f"[dictionaries.known{number}]\nvalues = {json.dumps(values)}\n")
        out.write("[parameters]\n")
        for number, (place, (_, share)) in enumerate(known.items()):
            out.write(f'{json.dumps(place)} = {{ dictionary = "known{number}", probability = {share} }}\n')
    return config


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        demo = json.load(file)
    seconds = int(os.environ.get("LEVANTE_ROAD_SECONDS", "40"))
    seed = os.environ.get("LEVANTE_ROAD_SEED", "1")
    seed = random.SystemRandom().randrange(2**31) if seed == "random" else int(seed)
    kept, known = furnish(demo, Key(demo["accounts"][0]))
    print(f"seed {seed}, {seconds} s", flush=True)
    with tempfile.TemporaryDirectory(prefix="levante-fuzz.") as folder:
        config = configuration(demo, known, folder)
        # Chains of calls by themselves, too: among the rest they get little of the time.
        runs = [
            run(demo, config, kept, folder, seed, seconds * 3 // 5, "examples,coverage,fuzzing,stateful"),
            run(demo, config, kept, folder, seed, seconds * 2 // 5, "stateful"),
        ]
    return judge(runs, seed)


def run(demo, config, kept, folder, seed, seconds, phases):
    """One run of Schemathesis: its verdict, what the hooks saw, and how it ended."""
    verdict, seen = os.path.join(folder, "verdict.json"), os.path.join(folder, "seen.json")
    command = [
        os.path.join(os.path.dirname(sys.executable), "schemathesis"),
        "--config-file", config, "run", f"{demo['apiUrl']}/openapi.json", "--phases", phases,
        "--checks", "all", "--seed", str(seed), "--max-time", str(seconds), "--continue-on-failure", "--no-color",
        "--request-timeout", "60", "--generation-database", "none", "--warnings", "off",
        "--report", "json", "--report-json-path", verdict,
    ]
    for operation in NOT_SENT:
        command += ["--exclude-operation-id", operation]
    environment = {
        **os.environ, "PYTHONPATH": HERE, "SCHEMATHESIS_HOOKS": os.path.join(HERE, "hooks.py"),
        "LEVANTE_FUZZ_DEMO": sys.argv[1], "LEVANTE_FUZZ_KEPT": json.dumps(kept), "LEVANTE_FUZZ_SEEN": seen,
    }
    ended = subprocess.run(command, cwd=folder, env=environment, check=False).returncode
    with open(verdict, encoding="utf-8") as file:
        verdict = json.load(file)
    with open(seen, encoding="utf-8") as file:
        seen = json.load(file)
    return verdict, seen, ended


def judge(runs, seed):
    generated = failed = 0
    answers, excuses, total = {}, collections.Counter(), 0
    for verdict, seen, ended in runs:
        cases = verdict["test_cases"]
        generated += cases["generated"]
        failed += max(cases["with_failures"] + cases["errored"], int(ended != 0))
        excuses.update(seen["excuses"])
        total = max(total, verdict["operations"]["selected"] if verdict["operations"] else 0)
        for label, statuses in seen["answers"].items():
            answers.setdefault(label, collections.Counter()).update(statuses)
    if failed:
        print(f"FAILED with seed {seed}: repeat it with LEVANTE_ROAD_SEED={seed}")
    carried_out = [label for label, statuses in answers.items() if any(status.startswith("2") for status in statuses)]
    print(f"{sum(sum(statuses.values()) for statuses in answers.values())} requests; {len(carried_out)} of {total} "
          "operations were carried out")
    never = sorted(label for label in answers if label not in carried_out)
    print("never carried out: " + ", ".join(never))
    if len(carried_out) < LEAST_SHARE * total:
        failed += 1
        print(f"FAILED too few operations were carried out: at least {LEAST_SHARE:.0%}")
    for index, (kind, operation, *_, reason) in enumerate(EXCUSED):
        print(f"excused {excuses[str(index)]} times: {kind} of {operation}: {reason}")
    for operation, reason in NOT_SENT.items():
        print(f"not sent: {operation}: {reason}")
    print(f"{max(generated - failed, 0)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
