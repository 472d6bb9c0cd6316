// The whole road with curl and OAuth2: a service account is made by a signed call, gets its token from the token
// endpoint, and may do what a policy says. The walk is the one of the npm clients (../node/walk.mjs).
//
//   node road.mjs DEMO.json
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { Road, RoadEnd, readDemo, reportSecret } from "../browser/lib.mjs";
import { Refused, books, refused, walk } from "../node/walk.mjs";

const demo = await readDemo();
const [account] = demo.accounts;
const api = demo.apiUrl;
const origin = new URL(api).origin;
if (!origin.startsWith("https://")) throw new Error("this road wants HTTPS: LEVANTE_ROAD_DEMO=--tls");
const road = new Road();
const run = Math.floor(Date.now() / 1000).toString(36).slice(-5);

/** One run of curl; its arguments come by standard input, where no list of processes shows them. */
async function curl(options) {
  const lines = Object.entries({ silent: true, "show-error": true, "max-time": 60, ...options });
  const config = lines.flatMap(([name, values]) =>
    [values].flat().filter((value) => value !== undefined).map((value) => (value === true ? name : `${name} = ${JSON.stringify(value)}`)));
  const shown = "\n%{http_code} %header{x-ovh-queryid} %header{www-authenticate}";
  const child = spawn("curl", ["--disable", "--config", "-", "--write-out", shown], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(`${config.join("\n")}\n`);
  const read = async (stream) => Buffer.concat(await stream.toArray()).toString("utf8");
  const [out, complaints, code] = await Promise.all([
    read(child.stdout), read(child.stderr), new Promise((resolve) => child.on("close", resolve)),
  ]);
  assert.equal(code, 0, complaints);
  const end = out.lastIndexOf("\n");
  const [status, queryId, ...challenge] = out.slice(end + 1).split(" ");
  assert.ok(queryId, `every answer has its query id: ${out}`);
  const text = out.slice(0, end);
  return { status: Number(status), value: JSON.parse(text), text, challenge: challenge.join(" ") };
}

/** A client of the API by curl; `proofs` gives the headers that show who calls. */
function client(proofs) {
  return {
    async call(method, path, params) {
      const reads = method === "GET" || method === "DELETE";
      const query = reads && params && Object.keys(params).length ? `?${new URLSearchParams(params)}` : "";
      // Raw UTF-8, where the other clients escape.
      const body = !reads && params ? JSON.stringify(params) : undefined;
      const base = path.startsWith("/v2/") ? origin : api;
      const url = `${base}${path}${query}`;
      const header = await proofs(method, url, body ?? "");
      const type = body === undefined ? [] : ["Content-Type: application/json"];
      const answer = await curl({ request: method, url, "data-binary": body, header: [...header, ...type] });
      if (answer.status === 200) return answer.value;
      throw new Refused({ status: answer.status, ...answer.value });
    },
  };
}

/** Signed as the guide says, by hand. */
function signed(keys) {
  return client(async (method, url, body) => {
    const { value: time } = await curl({ url: `${api}/auth/time` });
    const text = [keys.applicationSecret, keys.consumerKey, method, url, body, time].join("+");
    const signature = `$1$${createHash("sha1").update(text).digest("hex")}`;
    return [
      `X-Ovh-Application: ${keys.applicationKey}`, `X-Ovh-Consumer: ${keys.consumerKey}`,
      `X-Ovh-Timestamp: ${time}`, `X-Ovh-Signature: ${signature}`,
    ];
  });
}

/** With an access token, which may be changed. */
function bearer(token) {
  return client(async () => [`Authorization: ${token.word ?? "Bearer "}${token.text}`]);
}

/** Asks for a token: `user` by Basic, `form` in the body. */
function ask({ user, form = {} }) {
  const body = new URLSearchParams({ grant_type: "client_credentials", scope: "all", ...form });
  return curl({ url: `${origin}/auth/oauth2/token`, user, data: String(body) });
}

async function tokenOf(how) {
  const { status, value, text } = await ask(how);
  assert.equal(status, 200, text);
  assert.deepEqual([value.token_type, value.scope], ["Bearer", "all"]);
  assert.ok(value.expires_in > 3000 && value.expires_in <= 3600, text);
  await reportSecret(value.access_token);
  return value.access_token;
}

const denied = (action) => async (call) => {
  const refusal = await refused(call, {
    status: 403, class: "Client::Forbidden", errorCode: "FORBIDDEN", says: "User not granted for this request",
  });
  assert.deepEqual(refusal.details, { unauthorizedActionsByAuthentication: "", unauthorizedActionsByIAM: action });
};
const over = { status: 401, class: "Client::Unauthorized", errorCode: "INVALID_TOKEN", says: "access token" };

async function drive() {
  const holder = signed(account);
  await road.check("the holder's signature", async () => {
    assert.equal((await holder.call("GET", "/me")).nichandle, account.account);
    await refused(() => signed({ ...account, applicationSecret: "0".repeat(32) }).call("GET", "/me"),
      { status: 400, class: "Client::BadRequest", errorCode: "INVALID_SIGNATURE", says: "Invalid signature" });
    await refused(() => client(async () => []).call("GET", "/me"),
      { status: 401, class: "Client::Unauthorized", says: "You must login first" });
  });
  const made = await road.step("a service account", () => holder.call("POST", "/me/api/oauth2/client",
    { name: "Nächtlicher Abgleich", description: "Orders & cancels", flow: "CLIENT_CREDENTIALS", callbackUrls: [] }));
  await reportSecret(made.clientSecret);
  const { identity } = await holder.call("GET", `/me/api/oauth2/client/${made.clientId}`);
  const [id, secret] = [made.clientId, made.clientSecret];

  const token = { text: await road.step("a token by Basic", () => tokenOf({ user: `${id}:${secret}` })) };
  await road.check("a token by the body", () => tokenOf({ form: { client_id: id, client_secret: secret } }));
  await road.check("no token for a wrong secret, an unknown client, another grant", async () => {
    for (const [how, status, error] of [
      [{ user: `${id}:${"0".repeat(secret.length)}` }, 401, "invalid_client"],
      [{ user: `nobody:${secret}` }, 401, "invalid_client"],
      [{ form: { client_id: id, client_secret: "wrong" } }, 401, "invalid_client"],
      [{ user: `${id}:${secret}`, form: { grant_type: "password" } }, 400, "unsupported_grant_type"],
      [{ user: `${id}:${secret}`, form: { scope: "everything" } }, 400, "invalid_scope"],
    ]) {
      const answer = await ask(how);
      assert.deepEqual([answer.status, answer.value.error], [status, error], answer.text);
      assert.ok(answer.value.error_description, answer.text);
      assert.equal(answer.challenge.startsWith("Basic "), status === 401 && Boolean(how.user));
    }
  });
  const robot = bearer(token);
  await road.check("without a policy it may do nothing", async () => {
    await denied("cspReseller:apiovh:get")(() => robot.call("GET", "/saas/csp2"));
    await denied("account:apiovh:me/get")(() => robot.call("GET", "/me"));
    await denied("account:apiovh:order/cart/create")(() => robot.call("POST", "/order/cart", { ovhSubsidiary: "IT" }));
  });
  const policy = (allow, deny = []) => ({
    name: "Nightly", identities: [identity], resources: [{ urn: "*" }],
    permissions: { allow: allow.map((action) => ({ action })), deny: deny.map((action) => ({ action })) },
  });
  const { id: policyId } = await road.step("a policy", () => holder.call("POST", "/v2/iam/policy", policy(["*"])));
  const change = (...actions) => holder.call("PUT", `/v2/iam/policy/${policyId}`, policy(...actions));

  const { service, order, seats } = await walk({ road, name: "curl", client: robot, account, subdomain: `curl${run}` });

  await road.check("the word Bearer may be missing", async () => {
    assert.ok((await bearer({ ...token, word: "" }).call("GET", "/saas/csp2")).includes(service));
  });
  await road.check("there is no credential behind a token", async () => {
    await refused(() => robot.call("GET", "/auth/currentCredential"), { status: 404, class: "Client::NotFound", says: "access token" });
    const details = await robot.call("GET", "/auth/details");
    assert.deepEqual([details.method, details.identities], ["oauth2_client_credentials", [identity]]);
  });
  await road.check("a missing right is named", async () => {
    await change(["cspReseller:apiovh:get", "account:apiovh:me/order/get"]);
    assert.equal((await robot.call("GET", `/saas/csp2/${service}`)).serviceName, service);
    await denied("cspReseller:apiovh:put")(() => robot.call("PUT", `/saas/csp2/${service}`, { displayName: "Robots" }));
    await denied("cspReseller:apiovh:subscription/get")(() => robot.call("GET", `/saas/csp2/${service}/subscription`));
  });
  await road.check("a denial wins", async () => {
    await change(["*"], ["account:apiovh:me/order/get"]);
    assert.ok((await robot.call("GET", "/saas/csp2")).includes(service));
    await denied("account:apiovh:me/order/get")(() => robot.call("GET", `/me/order/${order}`));
  });
  await road.check("a token ends by signing out, all of them with their service account", async () => {
    const other = bearer({ text: await tokenOf({ user: `${id}:${secret}` }) });
    assert.equal(await robot.call("POST", "/auth/logout"), null);
    await refused(() => robot.call("GET", "/saas/csp2"), over);
    assert.ok((await other.call("GET", "/saas/csp2")).includes(service));
    assert.equal(await holder.call("DELETE", `/me/api/oauth2/client/${id}`), null);
    await refused(() => other.call("GET", "/saas/csp2"), over);
    assert.equal((await ask({ user: `${id}:${secret}` })).value.error, "invalid_client");
    await refused(() => bearer({ text: "x".repeat(64) }).call("GET", "/saas/csp2"), over);
  });
  await road.check("Microsoft's books", () => books(demo, new Map([[service, seats]]), account.mpnId));
}

try {
  await drive();
} catch (error) {
  if (!(error instanceof RoadEnd)) throw error;
}
road.finish();
