// The whole road with one client of the API, whatever that client is: order by the cart, follow, rename, change
// seats, add-on, cancel, figures, bills and orders, and everything that must be refused.
//
// A client is an object with `call(method, path, params)`: params are the query of a GET or DELETE and the body of
// anything else; it gives the answer, or throws `Refused` with what the client shows of the refusal.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { until } from "../browser/lib.mjs";

/** What all roads order, write and are refused. */
export const expected = JSON.parse(await readFile(new URL("../expectations.json", import.meta.url), "utf8"));

/** A refusal as a client shows it; what it does not show is undefined. */
export class Refused extends Error {
  constructor({ status, message, errorCode, class: kind, details }) {
    super(message);
    Object.assign(this, { status, errorCode, class: kind, details });
  }
}

/** The call must be refused as wanted: status, words, and as far as the client shows them class and code. */
export async function refused(call, wanted) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    assert.equal(error.status, wanted.status, error.message);
    assert.ok(error.message.includes(wanted.says), `"${wanted.says}" is not in: ${error.message}`);
    for (const part of ["class", "errorCode"]) {
      if (wanted[part] && error[part] !== undefined) assert.equal(error[part], wanted[part]);
    }
    return error;
  }
  return assert.fail(`answered with ${JSON.stringify(answer)}`);
}

/** The simulator's books: exactly these tenants (domain → seats of its living subscriptions), all with the MPN id. */
export async function books(demo, tenants, mpnId) {
  const headers = { Authorization: `Bearer ${demo.controlToken}` };
  const found = await (await fetch(`${demo.controlUrl}/control/books`, { headers })).json();
  assert.deepEqual(found.tenants.map((tenant) => tenant.domain).sort(), [...tenants.keys()].sort());
  for (const tenant of found.tenants) {
    const lines = found.subscriptions.filter((line) => line.tenantId === tenant.id);
    const living = lines.filter((line) => line.status.toLowerCase() === "active").map((line) => line.quantity);
    assert.deepEqual(living.sort(), [...tenants.get(tenant.domain)].sort(), tenant.domain);
    assert.ok(lines.length > 0 && lines.every((line) => String(line.partnerId) === mpnId), `partner of ${tenant.domain}`);
  }
}

/**
 * Walks the road. Gives `{ service, order, seats }`; `seats` are those of the subscriptions that are left.
 * @param {object} who
 * @param {Road} who.road counts what holds
 * @param {string} who.name of the client, for what is printed
 * @param {object} who.client see above
 * @param {object} who.account of demo.json
 * @param {string} who.subdomain of the tenant that is ordered
 */
export async function walk(who) {
  const way = new Walk(who);
  const order = await way.order();
  const service = await way.follow(order);
  await way.service(service);
  const { left, cancelled, seats } = await way.change(service);
  await way.figures(service);
  await way.bills(order);
  await way.refusals({ service, order, subscription: left, cancelled, addOn: way.licence("addOn") });
  await way.step("what was refused changed nothing", async () => {
    assert.deepEqual(await way.all(`/saas/csp2/${service}/subscription`, "quantity"), seats);
  });
  return { service, order, seats };
}

class Walk {
  constructor({ road, name, client, account, subdomain }) {
    Object.assign(this, { road, name, client, account, subdomain });
    this.options = new Map();
  }

  step(what, work) {
    return this.road.step(`${this.name}: ${what}`, work);
  }

  check(what, work) {
    return this.road.check(`${this.name}: ${what}`, work);
  }

  get(path, params) {
    return this.client.call("GET", path, params);
  }

  post(path, params) {
    return this.client.call("POST", path, params);
  }

  /** A field of every object of a list. */
  async all(list, field) {
    const found = [];
    for (const id of await this.get(list)) found.push((await this.get(`${list}/${id}`))[field]);
    return found;
  }

  /** The number of the licence of a line. */
  licence(line) {
    return Number(this.options.get(line).planCode.replace("csp2-license-", ""));
  }

