"""The cases of the crash proof, and what must be true after each.

A case runs in a lane, kills one of its processes at its point, starts it again, waits
until what was asked for is done, and compares the simulator's books, the platform's
answers and the delivered mails with what was ordered. It raises `Failure` otherwise.
"""

import itertools
import json
import os
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from lane import ACCOUNT_MAIL, LINES, MPN_ID, ROOT, Failure, until

sys.path.insert(0, str(ROOT / "tests"))
import canaries  # noqa: E402

CROWD = 6
LAST = "GET /v1/customers/{id}/subscriptions"


@dataclass
class Case:
    kind: str
    victim: str = "serve"
    phase: str = ""
    route: str = ""
    nth: int = 1
    moments: tuple = ()

    def title(self):
        if self.kind == "smtp":
            mode, kill, *_ = SMTP_CASES[self.nth]
            return f"smtp: the mail server answers with {mode}" + (", kill serve" if kill else "")
        if self.kind == "mail":
            return f"mail: kill serve {self.phase} the file is written"
        if self.kind in ("random", "crowd"):
            return f"{self.kind}: kill {self.victim} after " + " ".join(f"{1000 * m:.0f} ms" for m in self.moments)
        return f"{self.kind}: kill {self.victim} {self.phase} {self.route}" + (f" #{self.nth}" if self.nth > 1 else "")


def must(good, what, seen=None):
    if not good:
        raise Failure(what if seen is None else f"{what}; seen: {json.dumps(seen)[:1500]}")


# ---- what must be true afterwards ------------------------------------------------------


def of_tenant(books, name):
    """The part of the books about one name."""
    tenants = [t for t in books["tenants"] if t["domain"] == f"{name}.onmicrosoft.com"]
    ids = {t["id"] for t in tenants}
    part = {kind: [e for e in books[kind] if e["tenantId"] in ids] for kind in ("carts", "orders", "subscriptions")}
    bought = {s["id"] for s in part["subscriptions"]}
    return {"tenants": tenants, **part, "charges": [c for c in books["charges"] if c["subscriptionId"] in bought]}


def check_order(lane, name, seats=None):
    """One tenant, bought once: `seats` are the living ones where they were changed."""
    part = of_tenant(lane.books(), name)
    must(len(part["tenants"]) == 1, "exactly one tenant", part["tenants"])
    tenant = part["tenants"][0]
    must(tenant["done"] == 1 and tenant["agreements"] == 1 and tenant["associatedPartnerId"],
         "a tenant made once, with one agreement and its reseller", tenant)
    done = [cart["checkoutsDone"] for cart in part["carts"]]
    must(sorted(done)[-2:] == [1, 1] and sum(done) == 2, "one checkout for each of the two waves", part["carts"])
    must(len(part["orders"]) == 2, "one order for each wave", part["orders"])
    wanted = sorted(sku.split(":")[0] for sku, _ in LINES)
    must(sorted(s["productId"] for s in part["subscriptions"]) == wanted, "each licence bought once", part["subscriptions"])
    must(all(s["partnerId"] == MPN_ID for s in part["subscriptions"]), "the partner on every line", part["subscriptions"])
    bought = sorted(c["subscriptionId"] for c in part["charges"] if c["chargeType"] == "new")
    must(bought == sorted(s["id"] for s in part["subscriptions"]), "one charge for each purchase", part["charges"])
    alive = {s["productId"]: s["quantity"] for s in part["subscriptions"] if s["status"] == "active"}
    must(alive == (seats or {sku.split(":")[0]: n for sku, n in LINES}), "the ordered seats", alive)
    shown = subscriptions(lane, name)
    must(sorted(s["quantity"] for s in shown.values() if s["status"] == "ok") == sorted(alive.values()),
         "the platform shows what there is", shown)


