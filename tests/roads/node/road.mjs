// The whole road with the three npm clients of OVHcloud's API, unmodified, one after the other, over HTTPS on a port
// of its own. Each asks for a key of its own as its guide says, and somebody allows it in Chromium.
//
//   node road.mjs DEMO.json
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ovhApi from "@ovh-api/api";
import common from "@ovh-api/common";
import apiMe from "@ovh-api/me";
import officialClient from "@ovhcloud/node-ovh";
import olderClient from "ovh";
import { Road, RoadEnd, openChromium, readDemo, reportSecret } from "../browser/lib.mjs";
import { Refused, books, expected, refused, walk } from "./walk.mjs";

// As published: find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
const PUBLISHED = {
  "@ovh-api/api": ["3.2.10", "205da0b9ca5c99247325c1f22d4321f9a776a9bdf0aecacc95f6c9e563c68561"],
  "@ovh-api/common": ["3.1.2", "a4c13c9c501efad91779348fe3a44b37b37b3e25bbbd0e93df6d63ad59975913"],
  "@ovh-api/me": ["3.1.27", "d087bc18ab0742d7d4c1851fcfc402987da66fbb86fe9d44f266fffd391de6a9"],
  "@ovhcloud/node-ovh": ["3.0.0", "161f59add72f1dc3248a4d01d6548dac4a9c91f73981d151b926825974a378f0"],
  ovh: ["2.0.3", "797fd4d28778f4115a58aaf7d9280d4980231aaf9cf1dd9cb667209a6fcbae31"],
};

const demo = await readDemo();
const [account, stranger] = demo.accounts;
const { protocol, hostname: host, port } = new URL(demo.apiUrl);
if (protocol !== "https:" || port === "") throw new Error("these clients speak HTTPS only: LEVANTE_ROAD_DEMO=--tls");
const road = new Road();
const run = Math.floor(Date.now() / 1000).toString(36).slice(-5);
const tenants = new Map();
const chrome = await openChromium({ ignoreCertificates: true });

/** The account holder opens the address, signs in if need be, and allows what is asked for. */
async function allow(url) {
  const { page } = chrome;
  await page.goto(url);
  if (await page.locator("#login").count()) {
    await page.fill("#login", account.email);
    await page.fill("#password", account.password);
    await page.getByRole("button", { name: "Sign in" }).click();
  }
  const yes = page.getByRole("button", { name: "Allow" });
  await yes.waitFor();
  const rules = await page.locator("main li code").allInnerTexts();
  await yes.click();
  await page.locator("main [role=status]").waitFor();
  return rules;
}

/** `ovh` and `@ovhcloud/node-ovh` have one manner: a number and a message. */
function official(make, keys, more = {}) {
  const api = make({
    host, port: Number(port), basePath: "/1.0",
    appKey: keys.applicationKey, appSecret: keys.applicationSecret, consumerKey: keys.consumerKey, ...more,
  });
  return {
    async call(method, path, params = {}) {
      try {
        return await api.requestPromised(method, path, { ...params });
      } catch (error) {
        if (!(error.error >= 100)) throw new Error(`${method} ${path}: ${JSON.stringify(error)}`);
        throw new Refused({ status: error.error, message: error.message });
      }
    },
  };
}

/** `@ovh-api/api` names every part of a path; what is no word of the API is given to `$()`. */
function typed(engine) {
  const roots = [["/saas/csp2", (e) => common.buildOvhProxy(e, "/saas/csp2")], ["/me", apiMe.proxyMe]];
  return {
    async call(method, path, params) {
      const [prefix, make] = roots.find(([start]) => `${path}/`.startsWith(`${start}/`)) ?? ["", (e) => common.buildOvhProxy(e, "")];
      let node = make(engine);
      for (const part of path.slice(prefix.length).split("/").slice(1)) {
        node = /^([a-zA-Z]+|csp2)$/.test(part) ? node[part] : node.$(part);
      }
      try {
        return await node[`$${method.toLowerCase()}`]({ ...params });
      } catch (error) {
        if (!(error instanceof ovhApi.OvhError)) throw error;
        const { httpCode, message, errorCode } = error;
        throw new Refused({ status: parseInt(httpCode), message, errorCode });
      }
    },
  };
}