  async order() {
    const { customer, lines } = expected;
    await this.check("who am I", async () => {
      const me = await this.get("/me");
      assert.equal(me.nichandle, this.account.account);
      assert.equal(me.email, this.account.email);
    });
    const cart = await this.step("open a cart and take it", async () => {
      const { cartId } = await this.post("/order/cart", { ovhSubsidiary: "IT", description: `Strada di ${this.name} – è sua` });
      assert.equal(await this.post(`/order/cart/${cartId}/assign`), null);
      return `/order/cart/${cartId}`;
    });
    await this.step("the cart offers a tenant and licences", async () => {
      const products = await this.get(`${cart}/csp2`);
      assert.ok(products.some((product) => product.planCode === "csp2-tenant"), JSON.stringify(products));
      const offered = await this.get(`${cart}/csp2/options`, { planCode: "csp2-tenant" });
      for (const [line, { licence }] of Object.entries(lines)) {
        const option = offered.find((one) => one.productName === licence);
        assert.ok(option, `${licence} among ${offered.map((one) => one.productName).join("; ")}`);
        this.options.set(line, option);
      }
    });
    const labels = {
      ...customer,
      customSubdomain: this.subdomain,
      contactEmail: `it@${this.subdomain}.example`,
      mcaEmail: `it@${this.subdomain}.example`,
      mcaAgreedAt: new Date().toISOString(),
    };
    const item = await this.step("fill the cart", async () => {
      const main = { planCode: "csp2-tenant", pricingMode: "default", duration: "P1M", quantity: 1 };
      const { itemId } = await this.post(`${cart}/csp2`, main);
      const required = await this.get(`${cart}/item/${itemId}/requiredConfiguration`);
      const unknown = required.filter((one) => one.required && one.label !== "mpnId" && !(one.label in labels));
      assert.deepEqual(unknown, []);
      for (const [label, value] of Object.entries(labels)) {
        await this.post(`${cart}/item/${itemId}/configuration`, { label, value });
      }
      for (const line of ["base", "second"]) {
        const { planCode, prices } = this.options.get(line);
        const { duration, pricingMode } = prices[0];
        const quantity = lines[line].seats;
        await this.post(`${cart}/csp2/options`, { itemId, planCode, pricingMode, duration, quantity });
      }
      return itemId;
    });
    await this.check("no order without an MPN id", () =>
      refused(() => this.post(`${cart}/checkout`), { status: 400, class: "Client::BadRequest", says: "mpnId" }));
    return this.step("check out", async () => {
      await this.post(`${cart}/item/${item}/configuration`, { label: "mpnId", value: this.account.mpnId });
      for (const preview of ["summary", "checkout"]) {
        const seen = await this.get(`${cart}/${preview}`);
        assert.equal(seen.orderId, null);
        assert.ok(seen.prices.withoutTax.value > 0);
      }
      const { orderId, url } = await this.post(`${cart}/checkout`);
      assert.ok(Number.isSafeInteger(orderId) && url.includes(String(orderId)), `${orderId} ${url}`);
      assert.equal((await this.get(cart)).readOnly, true);
      return orderId;
    });
  }

  async follow(order) {
    const path = `/me/order/${order}`;
    await this.step("the order is delivered", async () => {
      const last = await until("an end", async () => {
        const status = await this.get(`${path}/status`);
        return !["checking", "delivering", "notPaid"].includes(status) && status;
      });
      assert.equal(last, "delivered", JSON.stringify(await this.get(`${path}/followUp`)));
    });
    await this.check("every step of it is done", async () => {
      const steps = await this.get(`${path}/followUp`);
      assert.deepEqual(steps.map((one) => one.step), ["VALIDATING", "VALIDATED", "DELIVERING", "AVAILABLE"]);
      assert.ok(steps.every((one) => one.status === "DONE"), JSON.stringify(steps));
    });
    return this.step("its lines name the service", async () => {
      const ids = await this.get(`${path}/details`);
      assert.equal(ids.length, 3);
      const names = new Set();
      for (const id of ids) {
        names.add((await this.get(`${path}/details/${id}`)).domain);
        const { order: more } = await this.get(`${path}/details/${id}/extension`);
        names.add(more.configurations.find((one) => one.label === "serviceName").value);
      }
      const service = `${this.subdomain}.onmicrosoft.com`;
      assert.deepEqual([...names], [service]);
      assert.ok((await this.get("/saas/csp2")).includes(service));
      return service;
    });
  }

  async service(service) {
    const path = `/saas/csp2/${service}`;
    await this.check("a name in many scripts comes back as it was", async () => {
      const tenant = await this.get(path);
      assert.equal(tenant.status, "ok");
      assert.equal(tenant.mpnId, this.account.mpnId);
      assert.equal(tenant.mpnIssueFlag, null);
      // The whole object goes back, as programs do that read, change and write.
      const { iam, ...whole } = tenant;
      assert.equal(await this.client.call("PUT", path, { ...whole, displayName: expected.displayName }), null);
      const changed = await this.get(path);
      assert.deepEqual({ ...changed, iam }, { ...tenant, displayName: expected.displayName, iam });
    });
    await this.check("what can be ordered is described", async () => {
      const name = await this.all(`${path}/orderableLicenses`, "name");
      for (const { licence } of Object.values(expected.lines)) assert.ok(name.includes(licence), licence);
    });
  }

  /** A write that gives a task; waits until it is done. */
  async task(service, method, path, params) {
    const task = await this.client.call(method, path, params);
    assert.ok(["todo", "doing"].includes(task.status) && task.finishDate === null, JSON.stringify(task));
    const last = await until(`the end of ${task.function}`, async () => {
      const now = await this.get(`/saas/csp2/${service}/task/${task.id}`);
      return !["todo", "doing"].includes(now.status) && now;
    });
    assert.equal(last.status, "done", JSON.stringify(last));
    assert.ok(!(await this.get(`/saas/csp2/${service}/task`)).includes(task.id), "a task that is done is listed no more");
  }

