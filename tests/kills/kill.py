"""`kill -9` before and after every outgoing call, then restart: nothing is lost, nothing doubled.

    kill.py --binary LEVANTE --work FOLDER --smtp-python PYTHON [--database URL]… [--seed N] [--only TEXT]

One undisturbed order shows which requests an order makes. Then, for every one of them, the
simulator holds it before or after its work, `serve` or `simulate` is killed just there and
started again, and the order must end with exactly one tenant, one set of subscriptions and
one mail with sign-in data in the simulator's books. The same for a change of seats and a
cancellation, at random moments, and around the moment when the mail leaves. Several lanes
(lane.py), each with processes and a database of its own, work through the cases; afterwards
canaries.py searches everything left behind. One line a case, then `N passed, N failed`.
"""

import argparse
import base64
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
import urllib.parse
import urllib.request
from pathlib import Path

from cases import KINDS, LAST, SMTP_CASES, Case, canaries, check_mail, check_order, must, new_name, of_tenant, subscriptions
from lane import LINES, Failure, Lane

LANES = 3
RANDOM_MOMENTS = 10
WHOLE_TIME = 20 * 60


class Report:
    def __init__(self):
        self.passed = self.failed = 0
        self.lock = threading.Lock()

    def good(self, title, seconds):
        with self.lock:
            self.passed += 1
            print(f"ok     {seconds:5.1f} s  {title}", flush=True)

    def bad(self, title, lines):
        with self.lock:
            self.failed += 1
            print(f"FAILED {title}")
            print("\n".join(lines), flush=True)


# ---- which cases there are -------------------------------------------------------------


def difference(before, after):
    return {route: n - before.get(route, 0) for route, n in after.items() if n > before.get(route, 0)}


def undisturbed(lane):
    """The requests of an order, of a change and of a cancellation, and how long an order takes."""
    name = new_name(lane)
    lane.serve.kill()
    lane.restart("serve")
    calls = lambda: lane.books()["calls"]
    before, start = calls(), time.monotonic()
    order = lane.place(name)
    lane.delivered(order)
    lasted = time.monotonic() - start
    check_order(lane, name)
    check_mail(lane, name)
    ordering = difference(before, calls())
    base = f"/saas/csp2/{name}.onmicrosoft.com/subscription"
    number = next(i for i, s in subscriptions(lane, name).items() if s["licenseId"] == lane.licence[LINES[1][0]])
    changes = []
    for method, path, body in (("POST", f"{base}/{number}/changeQuantity", {"quantity": 9}),
                               ("DELETE", f"{base}/{number}", None)):
        before = calls()
        task = lane.ask(method, path, body)
        lane.task_done(f"{name}.onmicrosoft.com", task["id"])
        changes.append(difference(before, calls()))
    lane.left[name] = {sku.split(":")[0]: seats for sku, seats in (LINES[0], LINES[2])}
    return ordering, *changes, lasted


def all_cases(lane, seed):
    ordering, changing, cancelling, lasted = undisturbed(lane)
    print(f"an undisturbed order: {lasted:.2f} s, {sum(ordering.values())} requests on {len(ordering)} routes; "
          f"seats: {sorted(changing)}; cancellation: {sorted(cancelling)}; seed {seed}", flush=True)
    writes = [route for route in ordering if not route.startswith("GET ") and not route.startswith("HEAD ")]
    must(len(ordering) >= 12 and len(writes) >= 4 and any(r.startswith("PATCH ") for r in changing)
         and any(r.startswith("PATCH ") for r in cancelling), "the road is known", [ordering, changing, cancelling])
    folder = []
    for kind, routes in (("order", ordering), ("seats", changing), ("cancel", cancelling)):
        for route in sorted(routes):
            for nth in range(1, routes[route] + 1):
                for victim in ("serve", "simulate"):
                    folder += [Case(kind, victim, phase, route, nth) for phase in ("before", "after")]
    for victim in ("serve", "simulate"):
        moments = [lane.random.uniform(0, lasted * 1.1) for _ in range(RANDOM_MOMENTS)]
        folder += [Case("random", victim, moments=(moment,)) for moment in sorted(moments)]
    for _ in range(3):
        moments = tuple(lane.random.uniform(0, lasted) for _ in range(6))
        folder.append(Case("crowd", "serve and simulate", moments=moments))
    must(LAST in ordering, "the last request of an order", ordering)
    for phase, often in (("before", 1), ("while", 3), ("after", 3)):
        folder += [Case("mail", "serve", phase)] * often
    return folder, [Case("smtp", nth=number) for number in SMTP_CASES], ordering[LAST]


