"""The whole road with OVHcloud's own Python client, unmodified, against a running demo.

    road.py DEMO.json

Order by the cart, follow it, read the mail, rename, change seats, add-ons, cancel,
order again in one call; wrong callers; over HTTPS also OAuth2; last of all the simulator's
books, which say what really happened at Microsoft. It prints each failure and `N passed, N failed`.
"""

import base64
import datetime
import hashlib
import html
import http.cookiejar
import importlib.metadata
import json
import os
import re
import ssl
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import ovh

# What all roads order and write.
EXPECTED = json.loads((Path(__file__).resolve().parent.parent / "expectations.json").read_text(encoding="utf-8"))
PASSWORD = re.compile(r"(?im)password[^:\n]*:[ \t]*\n?[ \t]*(\S{6,64})[ \t]*$")
LICENCE_FIELDS = {"id", "name", "licenceType", "limit", "newSubscriptionsAllowed", "newSeatsAllowed"}
SUBSCRIPTION_FIELDS = {"id", "licenseId", "quantity", "status", "creationDate", "lastUpdate", "taskPendingId"}
TASK_FIELDS = {"id", "function", "status", "todoDate", "finishDate"}
TENANT_FIELDS = {
    "serviceName", "displayName", "status", "creationDate", "firstName", "lastName", "email", "phone",
    "address", "city", "zipCode", "mpnId", "mpnIssueFlag",
}


class RoadEnd(Exception):
    """A step failed on which the following ones stand."""


class Road:
    """Counts what holds. `step` ends the road when it fails, `check` does not."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, good, seen=None):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}" + ("" if seen is None else f"; seen: {shorten(seen)}"))
        return bool(good)

    def step(self, what, good, seen=None):
        if not self.check(what, good, seen):
            raise RoadEnd(what)

    def equal(self, what, seen, wanted):
        return self.check(f"{what}: wanted {shorten(wanted)}", seen == wanted, seen)

    def holds(self, what, answer, fields):
        missing = fields - set(answer)
        return self.check(f"{what} has every documented field", not missing, sorted(missing))

    def refused(self, what, kind, call, *texts):
        """`call` must raise exactly this exception of the client, with these words."""
        try:
            answer = call()
        except ovh.APIError as error:
            good = type(error) is kind and all(text.lower() in str(error).lower() for text in texts)
            self.check(f"{what}: {kind.__name__} {texts or ''}", good, f"{type(error).__name__}: {error}")
            return error
        self.check(f"{what}: refused with {kind.__name__}", False, answer)
        return None


def shorten(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 600 else text[:600] + "…"


def fetch(url, token=None):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def report_secret(secret):
    """Hands a secret that was learnt here to tests/canaries.py."""
    if path := os.environ.get("LEVANTE_ROAD_SECRETS"):
        with open(path, "a", encoding="utf-8") as out:
            out.write(json.dumps(secret) + "\n")


def until(probe, seconds):
    """Asks ten times a second until `probe` answers truly or the time is over; its last answer."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.1)


def client_of(account, secret=None):
    return ovh.Client(
        endpoint="levante",
        application_key=account["applicationKey"],
        application_secret=secret or account["applicationSecret"],
        consumer_key=account["consumerKey"],
        timeout=30,
    )