/** The files that run are the published ones, byte for byte. */
async function asPublished() {
  const sum = (bytes) => createHash("sha256").update(bytes).digest("hex");
  for (const [name, [version, wanted]] of Object.entries(PUBLISHED)) {
    const folder = fileURLToPath(new URL(`node_modules/${name}`, import.meta.url));
    assert.equal(JSON.parse(await readFile(join(folder, "package.json"))).version, version, name);
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = found.filter((one) => one.isFile()).map((one) => `.${join(one.parentPath ?? one.path, one.name).slice(folder.length)}`);
    const lines = [];
    for (const file of files.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
      lines.push(`${sum(await readFile(join(folder, file)))}  ${file}\n`);
    }
    assert.equal(sum(lines.join("")), wanted, `the files of ${name} are not the published ones`);
  }
}

/** A key as the guide of OVHcloud's clients gets one: nothing works until it is allowed, then what its rules say. */
async function keyByForm(name, make) {
  const asker = official(make, { ...account, consumerKey: undefined });
  const accessRules = ["GET", "PUT"].flatMap((method) => ["/saas/csp2", "/saas/csp2/*"].map((path) => ({ method, path })));
  const asked = await road.step(`${name}: ask for a key`, () => asker.call("POST", "/auth/credential", { accessRules }));
  const { consumerKey, state, validationUrl } = asked;
  await reportSecret(consumerKey);
  const limited = official(make, { ...account, consumerKey });
  await road.check(`${name}: it opens nothing yet`, async () => {
    assert.equal(state, "pendingValidation");
    await refused(() => limited.call("GET", "/saas/csp2"), { status: 403, says: "This credential is not valid" });
  });
  await road.step(`${name}: it is allowed in the browser`, async () => {
    assert.deepEqual((await allow(validationUrl)).sort(), accessRules.map((rule) => `${rule.method} ${rule.path}`).sort());
    assert.ok(Array.isArray(await limited.call("GET", "/saas/csp2")));
  });
  await road.check(`${name}: what no rule covers is refused`, async () => {
    for (const [method, path] of [["GET", "/me"], ["POST", "/saas/csp2/x.onmicrosoft.com/subscription"], ["GET", "/saas/csp20"]]) {
      await refused(() => limited.call(method, path), { status: 403, says: "This call has not been granted" });
    }
  });
}

/** Whoever must not get in. */
async function strangers(name, clientOf, service) {
  await road.check(`${name}: a wrong secret`, () =>
    refused(() => clientOf({ ...account, applicationSecret: "0".repeat(32) }).call("GET", "/me"),
      { status: 400, errorCode: "INVALID_SIGNATURE", says: "Invalid signature" }));
  await road.check(`${name}: an unknown application key`, () =>
    // They fail at their first call, which asks for the time.
    assert.rejects(clientOf({ ...account, applicationKey: "A".repeat(16) }).call("GET", "/me"), /Unable to fetch OVH API time/));
  await road.check(`${name}: an unknown consumer key`, () =>
    refused(() => clientOf({ ...account, consumerKey: "C".repeat(32) }).call("GET", "/me"),
      { status: 403, errorCode: "NOT_CREDENTIAL", says: "This credential does not exist" }));
  await road.check(`${name}: a stranger learns nothing`, async () => {
    const other = clientOf(stranger);
    const unknown = { status: 404, class: "Client::NotFound", says: "This service does not exist" };
    await refused(() => other.call("GET", `/saas/csp2/${service}`), unknown);
    await refused(() => other.call("PUT", `/saas/csp2/${service}`, { displayName: "Ours" }), unknown);
    assert.deepEqual(await other.call("GET", "/saas/csp2"), []);
  });
}