# ---- running them ----------------------------------------------------------------------


def work(lane, cases, report, stop, deadline):
    while not stop.is_set():
        try:
            case = cases.get_nowait()
        except queue.Empty:
            return
        title, start = f"[{lane.name}] {case.title()}", time.monotonic()
        if start > deadline:
            report.bad(title, ["  not run: the whole time is over"])
            continue
        if case.kind in ("seats", "cancel") and not lane.services:
            report.bad(title, ["  not run: no service is left to change"])
            continue
        try:
            KINDS[case.kind](lane, case)
            report.good(title, time.monotonic() - start)
        except Exception as trouble:  # noqa: BLE001: the next case goes on
            if stop.is_set():
                return
            report.bad(title, explain(lane, trouble))
            recover(lane)


def explain(lane, trouble):
    yield f"  seed {lane.seed}: {trouble if isinstance(trouble, Failure) else ''.join(traceback.format_exception(trouble))}"
    try:
        name = lane.current
        yield f"  books of {name}: {json.dumps(of_tenant(lane.books(), name))[:4000]}"
        yield f"  faults: {json.dumps(lane.control('GET', '/control/faults')['faults'])}"
    except Exception as more:  # noqa: BLE001
        yield f"  no books: {more}"
    yield from lane.tail()


def recover(lane):
    """Both processes run and nothing stalls, for the next case."""
    for victim in ("simulate", "serve"):
        if not lane.program(victim).alive():
            try:
                lane.restart(victim)
            except Exception as trouble:  # noqa: BLE001
                print(f"[{lane.name}] {victim} does not come back: {trouble}")
    try:
        lane.release()
    except OSError:
        pass


def still_true(lane, report):
    """At the end of a lane: every order once more, at once."""
    title, start = f"[{lane.name}] all {len(lane.orders)} orders of the lane at the end", time.monotonic()
    try:
        for name, most in lane.orders.items():
            check_order(lane, name, lane.left.get(name))
            check_mail(lane, name, most)
            open_tasks = lane.ask("GET", f"/saas/csp2/{name}.onmicrosoft.com/task")
            must(open_tasks == [], f"no task of {name} is left", open_tasks)
        orders = lane.ask("GET", "/me/order")
        must(len(orders) == len(lane.orders), "no order but these", orders)
        tenants = [t["domain"] for t in lane.books()["tenants"]]
        must(sorted(tenants) == sorted(f"{name}.onmicrosoft.com" for name in lane.orders), "no tenant but these", tenants)
        report.good(title, time.monotonic() - start)
    except Exception as trouble:  # noqa: BLE001
        report.bad(title, explain(lane, trouble))


# ---- secrets ---------------------------------------------------------------------------


def learn_tokens(lane):
    """A later refresh token and an access token, as the simulator issues them."""
    known = lane.microsoft
    form = urllib.parse.urlencode({
        "grant_type": "refresh_token", "client_id": known["clientId"], "client_secret": known["clientSecret"],
        "refresh_token": known["refreshToken"], "scope": "https://api.partnercenter.microsoft.com/user_impersonation",
    }).encode()
    url = f"{known['authority']}/{known['tenant']}/oauth2/v2.0/token"
    with urllib.request.urlopen(url, data=form, timeout=10) as answer:
        tokens = json.load(answer)
    lane.keep("later refresh token", tokens["refresh_token"])
    lane.keep("access token", tokens["access_token"])