def check_mail(lane, name, most=1):
    """One Message-ID with sign-in data, delivered once (`most`: where a kill may repeat it)."""
    mails = until(lambda: lane.mails(f"it@{name}.example"), 20, "the mail with sign-in data")
    must(len({mail[0] for mail in mails}) == 1 and len(set(mails)) == 1, "one Message-ID, one text", [m[:2] for m in mails])
    must(len(mails) <= most, "the mail with sign-in data exactly once", [m[:2] for m in mails])
    passwords = canaries.PASSWORD_LINE.findall(mails[0][2])
    must(f"admin@{name}.onmicrosoft.com" in mails[0][2] and len(passwords) == 1, "the mail holds the sign-in data")
    lane.keep(f"{name}'s password", passwords[0])
    return mails


def subscriptions(lane, name):
    base = f"/saas/csp2/{name}.onmicrosoft.com/subscription"
    return {number: lane.ask("GET", f"{base}/{number}") for number in lane.ask("GET", base)}


# ---- the cases -------------------------------------------------------------------------


def kill_and_restart(lane, victim):
    """A stalled request of a dead client is let go before the client comes back."""
    lane.program(victim).kill()
    if victim == "simulate":
        lane.restart(victim)
    lane.release()
    if victim == "serve":
        lane.restart(victim)


def reach_and_kill(lane, case):
    lane.reach(case.route, case.nth)
    kill_and_restart(lane, case.victim)


def fresh(lane, case):
    """A token is asked for once in the life of a process."""
    if "/oauth2/" in case.route:
        lane.serve.kill()
        lane.restart("serve")


def new_name(lane):
    name = f"{lane.folder.name}o{len(lane.orders) + 1}"
    lane.orders[name], lane.current = 1, name
    return name


def order_case(lane, case):
    name = new_name(lane)
    fresh(lane, case)
    lane.stall(case.route, case.phase)
    order = lane.place(name)
    reach_and_kill(lane, case)
    lane.delivered(order)
    check_order(lane, name)
    check_mail(lane, name)
    lane.services.append(name)


def random_case(lane, case):
    """Counted from the sending of the order; until it is answered, the caller repeats it."""
    kill_at_moments(lane, case, [new_name(lane)])


def crowd_case(lane, case):
    """Several orders at work when both die, one after the other, several times."""
    kill_at_moments(lane, case, [new_name(lane) for _ in range(CROWD)])


def kill_at_moments(lane, case, names):
    placed = {}
    callers = [threading.Thread(target=lambda name=name: placed.update({name: lane.place(name)}), daemon=True)
               for name in names]
    for caller in callers:
        caller.start()
    victims = itertools.cycle(case.victim.split(" and "))
    for moment, victim in zip(case.moments, victims):
        time.sleep(moment)
        lane.program(victim).kill()
        lane.restart(victim)
    for caller in callers:
        caller.join(40)
    for name in names:
        lane.current = name
        must(name in placed, "the order was accepted")
        lane.delivered(placed[name])
        check_order(lane, name)
        check_mail(lane, name)
    lane.services += names


def change_case(lane, case):
    """More seats for Exchange Online, or its end."""
    lane.current = name = lane.services[-1] if case.kind == "seats" else lane.services.pop()
    service = f"{name}.onmicrosoft.com"
    product = LINES[1][0].split(":")[0]
    number, old = next((i, s) for i, s in subscriptions(lane, name).items()
                       if s["licenseId"] == lane.licence[LINES[1][0]])
    remote = lambda: next(s for s in of_tenant(lane.books(), name)["subscriptions"] if s["productId"] == product)
    before, letters = remote(), len(lane.mails(ACCOUNT_MAIL))
    fresh(lane, case)
    lane.stall(case.route, case.phase)
    path = f"/saas/csp2/{service}/subscription/{number}"
    if case.kind == "seats":
        task = lane.ask("POST", f"{path}/changeQuantity", {"quantity": old["quantity"] + 4})
    else:
        task = lane.ask("DELETE", path)
    reach_and_kill(lane, case)
    lane.task_done(service, task["id"])
    after = remote()
    must(after["patchesDone"] == before["patchesDone"] + 1, "changed exactly once", after)
    left = {sku.split(":")[0]: seats for sku, seats in LINES}
    if case.kind == "seats":
        left[product] = old["quantity"] + 4
    else:
        del left[product]
    lane.left[name] = left
    check_order(lane, name, left)
    until(lambda: len(lane.mails(ACCOUNT_MAIL)) > letters, 20, "the mail about the change")
    must(len(lane.mails(ACCOUNT_MAIL)) == letters + 1, "one mail about the change")