  async change(service) {
    const { lines, more, fewer } = expected;
    const list = `/saas/csp2/${service}/subscription`;
    const have = await this.step("two subscriptions with their seats", async () => {
      const ids = await this.get(list);
      const found = new Map();
      for (const id of ids) {
        const one = await this.get(`${list}/${id}`);
        assert.equal(one.status, "ok");
        assert.equal(one.taskPendingId, 0);
        found.set(one.licenseId, one);
      }
      const seats = (line) => found.get(this.licence(line))?.quantity;
      assert.deepEqual([ids.length, seats("base"), seats("second")], [2, lines.base.seats, lines.second.seats]);
      return found;
    });
    const [base, second] = ["base", "second"].map((line) => have.get(this.licence(line)).id);
    for (const [what, quantity] of [["more", more], ["fewer", fewer]]) {
      await this.step(`${what} seats`, async () => {
        await this.task(service, "POST", `${list}/${second}/changeQuantity`, { quantity });
        assert.equal((await this.get(`${list}/${second}`)).quantity, quantity);
      });
    }
    const addOn = await this.step("an add-on", async () => {
      assert.ok((await this.get(`${list}/${base}/availableAddonLicenses`)).includes(this.licence("addOn")));
      const line = { licenseId: this.licence("addOn"), quantity: lines.addOn.seats };
      await this.task(service, "POST", `${list}/${base}/orderAddon`, line);
      const hanging = await this.get(`${list}/${base}/addonsSubscriptionIds`);
      assert.equal(hanging.length, 1);
      assert.equal((await this.get(`${list}/${hanging[0]}`)).quantity, lines.addOn.seats);
      return hanging[0];
    });
    await this.check("a base is not cancelled below its add-on", () =>
      refused(() => this.client.call("DELETE", `${list}/${base}`), { status: 409, class: "Client::Conflict", says: "add-on" }));
    await this.step("cancel the add-on, then its base", async () => {
      await this.task(service, "DELETE", `${list}/${addOn}`);
      await this.task(service, "DELETE", `${list}/${base}`);
      assert.deepEqual(await this.get(list), [second]);
    });
    return { left: second, cancelled: base, seats: [fewer] };
  }

  async figures(service) {
    const path = `/saas/csp2/${service}`;
    await this.check("the peaks of the period", async () => {
      const { startDate, endDate, lines } = await this.get(`${path}/billingPeriodPeaks`);
      assert.ok(startDate <= endDate);
      const peaks = new Map(lines.map((line) => [line.licenceId, line.peakCount]));
      assert.equal(peaks.get(this.licence("second")), expected.more, "the peak stays after a fall");
      assert.equal(peaks.get(this.licence("base")), expected.lines.base.seats);
    });
    for (const [timePeriod, days] of [["lastWeek", 7], ["lastMonth", 31], ["lastQuarter", 92], ["lastYear", 366]]) {
      await this.check(`statistics, ${timePeriod}`, async () => {
        const dates = (await this.get(`${path}/usageStatistics`, { timePeriod })).map((entry) => entry.date);
        assert.deepEqual(dates, [...new Set(dates)].sort(), "dates rise, one a day");
        assert.ok(dates.length > 0 && dates.length <= days + 1, `${dates.length} days`);
      });
    }
  }

  async bills(order) {
    await this.check("orders, and no bill is invented", async () => {
      const year = new Date().getUTCFullYear();
      const span = { "date.from": `${year - 1}-01-01T00:00:00+01:00`, "date.to": `${year + 1}-12-31` };
      assert.ok((await this.get("/me/order", span)).includes(order));
      assert.ok(!(await this.get("/me/order", { "date.to": `${year - 1}-01-01` })).includes(order));
      const { orderId, priceWithTax, priceWithoutTax, tax } = await this.get(`/me/order/${order}`);
      assert.equal(orderId, order);
      assert.equal(priceWithTax.priceInUcents, priceWithoutTax.priceInUcents + tax.priceInUcents);
      assert.deepEqual(await this.get("/me/bill", { orderId: order }), []);
      assert.equal((await this.get(`/me/order/${order}/payment`)).paymentType, "none");
      assert.deepEqual(await this.get("/me/payment/method", { default: true }), []);
    });
  }

  async refusals(values) {
    const filled = (text) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
    for (const { what, call: [method, template], params = {}, ...wanted } of expected.refusals) {
      await this.check(`refused: ${what}`, () => {
        const sent = Object.entries(params).map(([name, value]) => [name, value === "{addOn}" ? values.addOn : value]);
        return refused(() => this.client.call(method, filled(template), Object.fromEntries(sent)), wanted);
      });
    }
  }
}