class Walk:
    """One reseller's way through the API."""

    def __init__(self, road, demo):
        self.road, self.demo = road, demo
        self.account, self.stranger = demo["accounts"][0], demo["accounts"][1]
        self.api, self.other = client_of(self.account), client_of(self.stranger)
        self.options = []

    # -- who am I ---------------------------------------------------------------

    def identity(self):
        road, me = self.road, self.api.get("/me")
        road.equal("/me names the account", me["nichandle"], self.account["account"])
        road.equal("/me names the e-mail", me["email"], self.account["email"])
        road.check("/me has a first name", me.get("firstname"), me)
        current = self.api.get("/auth/currentCredential")
        road.equal("the credential is valid", current["status"], "validated")
        road.check("the credential has rules", any(r["path"] == "/*" for r in current["rules"]), current)
        details = self.api.get("/auth/details")
        road.equal("/auth/details names the account", details["account"], self.account["account"])
        road.check("/auth/details has a known method", details["method"] in ("account", "user"), details)
        drift = abs(self.api.get("/auth/time", _need_auth=False) - time.time())
        road.check("/auth/time is the time", drift < 5, drift)
        road.equal("no service yet", self.api.get("/saas/csp2"), [])
        road.equal("no order yet", self.api.get("/me/order"), [])

    # -- ordering by the cart ---------------------------------------------------

    def new_cart(self):
        cart = self.api.post("/order/cart", ovhSubsidiary="IT", description="road", _need_auth=False)["cartId"]
        self.api.post(f"/order/cart/{cart}/assign")
        return cart

    def choose(self):
        """Two plain licences and an add-on, from what the cart offers."""
        cart = self.new_cart()
        products = self.api.get(f"/order/cart/{cart}/csp2")
        self.road.step("the cart offers csp2-tenant", any(p["planCode"] == "csp2-tenant" for p in products), products)
        self.options = self.api.get(f"/order/cart/{cart}/csp2/options", planCode="csp2-tenant")
        self.road.step("the cart offers licences", len(self.options) >= 3, self.options)
        self.road.equal(
            "each licence has its own plan", len({o["planCode"] for o in self.options}), len(self.options)
        )
        addons = [o for o in self.options if is_addon(o)]
        bases = [o for o in self.options if not is_addon(o) and smallest(o) <= 5]
        self.road.step("an add-on and two plain licences are on sale", addons and len(bases) >= 2,
                       [o["productName"] for o in self.options])
        bases.sort(key=lambda o: (rank(o["productName"]), o["prices"][0]["duration"] != "P1M"))
        second = next(o for o in bases[1:] if rank(o["productName"]) != rank(bases[0]["productName"]) or o is bases[-1])
        return bases[0], second, addons[0]

    def fill_cart(self, lines, fields):
        cart = self.new_cart()
        item = self.api.post(
            f"/order/cart/{cart}/csp2", planCode="csp2-tenant", pricingMode="default", duration="P1M", quantity=1
        )["itemId"]
        required = self.api.get(f"/order/cart/{cart}/item/{item}/requiredConfiguration")
        named = {entry["label"] for entry in required if entry["required"]}
        self.road.check("every required label is known", named <= set(fields), sorted(named - set(fields)))
        for label, value in fields.items():
            self.api.post(f"/order/cart/{cart}/item/{item}/configuration", label=label, value=value)
        for option, quantity in lines:
            price = option["prices"][0]
            self.api.post(
                f"/order/cart/{cart}/csp2/options", itemId=item, planCode=option["planCode"],
                pricingMode=price["pricingMode"], duration=price["duration"], quantity=quantity,
            )
        return cart

    def order_by_cart(self, subdomain, email):
        road = self.road
        first, second, addon = self.choose()
        self.lines = [(first, 5), (second, 3), (addon, 2)]
        fields = order_fields(self.account["mpnId"], subdomain, email)

        lacking = {label: value for label, value in fields.items() if label != "mpnId"}
        cart = self.api.post("/order/cart", ovhSubsidiary="IT", _need_auth=False)["cartId"]
        self.api.post(f"/order/cart/{cart}/assign")
        item = self.api.post(
            f"/order/cart/{cart}/csp2", planCode="csp2-tenant", pricingMode="default", duration="P1M", quantity=1
        )["itemId"]
        for label, value in lacking.items():
            self.api.post(f"/order/cart/{cart}/item/{item}/configuration", label=label, value=value)
        price = first["prices"][0]
        self.api.post(
            f"/order/cart/{cart}/csp2/options", itemId=item, planCode=first["planCode"],
            pricingMode=price["pricingMode"], duration=price["duration"], quantity=5,
        )
        road.refused("checkout without MPN id", ovh.BadParametersError,
                     lambda: self.api.post(f"/order/cart/{cart}/checkout"), "mpnId")

        cart = self.fill_cart(self.lines, fields)
        summary = self.api.get(f"/order/cart/{cart}/summary", _need_auth=False)
        road.check("a summary is no order", summary["orderId"] is None, summary)
        road.check("the summary has a price", summary["prices"]["withoutTax"]["value"] > 0, summary["prices"])
        preview = self.api.get(f"/order/cart/{cart}/checkout")
        road.check("a preview is no order", preview["orderId"] is None, preview)
        placed = self.api.post(f"/order/cart/{cart}/checkout")
        road.step("checkout gives an order", isinstance(placed["orderId"], int), placed)
        road.check("the order has an address", placed["url"], placed)
        again = self.api.get(f"/order/cart/{cart}")
        road.check("the cart is closed", again["readOnly"] is True, again)
        road.equal("the order is listed", self.api.get("/me/order"), [placed["orderId"]])
        return placed["orderId"]

    def await_delivery(self, order):
        road = self.road
        seen = []

        def ended():
            status = self.api.get(f"/me/order/{order}/status")
            if not seen or seen[-1] != status:
                seen.append(status)
            return status not in ("checking", "delivering", "notPaid")

        until(ended, 120)
        if seen[-1] != "delivered":
            print("followUp: " + shorten(self.api.get(f"/me/order/{order}/followUp")))
        road.step("the order is delivered within two minutes", seen[-1] == "delivered", seen)
        steps = {step["step"]: step["status"] for step in self.api.get(f"/me/order/{order}/followUp")}
        road.check("followUp says that all is done", steps and set(steps.values()) == {"DONE"}, steps)
        names = set()
        for detail in self.api.get(f"/me/order/{order}/details"):
            names.add(self.api.get(f"/me/order/{order}/details/{detail}")["domain"])
        services = self.api.get("/saas/csp2")
        found = sorted(names & set(services))
        road.step("the order's details name its service", len(found) == 1, {"details": sorted(names), "services": services})
        return found[0]

    def sign_in_mail(self, email, service, wanted=1):
        def arrived():
            return [m for m in fetch(self.demo["mailboxApiUrl"]) if is_to(m, email) and PASSWORD.search(m.get("text") or "")]

        until(lambda: len(arrived()) >= wanted, 30)
        mails = arrived()
        if self.road.equal(f"mails with sign-in data to {email}", len(mails), wanted) and mails:
            text = mails[0]["text"]
            self.road.check("the mail names the administrator", f"@{service}" in text, re.sub(PASSWORD, "password: …", text))
            password = PASSWORD.search(text).group(1)
            report_secret(password)
            self.road.check("the password is in the HTML part too", escaped(password) in (mails[0].get("html") or ""))
            self.road.check("the subject holds no password", password not in json.dumps(mails[0].get("headers", "")))

    # -- the service ------------------------------------------------------------

    def service(self, service, subdomain, email):
        road, base = self.road, f"/saas/csp2/{service}"
        road.equal("the service has the asked-for name", service, f"{subdomain}.onmicrosoft.com")
        tenant = self.api.get(base)
        road.holds("the service", tenant, TENANT_FIELDS)
        road.equal("the service is ok", tenant["status"], "ok")
        road.equal("it keeps the MPN id", tenant["mpnId"], self.account["mpnId"])
        road.check("its MPN id is not flagged", tenant["mpnIssueFlag"] is None, tenant)
        road.equal("it keeps the contact", tenant["email"], email)
        # Whole object written back, as clients do: the fields that cannot be written are left alone.
        self.api.put(base, **{k: v for k, v in {**tenant, "displayName": EXPECTED["displayName"]}.items() if k != "iam"})
        road.equal("the new name with accents", self.api.get(base)["displayName"], EXPECTED["displayName"])
        road.refused("an unknown field", ovh.BadParametersError,
                     lambda: self.api.put(base, contactAdmin="x"), "not described", "contactAdmin")
        infos = self.api.get(f"{base}/serviceInfos")
        road.equal("serviceInfos names the service", infos["domain"], service)
        road.equal("serviceInfos names the account", infos["contactAdmin"], self.account["account"])
        renew = infos.get("renew") or {"automatic": True, "deleteAtExpiration": False, "forced": False}
        self.api.put(f"{base}/serviceInfos", renew={**renew, "deleteAtExpiration": True})
        self.settle(base)
        road.check("end at expiry is kept", self.api.get(f"{base}/serviceInfos")["renew"]["deleteAtExpiration"] is True)
        self.api.put(f"{base}/serviceInfos", renew={**renew, "deleteAtExpiration": False})
        self.settle(base)
        road.check("and taken back", self.api.get(f"{base}/serviceInfos")["renew"]["deleteAtExpiration"] is False)

    def licences(self, service):
        base = f"/saas/csp2/{service}/orderableLicenses"
        found = {i: self.api.get(f"{base}/{i}") for i in self.api.get(base)}
        self.road.check("licences can be ordered", found, found)
        for licence in found.values():
            self.road.holds(f"licence {licence.get('name')}", licence, LICENCE_FIELDS)
            if licence["licenceType"] not in ("ADDON", "NON-SPECIFIC"):
                self.road.check("a known type of licence", False, licence)
        self.road.refused("a licence that does not exist", ovh.ResourceNotFoundError,
                          lambda: self.api.get(f"{base}/999999999"), "does not exist")
        return found

    def subscriptions(self, service):
        base = f"/saas/csp2/{service}/subscription"
        return {i: self.api.get(f"{base}/{i}") for i in self.api.get(base)}

    def settle(self, service):
        """Waits until no task of the service is pending."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            states = [self.api.get(f"{service}/task/{i}")["status"] for i in self.api.get(f"{service}/task")]
            if not any(s in ("todo", "doing") for s in states):
                return
            time.sleep(0.3)
        self.road.check("the tasks end", False, states)

    def task_ends(self, service, task, what):
        self.road.holds(f"the task of {what}", task, TASK_FIELDS)
        pending = self.api.get(f"/saas/csp2/{service}/task")
        path = f"/saas/csp2/{service}/task/{task['id']}"
        first = self.api.get(path)
        self.road.check("an unfinished task is listed", first["status"] == "done" or task["id"] in pending, [first, pending])
        last = until(lambda: (t := self.api.get(path))["status"] not in ("todo", "doing") and t, 60) or self.api.get(path)
        self.road.step(f"{what} is done", last["status"] == "done", last)
        self.road.check("a finished task has its date", last["finishDate"], last)
        self.road.check("a finished task is listed no more", task["id"] not in self.api.get(f"/saas/csp2/{service}/task"))

    def change(self, service):
        """Seats up and down, add-ons, cancellations; gives the seats that must be left, by licence."""
        road, base = self.road, f"/saas/csp2/{service}/subscription"
        (first, seats), (second, others), (addon, extra) = self.lines
        before = self.subscriptions(service)
        for subscription in before.values():
            road.holds("a subscription", subscription, SUBSCRIPTION_FIELDS)
        have = {s["licenseId"]: s for s in before.values()}
        wanted = {licence_of(first): seats, licence_of(second): others, licence_of(addon): extra}
        road.step("three subscriptions with their seats", {i: s["quantity"] for i, s in have.items()} == wanted, have)
        road.check("all are ok and idle", all(s["status"] == "ok" and s["taskPendingId"] == 0 for s in before.values()), have)

        mine, sub_addon = have[licence_of(second)], have[licence_of(addon)]
        path = f"{base}/{mine['id']}"
        task = self.api.post(f"{path}/changeQuantity", quantity=others + 4)
        self.task_ends(service, task, "more seats")
        road.equal("seats after the rise", self.api.get(path)["quantity"], others + 4)
        task = self.api.post(f"{path}/changeQuantity", quantity=others + 1)
        self.task_ends(service, task, "fewer seats inside the window")
        road.equal("seats after the fall", self.api.get(path)["quantity"], others + 1)
        for bad in (0, -1, 1.5, "many", 10**12):
            road.refused(f"quantity {bad}", ovh.BadParametersError,
                         lambda bad=bad: self.api.post(f"{path}/changeQuantity", quantity=bad), "quantity")
        road.equal("seats after refused changes", self.api.get(path)["quantity"], others + 1)
        road.refused("an add-on as a subscription of its own", ovh.BadParametersError,
                     lambda: self.api.post(base, licenseId=licence_of(addon), quantity=1))
        road.refused("a subscription that does not exist", ovh.ResourceNotFoundError,
                     lambda: self.api.get(f"{base}/999999999"), "does not exist")

        parent = next((s for s in before.values()
                       if sub_addon["id"] in self.api.get(f"{base}/{s['id']}/addonsSubscriptionIds")), None)
        road.step("the add-on hangs off a subscription", parent is not None, have)
        offered = self.api.get(f"{base}/{parent['id']}/availableAddonLicenses")
        road.check("add-ons are offered for it", licence_of(addon) in offered, offered)
        road.refused("deleting a base with its add-on", ovh.ResourceConflictError,
                     lambda: self.api.delete(f"{base}/{parent['id']}"))
        task = self.api.post(f"{base}/{parent['id']}/orderAddon", licenseId=offered[-1], quantity=1)
        self.task_ends(service, task, "an add-on")
        hanging = self.api.get(f"{base}/{parent['id']}/addonsSubscriptionIds")
        bought = [i for i in hanging if i != sub_addon["id"]]
        road.step("a second add-on hangs off it", len(bought) == 1, hanging)
        road.equal("the new add-on's seats", self.api.get(f"{base}/{bought[0]}")["quantity"], 1)
        for number in hanging:
            self.task_ends(service, self.api.delete(f"{base}/{number}"), "the end of an add-on")
        road.equal("no add-on is left", self.api.get(f"{base}/{parent['id']}/addonsSubscriptionIds"), [])
        gone = have[licence_of(first)]
        self.task_ends(service, self.api.delete(f"{base}/{gone['id']}"), "the end of a subscription")
        left = {s["licenseId"]: s["quantity"] for s in self.subscriptions(service).values()}
        road.equal("what is left", left, {licence_of(second): others + 1})
        return [others + 1]

    def figures(self, service):
        road, base = self.road, f"/saas/csp2/{service}"
        peaks = self.api.get(f"{base}/billingPeriodPeaks")
        road.check("the period holds today", peaks["startDate"] <= peaks["endDate"], peaks)
        most = {line["licenceId"]: line["peakCount"] for line in peaks["lines"]}
        (_, seats), (second, others), _ = self.lines
        road.equal("the peak after a rise and a fall", most.get(licence_of(second)), others + 4)
        for period, days in (("lastWeek", 7), ("lastMonth", 28), ("lastQuarter", 89), ("lastYear", 365)):
            entries = self.api.get(f"{base}/usageStatistics", timePeriod=period)
            dates = [datetime.date.fromisoformat(entry["date"]) for entry in entries]
            road.check(f"{period}: dates rise, one a day", dates == sorted(set(dates)) and len(dates) <= days + 4, dates[:5])
        road.refused("an unknown period", ovh.BadParametersError,
                     lambda: self.api.get(f"{base}/usageStatistics", timePeriod="lastCentury"), "timePeriod")
        road.refused("no period", ovh.BadParametersError, lambda: self.api.get(f"{base}/usageStatistics"), "timePeriod")

    # -- before an order, and after it ------------------------------------------

    def preview(self, subdomain, email):
        """The preview of an order says what blocks it and what it costs, and orders nothing."""
        road, first = self.road, self.lines[0][0]
        good = {
            **order_fields(self.account["mpnId"], subdomain, email),
            "lines": [{"licenceId": licence_of(first), "quantity": 7}],
        }
        before = self.api.get("/me/order")
        seen = self.api.post("/levante/order/preview", **good)
        road.check("a good order is orderable", seen["orderable"] is True and seen["blocks"] == [], seen)
        road.check("every check is answered", all(c["verdict"] != "notChecked" for c in seen["checks"]), seen["checks"])
        line = seen["lines"][0]
        unit, bills = round(line["unitPrice"]["value"] * 10000), line["bills"]
        road.equal("the commitment is all bills of all seats",
                   round(seen["commitment"]["withoutTax"]["value"] * 10000), unit * 7 * bills)
        bad = self.api.post("/levante/order/preview", **{**good, "mpnId": "", "contactEmail": "it@nomail.example"})
        codes = {(b["field"], b["code"]) for b in bad["blocks"]}
        road.check("what blocks is named", {("mpnId", "required"), ("contactEmail", "email-domain")} <= codes, bad["blocks"])
        road.check("with sentence and cure", all(b["sentence"] and b["cure"] for b in bad["blocks"]), bad["blocks"])
        road.equal("nothing was ordered", self.api.get("/me/order"), before)

    def bills(self, order):
        road = self.road
        road.equal("no bill is invented", self.api.get("/me/bill", orderId=order), [])
        road.equal("no payment method", self.api.get("/me/payment/method", default=True), [])
        road.equal("no payment", self.api.get(f"/me/order/{order}/payment")["paymentType"], "none")
        road.refused("paying here", ovh.ResourceConflictError,
                     lambda: self.api.post(f"/me/order/{order}/pay", paymentMethod={"id": 1}), "not paid here")

    def terminate(self, service):
        """The end of a service with its terms, by the token of a mail."""
        road = self.road
        number = self.api.get(f"/saas/csp2/{service}/serviceInfos")["serviceId"]
        road.equal("the service by its name", self.api.get("/services", resourceName=service), [number])
        path = f"/services/{number}"
        road.equal("the twin knows it", number in self.api.get("/service"), True)
        road.equal("it renews", self.api.get(path)["billing"]["renew"]["current"]["mode"], "automatic")
        road.check("a termination is asked for", self.api.post(f"{path}/terminate")["message"])
        token = until(lambda: self.termination_token(number), 20)
        road.step("the token arrives by mail", token)
        report_secret(token)
        road.refused("a wrong token", ovh.exceptions.Forbidden, lambda: self.api.post(f"{path}/terminate/confirm", token="x"))
        road.check("the token confirms", self.api.post(f"{path}/terminate/confirm", token=token)["message"])
        road.refused("the token holds once", ovh.exceptions.Forbidden, lambda: self.api.post(f"{path}/terminate/confirm", token=token))
        self.settle(f"/saas/csp2/{service}")
        road.equal("it ends with its terms",
                   self.api.get(f"/saas/csp2/{service}/serviceInfos")["renew"]["deleteAtExpiration"], True)
        self.api.put(path, terminationPolicy="empty")
        self.settle(f"/saas/csp2/{service}")
        road.equal("it renews again", self.api.get(path)["billing"]["renew"]["current"]["mode"], "automatic")

    def termination_token(self, number):
        for mail in fetch(self.demo["mailboxApiUrl"]):
            found = re.search(rf"confirmTerminate\?id={number}&token=(\w+)", mail["text"])
            if found:
                return found.group(1)
        return None

    # -- one call ---------------------------------------------------------------

    def order_in_one_call(self, subdomain, email):
        """The same request twice is one order; another body under the same key is refused."""
        road, first = self.road, self.lines[0][0]
        body = {
            **order_fields(self.account["mpnId"], subdomain, email),
            "lines": [{"licenceId": licence_of(first), "quantity": 7}],
        }
        key = f"road-{os.getpid()}-{time.time_ns()}"

        def send(content):
            answer = self.api.raw_call("POST", "/levante/order", content, True, {"Idempotency-Key": key})
            return answer.status_code, answer.json()

        status, one = send(body)
        road.step("an order in one call", status == 200 and isinstance(one.get("orderId"), int), [status, one])
        status, two = send(body)
        road.check("the same key and body: the same order", status == 200 and two["orderId"] == one["orderId"], [status, two])
        status, other = send({**body, "lines": [{"licenceId": licence_of(first), "quantity": 8}]})
        road.check("the same key, another body: 409", status == 409, [status, other])
        return one["orderId"]

    # -- who must not get in ----------------------------------------------------

    def strangers(self, service, subscription, order):
        road = self.road
        unknown = "This service does not exist"
        road.refused("a service that does not exist", ovh.ResourceNotFoundError,
                     lambda: self.api.get("/saas/csp2/fabrikam404.onmicrosoft.com"), unknown)
        base = f"/saas/csp2/{service}"
        road.equal("a stranger's list", self.other.get("/saas/csp2"), [])
        for method, path, body in (
            ("GET", base, None), ("PUT", base, {"displayName": "x"}), ("GET", f"{base}/serviceInfos", None),
            ("GET", f"{base}/subscription", None), ("GET", f"{base}/subscription/{subscription}", None),
            ("POST", f"{base}/subscription/{subscription}/changeQuantity", {"quantity": 9}),
            ("DELETE", f"{base}/subscription/{subscription}", None), ("GET", f"{base}/task", None),
            ("GET", f"{base}/billingPeriodPeaks", None), ("GET", f"{base}/orderableLicenses", None),
        ):
            road.refused(f"a stranger: {method} {path.removeprefix(base) or '/'}", ovh.ResourceNotFoundError,
                         lambda: self.other.call(method, path, body), unknown)
        road.refused("a stranger's order", ovh.ResourceNotFoundError, lambda: self.other.get(f"/me/order/{order}"))
        road.equal("a stranger's orders", self.other.get("/me/order"), [])

        road.refused("a wrong secret", ovh.BadParametersError,
                     lambda: client_of(self.account, "0" * 32).get("/me"), "Invalid signature")
        for minutes in (-60, 60):
            late = client_of(self.account)
            late._time_delta = int(late.get("/auth/time", _need_auth=False) - time.time()) + minutes * 60
            road.refused(f"a clock off by {minutes} minutes", ovh.BadParametersError, lambda: late.get("/me"), "Query out of time")
        road.refused("an unknown application key", ovh.InvalidKey,
                     lambda: client_of({**self.account, "applicationKey": "A" * 16}).get("/me"), "application key is invalid")
        road.refused("an unknown consumer key", ovh.NotCredential,
                     lambda: client_of({**self.account, "consumerKey": "C" * 32}).get("/me"), "does not exist")
        road.refused("another account's consumer key", ovh.NotCredential,
                     lambda: client_of({**self.account, "consumerKey": self.stranger["consumerKey"]}).get("/me"))
        road.refused("a path that does not exist", ovh.ResourceNotFoundError,
                     lambda: self.api.get("/saas/nothing"), "invalid (or empty) URL")
        answer = self.api.raw_call("GET", "/saas/csp2/fabrikam404.onmicrosoft.com", None)
        error = answer.json()
        road.check("an error has every key that clients read",
                   {"class", "message", "httpCode"} <= set(error) and error["httpCode"] == "404 Not Found"
                   and answer.headers.get("X-Ovh-QueryID"), [error, dict(answer.headers)])

    # -- a key that somebody else allows ----------------------------------------

    def key(self):
        """A key as the client's guide gets one: it opens nothing until it is allowed, then what its rules say."""
        road, client = self.road, client_of({**self.account, "consumerKey": None})
        request = client.new_consumer_key_request()
        request.add_recursive_rules(ovh.API_READ_ONLY, "/saas/csp2")
        asked = request.request()
        report_secret(asked["consumerKey"])
        road.equal("nobody has allowed it", asked["state"], "pendingValidation")
        road.refused("a key that nobody has allowed", ovh.InvalidCredential, lambda: client.get("/saas/csp2"), "not valid")
        self.allow(asked["validationUrl"], {"GET /saas/csp2", "GET /saas/csp2/*"})
        road.check("it opens what its rules say", isinstance(client.get("/saas/csp2"), list))
        for method, path in (("GET", "/me"), ("DELETE", "/saas/csp2/x/subscription/1"), ("GET", "/saas/csp20")):
            road.refused(f"no rule covers {method} {path}", ovh.NotGrantedCall,
                         lambda method=method, path=path: client.call(method, path), "has not been granted")
        road.equal("it may say what it is", client.get("/auth/currentCredential")["status"], "validated")
        road.equal("and end itself", client.post("/auth/logout"), None)
        road.refused("a key that has ended", ovh.InvalidCredential, lambda: client.get("/saas/csp2"), "not valid")

    def allow(self, address, rules):
        """Signs in and allows the request, as a browser without scripts does."""
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

        def send(where, text=None, **fields):
            if text is not None:
                hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text[text.index("<main"):])
                fields = {**{name: html.unescape(value) for name, value in hidden}, **fields}
            body = urllib.parse.urlencode(fields).encode() if fields else None
            with browser.open(where, body, timeout=20) as answer:
                return answer.read().decode("utf-8")

        panel = self.demo["panelUrl"].rstrip("/")
        page = send(address)
        page = send(f"{panel}/sign-in", page, login=self.account["email"], password=self.account["password"])
        self.road.equal("the page shows the rules", set(re.findall(r"<li><code>([^<]*)</code>", page)), rules)
        send(f"{panel}/auth/", page, validity="day", action="allow")
        for cookie in jar:
            report_secret(cookie.value)

    # -- over HTTPS -------------------------------------------------------------

    def https(self, service):
        """What needs HTTPS: a client that looks at certificates as strictly as it can, and OAuth2."""
        road = self.road
        if not self.demo["caFile"]:
            return
        strict = ssl.create_default_context(cafile=self.demo["caFile"])
        strict.verify_flags |= ssl.VERIFY_X509_STRICT
        with urllib.request.urlopen(f"{self.demo['apiUrl']}/auth/time", timeout=20, context=strict) as answer:
            road.equal("a strict client trusts the certificate", answer.status, 200)
        made = self.api.post("/me/api/oauth2/client", name="Road", description="Reads one tenant",
                             flow="CLIENT_CREDENTIALS", callbackUrls=[])
        report_secret(made["clientSecret"])
        ovh.client.OAUTH2_TOKEN_URLS["levante"] = self.demo["apiUrl"].removesuffix("/1.0") + "/auth/oauth2/token"
        robot = ovh.Client(endpoint="levante", client_id=made["clientId"], client_secret=made["clientSecret"])
        road.refused("a service account without a policy", ovh.exceptions.Forbidden,
                     lambda: robot.get("/saas/csp2"), "not granted")
        identity = self.api.get(f"/me/api/oauth2/client/{made['clientId']}")["identity"]
        urn = next(r["urn"] for r in self.api.get("/v2/iam/resource") if r["name"] == service)
        self.api.post("/v2/iam/policy", name="Road", identities=[identity], resources=[{"urn": urn}],
                      permissions={"allow": [{"action": "cspReseller:apiovh:get"}]})
        road.equal("with one, what it says", robot.get("/saas/csp2"), [service])
        road.refused("and nothing else", ovh.exceptions.Forbidden,
                     lambda: robot.put(f"/saas/csp2/{service}", displayName="Robots"), "not granted")
        wrong = ovh.Client(endpoint="levante", client_id=made["clientId"], client_secret="0" * 32)
        road.refused("a wrong client secret", ovh.exceptions.OAuth2FailureError,
                     lambda: wrong.get("/saas/csp2"), "invalid_client")

    # -- the oracle -------------------------------------------------------------

    def books(self, tenants):
        """`tenants`: domain → the seats of its living subscriptions."""
        road = self.road
        books = fetch(f"{self.demo['controlUrl']}/control/books", self.demo["controlToken"])
        road.equal("Microsoft's tenants: one for each order", sorted(t["domain"] for t in books["tenants"]), sorted(tenants))
        for domain, seats in tenants.items():
            ids = [t["id"] for t in books["tenants"] if t["domain"] == domain]
            lines = [s for s in books["subscriptions"] if s["tenantId"] in ids]
            living = [s for s in lines if s["status"].lower() == "active"]
            road.equal(f"living seats of {domain}", sorted(s["quantity"] for s in living), sorted(seats))
            road.check(f"every line of {domain} bears the MPN id",
                       lines and all(str(s["partnerId"]) == str(self.account["mpnId"]) for s in lines), lines)
        road.check("every tenant belongs to a reseller", all(t["associatedPartnerId"] for t in books["tenants"]), books["tenants"])