def late(lane, name):
    """An order that stalls at its last request, after which only the mail with sign-in data follows."""
    lane.stall(LAST, "after")
    order = lane.place(name)
    lane.reach(LAST, lane.last_nth)
    return order


def folder_mail_case(lane, case):
    """Kills `serve` when the mail could not be written yet, is being written, or is there."""
    name, box, away = new_name(lane), lane.folder / "mailbox", lane.folder / "mailbox-away"
    order = late(lane, name)
    until(lambda: len(lane.mails(ACCOUNT_MAIL)) >= len(lane.orders), 20, "the mail about the order")
    known, log = set(os.listdir(box)), lane.folder / "serve.log"
    if case.phase == "before":
        tried = log.read_text(errors="replace").count("a mail did not leave")
        box.rename(away)
        lane.release()
        until(lambda: log.read_text(errors="replace").count("a mail did not leave") > tried, 20, "the mail is tried")
    else:
        lane.release()
        ending = ".json" if case.phase == "after" else ""
        end = time.monotonic() + 15
        while not any(entry.endswith(ending) for entry in set(os.listdir(box)) - known):
            must(time.monotonic() < end, "the mail leaves")
    lane.serve.kill()
    if case.phase == "before":
        away.rename(box)
    lane.restart("serve")
    lane.delivered(order)
    check_order(lane, name)
    check_mail(lane, name)
    lane.services.append(name)


def smtp_mail_case(lane, case):
    """The mail server misbehaves at the mail with the sign-in data, and `serve` dies or not."""
    name = new_name(lane)
    mode, kill, least, most = SMTP_CASES[case.nth]
    answers = Path(lane.mail_server["answers"])
    order = late(lane, name)
    # The mail to the reseller has left by now and is not the one that is disturbed.
    until(lambda: len(lane.mails(ACCOUNT_MAIL)) >= len(lane.orders), 20, "the mail about the order")
    answers.with_suffix(".part").write_text(json.dumps({"mode": mode, "times": 1}))
    answers.with_suffix(".part").replace(answers)
    lane.release()
    if kill:
        arrived = lambda: lane.mails(f"it@{name}.example")
        used = lambda: json.loads(answers.read_text())["mode"] == "accept"
        until(used if mode == "hang-before-dot" else arrived, 20, f"the mail server at {mode}")
        lane.serve.kill()
        lane.restart("serve")
    lane.delivered(order)
    check_order(lane, name)
    until(lambda: len(lane.mails(f"it@{name}.example")) >= least, 20, f"{least} deliveries")
    lane.orders[name] = most
    check_mail(lane, name, most)
    lane.services.append(name)


# mode of the server, whether serve is killed there, fewest and most deliveries of the one mail
SMTP_CASES = {
    0: ("hang-before-dot", True, 1, 1),
    1: ("hang-after-dot", True, 2, 2),
    2: ("lose-answer", False, 2, 2),
    3: ("refuse-later", False, 1, 1),
    4: ("accept", True, 1, 2),
    5: ("accept", True, 1, 2),
    6: ("accept", True, 1, 2),
}
KINDS = {"order": order_case, "random": random_case, "crowd": crowd_case, "seats": change_case, "cancel": change_case,
         "mail": folder_mail_case, "smtp": smtp_mail_case}