def search_secrets(lane, report, pg_dump):
    """Both processes are dead: the files are what a thief would find."""
    title, start = f"[{lane.name}] no readable secret", time.monotonic()
    try:
        if lane.database:
            subprocess.run([pg_dump, f"--file={lane.folder}/dump.sql", lane.database], check=True, timeout=120)
        files = [path for path in sorted(lane.folder.rglob("*")) if path.is_file()]
        belongs = [path for path in files if path.relative_to(lane.folder).parts[0] in ("secret", "smtp", "mailbox")]
        totp = lane.secrets["operator's TOTP secret"]
        lane.keep("operator's TOTP secret, decoded",
                  base64.b32decode(totp + "=" * (-len(totp) % 8)).decode("latin-1"))
        search = canaries.Search(lane.secrets)
        for path in files:
            if path not in belongs:
                search.file(path, str(path.relative_to(lane.folder)))
        must(not search.hits, "secrets found", search.hits[:20])
        must(search.files >= 5, "the files were searched", [str(f.relative_to(lane.folder)) for f in files])
        # The search itself: it must find them where they belong.
        control = canaries.Search(lane.secrets)
        for path in belongs:
            control.file(path, path.name)
        must(len(control.hits) >= len(lane.orders), "the search finds what is there", len(control.hits))
        report.good(f"{title}: {len(lane.secrets)} secrets in {search.files} files, {search.bytes / 1e6:.1f} MB",
                    time.monotonic() - start)
    except Exception as trouble:  # noqa: BLE001
        report.bad(title, [f"  {trouble}"])


# ---- the frame -------------------------------------------------------------------------


def main():
    parse = argparse.ArgumentParser(description="crash proof")
    parse.add_argument("--binary", required=True)
    parse.add_argument("--work", type=Path, required=True)
    parse.add_argument("--smtp-python", required=True)
    parse.add_argument("--database", action="append", default=[], help="one URL for each lane; none: SQLite")
    parse.add_argument("--pg-dump")
    parse.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    parse.add_argument("--only", help="only cases whose line holds this text")
    options = parse.parse_args()
    if options.database and len(options.database) != LANES + 1:
        parse.error(f"--database: {LANES + 1} URLs are needed")
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: sys.exit(130))

    lanes = []
    for number in range(LANES + 1):
        folder = options.work / f"lane{number}"
        last = number == LANES
        lanes.append(Lane(
            f"{'smtp' if last else number}", folder, options.binary, options.database[number] if options.database else None,
            options.seed % 2**32 + number, smtp_python=options.smtp_python if last else None,
            # The talkative log is the harder place to keep secrets out of.
            log_level="debug" if last else None))
    report, stop = Report(), threading.Event()
    print(f"seed {options.seed}", flush=True)
    try:
        run(lanes, report, stop, options)
    finally:
        stop.set()
        for lane in lanes:
            lane.end()
    print(f"{report.passed} passed, {report.failed} failed")
    return 0 if report.failed == 0 and report.passed > 0 else 1


def in_threads(work, lanes):
    troubles = []

    def guarded(lane):
        try:
            work(lane)
        except BaseException as trouble:  # noqa: BLE001
            troubles.append((lane, trouble))

    threads = [threading.Thread(target=guarded, args=(lane,), daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return troubles


def run(lanes, report, stop, options):
    deadline = time.monotonic() + WHOLE_TIME
    for lane, trouble in in_threads(Lane.set_up, lanes):
        report.bad(f"[{lane.name}] setting up", explain(lane, trouble))
    if report.failed:
        return
    try:
        folder, mail, last_nth = all_cases(lanes[0], options.seed)
    except Exception as trouble:  # noqa: BLE001
        report.bad("an undisturbed order", explain(lanes[0], trouble))
        return
    for lane in lanes:
        lane.last_nth = last_nth
    chosen = [queue.Queue(), queue.Queue()]
    for target, cases in zip(chosen, (folder, mail)):
        # Orders first: the changes need services.
        for case in sorted(cases, key=lambda case: case.kind in ("seats", "cancel")):
            if not options.only or options.only in case.title():
                target.put(case)

    def whole(lane):
        work(lane, chosen[1 if lane.smtp else 0], report, stop, deadline)
        still_true(lane, report)
        learn_tokens(lane)

    for lane, trouble in in_threads(whole, lanes):
        report.bad(f"[{lane.name}] the lane", explain(lane, trouble))
    for lane in lanes:
        lane.end()
        search_secrets(lane, report, options.pg_dump)
    shutil.rmtree(options.work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