def order_fields(mpn, subdomain, email):
    """The labels of the cart, which are also the fields of the order in one call."""
    return {
        **EXPECTED["customer"],
        "mpnId": mpn,
        "customSubdomain": subdomain,
        "contactEmail": email,
        "mcaEmail": email,
        "mcaAgreedAt": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def is_addon(option):
    return "add" in (option.get("family") or "").lower() or bool(re.search(r"(?i)add-?on|copilot|audio conferencing|defender", option["productName"]))


def smallest(option):
    return min(p["minimumQuantity"] for p in option["prices"])


def rank(name):
    """Well-known commercial licences first; what needs a qualification or is a trial last."""
    order = ("Business Standard", "Business Premium", "E3", "Business Basic", "E5", "Exchange")
    if re.search(r"(?i)educat|faculty|student|non.?profit|charit|trial|\bA[135]\b|government", name):
        return 99
    return next((n for n, word in enumerate(order) if word in name), 50)


def licence_of(option):
    return int(option["planCode"].removeprefix("csp2-license-"))


def is_to(mail, email):
    return email in json.dumps(mail.get("to") or mail.get("headers") or mail)


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_published(name):
    """The installed files of a package are those of its wheel, whose own hash pip has checked."""
    for file in importlib.metadata.distribution(name).files:
        if file.hash:
            seen = hashlib.new(file.hash.mode, file.locate().read_bytes()).digest()
            if base64.urlsafe_b64encode(seen).rstrip(b"=").decode() != file.hash.value:
                return False
    return True


def main():
    with open(sys.argv[1], encoding="utf-8") as source:
        demo = json.load(source)
    ovh.client.ENDPOINTS["levante"] = demo["apiUrl"]
    road = Road()
    walk = Walk(road, demo)
    mark = f"{time.time_ns() % 10**8:08}"
    one, two = f"contoso{mark}", f"fabrikam{mark}"
    try:
        road.step("the client is the published one", as_published("ovh"))
        walk.identity()
        order = walk.order_by_cart(one, "it@contoso.example")
        service = walk.await_delivery(order)
        walk.sign_in_mail("it@contoso.example", service)
        walk.service(service, one, "it@contoso.example")
        walk.licences(service)
        left = walk.change(service)
        walk.figures(service)
        walk.bills(order)
        walk.preview(two, "it@fabrikam.example")
        second = walk.order_in_one_call(two, "it@fabrikam.example")
        other = walk.await_delivery(second)
        walk.sign_in_mail("it@fabrikam.example", other)
        walk.terminate(other)
        walk.strangers(service, next(iter(walk.subscriptions(service))), order)
        walk.key()
        walk.https(service)
        walk.books({service: left, other: [7]})
    except RoadEnd:
        pass
    except ovh.APIError as error:
        road.check("no unexpected answer", False, f"{type(error).__name__}: {error}")
        import traceback

        traceback.print_exc(limit=-3, file=sys.stdout)
    print(f"{road.passed} passed, {road.failed} failed")
    return 0 if road.failed == 0 and road.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