/** `@ovhcloud/node-ovh` reads the schemas first and warns of whatever it does not find in them. */
async function withNodeOvh() {
  const name = "@ovhcloud/node-ovh";
  await keyByForm(name, officialClient);
  const warnings = [];
  const apis = ["saas/csp2", "me", "order", "services"];
  const client = official(officialClient, account, { apis, warn: (...words) => warnings.push(words.join("")) });
  const { service, seats } = await walk({ road, name, client, account, subdomain: `nodeovh${run}` });
  tenants.set(service, seats);
  await road.check(`${name}: no warning from the schemas`, () => assert.deepEqual(warnings, []));
  await road.check(`${name}: what is in no schema does not exist`, async () => {
    await refused(() => client.call("GET", "/saas/nothing"), { status: 404, says: "Got an invalid (or empty) URL" });
    assert.equal(warnings.length, 1, "and it warns of it");
  });
  await road.check(`${name}: it never signs below /auth`, () =>
    refused(() => client.call("GET", "/auth/currentCredential"), { status: 401, says: "You must login first" }));
  await strangers(name, (keys) => official(officialClient, keys), service);
  await asServiceAccount(name, client, service);
}

/** The same client with OAuth2 instead of keys. */
async function asServiceAccount(name, client, service) {
  const made = await road.step(`${name}: a service account`, () =>
    client.call("POST", "/me/api/oauth2/client",
      { name: "Road", description: "Reads one tenant", flow: "CLIENT_CREDENTIALS", callbackUrls: [] }));
  await reportSecret(made.clientSecret);
  const signIn = (clientSecret) => official(officialClient, {}, {
    clientID: made.clientId, clientSecret, tokenURL: `https://${host}:${port}/auth/`,
  });
  const robot = signIn(made.clientSecret);
  const denied = { status: 403, says: "User not granted for this request" };
  await road.check(`${name}: without a policy it may do nothing`, () => refused(() => robot.call("GET", "/saas/csp2"), denied));
  await road.check(`${name}: with one, what it says`, async () => {
    const { identity } = await client.call("GET", `/me/api/oauth2/client/${made.clientId}`);
    // The second branch is in no schema that the client could read.
    const plain = official(officialClient, account);
    const { urn } = (await plain.call("GET", "/v2/iam/resource")).find((resource) => resource.name === service);
    await plain.call("POST", "/v2/iam/policy", {
      name: "Road", identities: [identity], resources: [{ urn }],
      permissions: { allow: [{ action: "cspReseller:apiovh:get" }] },
    });
    assert.deepEqual(await robot.call("GET", "/saas/csp2"), [service]);
    assert.equal((await robot.call("GET", `/saas/csp2/${service}`)).displayName, expected.displayName);
    await refused(() => robot.call("PUT", `/saas/csp2/${service}`, { displayName: "Robots" }), denied);
  });
  await road.check(`${name}: a wrong client secret`, () =>
    assert.rejects(signIn("0".repeat(32)).call("GET", "/saas/csp2"), /401|invalid_client/i));
}

async function withOvh() {
  const name = "ovh";
  await keyByForm(name, olderClient);
  const client = official(olderClient, account);
  const { service, seats } = await walk({ road, name, client, account, subdomain: `ovh${run}` });
  tenants.set(service, seats);
  await road.check(`${name}: the second branch below its fixed base`, async () => {
    const resources = await client.call("GET", "/v2/iam/resource");
    assert.ok(resources.some((resource) => resource.type === "cspReseller" && resource.name === service));
  });
  await strangers(name, (keys) => official(olderClient, keys), service);
}

/** `@ovh-api/api` signs in by itself: it shows the address, asks until somebody has allowed it, and goes on. */
async function withOvhApi() {
  const name = "@ovh-api/api";
  const back = createServer((_, answer) => answer.end("You can close this page."));
  await new Promise((resolve) => back.listen(0, "127.0.0.1", resolve));
  const redirectUrl = `http://127.0.0.1:${back.address().port}/signed-in`;
  const answers = [], asked = [], warnings = [];
  const make = (more) => {
    const engine = new ovhApi.default({
      host, port: Number(port), appKey: account.applicationKey, appSecret: account.applicationSecret,
      accessRules: ["GET", "POST", "PUT", "DELETE"].flatMap((method) => ["/saas/csp2", "/saas/csp2/*", "/me", "/me/order/*"]
        .map((path) => `${method} ${path}`)).concat(["GET /me/*", "GET /order/*", "POST /order/*"]),
      launchBrower: false, redirectUrl, maxRetry: 0, ...more,
    });
    engine.on("warning", (warning) => warnings.push(JSON.stringify(warning)));
    return engine;
  };
  // The first "not yet" is when the person comes.
  const certMonitorProvider = (_, { consumerKey, validationUrl }) => {
    asked.push(consumerKey);
    return {
      async notValid(code, times) {
        answers.push(code);
        assert.ok(times < 10, `still ${code} after it was allowed`);
        if (times > 1) return;
        await reportSecret(consumerKey);
        await allow(validationUrl);
        await chrome.page.getByRole("link", { name: "Continue" }).click();
        await chrome.page.waitForURL(redirectUrl);
      },
    };
  };
  const engine = make({ certMonitorProvider });
  const client = typed(engine);
  try {
    await road.step(`${name}: the first call signs in through the validation page`, async () => {
      const me = await client.call("GET", "/me");
      assert.equal(me.nichandle, account.account);
      assert.deepEqual(answers, ["INVALID_CREDENTIAL"], "pending, then allowed");
      assert.equal(engine.consumerKey, asked[0]);
    });
    const { service, seats } = await walk({ road, name, client, account, subdomain: `ovhapi${run}` });
    tenants.set(service, seats);
    await road.check(`${name}: what no rule covers is refused`, () =>
      refused(() => client.call("GET", "/services"), { status: 403, errorCode: "NOT_GRANTED_CALL", says: "has not been granted" }));
    await road.check(`${name}: a key may always say what it is`, async () => {
      const { status, rules } = await client.call("GET", "/auth/currentCredential");
      assert.equal(status, "validated");
      assert.deepEqual(rules.map((rule) => `${rule.method} ${rule.path}`).sort(), [...engine.accessRules].sort());
    });
    const endings = {
      "signed out": async () => assert.equal(await client.call("POST", "/auth/logout"), null),
      "revoked in the panel": async () => {
        const { credentialId } = await client.call("GET", "/auth/currentCredential");
        await chrome.page.goto(new URL("/keys", demo.panelUrl).href);
        await chrome.page.locator(`form[action="/keys/credentials/${credentialId}/revoke"] button`).click();
        await chrome.page.waitForURL(/done=revoked/);
      },
    };
    for (const [what, end] of Object.entries(endings)) {
      await road.check(`${name}: ${what}, the next call signs in again`, async () => {
        const before = asked.length;
        await end();
        assert.deepEqual(await client.call("GET", `/saas/csp2/${service}/task`), []);
        assert.equal(asked.length, before + 1);
        assert.equal(engine.consumerKey, asked[before]);
        assert.deepEqual(answers.slice(before), ["INVALID_CREDENTIAL"]);
      });
    }
    await road.check(`${name}: nothing was tried twice`, () => assert.deepEqual(warnings, []));
    const clientOf = (keys) => typed(make({ appKey: keys.applicationKey, appSecret: keys.applicationSecret, consumerKey: keys.consumerKey }));
    await strangers(name, clientOf, service);
  } finally {
    back.closeAllConnections();
    back.close();
  }
}

try {
  await road.step("the clients are the published ones", asPublished);
  for (const drive of [withNodeOvh, withOvh, withOvhApi]) await drive();
  await road.check("Microsoft's books", () => books(demo, tenants, account.mpnId));
  await road.check("the browser is content", () => chrome.assertQuiet());
} catch (error) {
  if (!(error instanceof RoadEnd)) throw error;
} finally {
  await chrome.close();
}
road.finish();
