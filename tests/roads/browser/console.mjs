// The API console in real Chromium: a key is made, calls are signed and sent by keyboard, refusals are
// explained, no secret leaves the page, and the code that it offers is run by the real programs.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { RoadEnd, openChromium, reportSecret, until } from "./lib.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const assets = join(root, "crates/levante/src/panel/assets");
const goSources = "/usr/share/gocode";
/** Everything that a shell, Python, JavaScript and Go read in a way of their own. */
const NASTY = `it's "Zoë" $A\`id\`\\n\${x}%s 东😀<&>#`;

const load = async (name) => import(`data:text/javascript;base64,${(await readFile(join(assets, name))).toString("base64")}`);

/** Runs a program; its standard output, or an error with what it said. */
const run = (program, given, env = {}) =>
  new Promise((settle, fail) => {
    execFile(program, given, { env: { ...process.env, ...env }, timeout: 120_000 }, (error, out, said) => {
      if (error) fail(new Error(`${program}: ${error.message}\n${said}\n${out}`));
      else settle(out);
    });
  });
const has = (program) => run("which", [program]).then(() => true, () => false);
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const expect = (holds, what) => {
  if (!holds) throw new Error(what);
};

/** What needs no browser: the signature of the contract's vectors, and names of operations. */
export async function consoleBasics(road) {
  await road.check("console: signs as the contract's vectors say", async () => {
    const { signature } = await load("console-call.js");
    const keys = { secret: "TestAppSecret00000000000000000001", consumer: "TestConsumerKey00000000000000001" };
    const tenant = "https://api.reseller.example/1.0/saas/csp2/contoso123.onmicrosoft.com";
    const rename = `{"displayName":"Societ\\u00e0 \\u00c9t\\u00e9 \\u2013 \\u0141\\u00f3d\\u017a \\u6771\\u4eac","city":"Forl\\u00ec"}`;
    const vectors = [
      ["GET", "https://api.reseller.example/1.0/saas/csp2", "", 1700000000, "d80ebf43d3daa9e73bcfc934c4fa4f40356952c8"],
      ["POST", `${tenant}/subscription`, `{"licenseId":42,"quantity":10}`, 1700000001, "9e4fa70fcc2fc2e72f6668e3ca3659160ca69035"],
      ["GET", `${tenant}/usageStatistics?timePeriod=lastMonth`, "", 1700000002, "fce5e7d01131d7dc4e9cc94625764fb02a9fea46"],
      ["PUT", tenant, rename, 1700000003, "211b2006444838a70d7828f6616725510f763910"],
    ];
    for (const [method, url, body, time, hash] of vectors) {
      const made = await signature(keys, { method, url, body }, time);
      expect(made === `$1$${hash}`, `${method} ${url}: ${made}`);
    }
  });
  await road.check("console: a value cannot leave its place in the address", async () => {
    const { callOf, fieldsOf, named } = await load("console-call.js");
    const parameter = (name, paramType, dataType, required) => ({ name, paramType, dataType, required, description: "" });
    const operation = {
      method: "GET", path: "/a/{id}/b", open: false, actions: [], text: "",
      parameters: [parameter("id", "path", "string", true), parameter("date.from", "query", "datetime", false), parameter("n", "query", "long", false)],
    };
    const fields = fieldsOf(operation, new Map());
    const ask = (values) => callOf(operation, fields, (f) => values[f.name] ?? "", undefined, "https://api.reseller.example");
    for (const id of ["x/../y", "a?b=c&d#e", "é'(!)*~ %", "$&", "a\\b"]) {
      const { url, target, faults } = ask({ id, "date.from": "2026-01-01T00:00:00+01:00" });
      expect(faults.size === 0 && new URL(url).href === url, `${id}: a browser would change ${url}`);
      expect(target.split("/").length === 4 && decodeURIComponent(target.split("/")[2]) === id, target);
    }
    for (const id of [".", "..", ""]) expect(ask({ id }).faults.has("path.id"), `"${id}" is sent`);
    for (const n of ["1.5", "x", "9007199254740993", "1e3"]) expect(ask({ id: "1", n }).faults.get("query.n") === "not-whole", n);
    for (const hash of ["#get-/a/-id-/b", "#/a/{id}/b#GET", "#/a/%7Bid%7D/b~GET"]) expect(named([operation], hash) === operation, hash);
    expect(named([operation], "#get-/%E0%A4%A") === undefined, "a broken address names something");
  });
}

/** A walk through the console. `whole`: also the code, the token and what stays of the keys. */
export async function walkConsole({ road, demo, shots, name, account, language, viewport, prefix, whole }) {
  const chrome = await openChromium({
    shots, locale: language === "it" ? "it-IT" : "en-GB", viewport, ignoreCertificates: Boolean(demo.caFile),
  });
  const { page } = chrome;
  const origin = new URL(demo.panelUrl).origin;
  const step = (what, work) => road.step(`${name}: ${what}`, work);
  const check = (what, work) => road.check(`${name}: ${what}`, work);
  const sent = [];
  // Of a page that is closed later nothing can be asked any more.
  chrome.context.on("request", (request) => sent.push({ request, all: request.allHeaders().catch(() => request.headers()) }));

  const ready = (on = page) => on.waitForSelector("#console[data-ready]");
  const open = async (operation) => {
    await page.goto(`${origin}/console/#${operation}`);
    await page.reload();
    await ready();
  };
  const press = async (wanted, most = 80) => {
    for (let n = 0; n < most; n += 1) {
      if (await page.evaluate((selector) => document.activeElement?.matches(selector), wanted)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`${wanted} is not reached by the keyboard`);
  };
  const answered = async (status) => {
    const badge = page.locator("#answer .result .badge");
    await until(`an answer ${status}`, async () => (await badge.count()) && (await badge.innerText()).startsWith(String(status)), 20);
    return page.locator("#answer .code code").innerText();
  };
  const facts = () => page.locator("#answer").innerText();
  const fillKeys = async (keys) => {
    await page.evaluate(() => (document.getElementById("keys").open = true));
    await page.check("#means-keys");
    await page.fill("#key-application", keys.application);
    await page.fill("#key-secret", keys.secret);
    await page.fill("#key-consumer", keys.consumer);
  };
  const narrow = async () => {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(over <= 1, `the page is ${over} px too wide`);
  };
  const submit = "#operation form .actions .button";

  try {
    await step("anybody sees the operations, and nothing else", async () => {
      const answer = await page.goto(`${origin}/console/`);
      expect(answer.status() === 200, `${answer.status()} without a session`);
      const text = await answer.text();
      for (const { account: id, email } of demo.accounts) expect(!text.includes(id) && !text.includes(email), "the page names an account");
      await ready();
      expect((await page.getAttribute("html", "lang")) === language, "the console speaks another language");
      const links = await page.locator(".list li a").count();
      const index = await (await page.request.get(`${origin}/1.0/`)).json();
      const branch = await (await page.request.get(`${origin}/v2/`)).json();
      expect(links > 80, `only ${links} operations`);
      expect((await page.locator("#sections > details").count()) === index.apis.length + branch.apis.length, "a section is missing");
      expect((await page.innerText("#found")).includes(String(links)), "the count is wrong");
      expect(!/console-[a-z]/.test((await page.innerText("main")).replace(/console-(call|snippets)/g, "")), "a sentence is missing");
      await chrome.shot(`${prefix}-30-console`, { whole: false });
      await narrow();
    });
    await step("an unsigned call works, and one that needs keys asks for them", async () => {
      await open("get-/auth/time");
      await page.click(submit);
      expect(/^\d{10}$/.test((await answered(200)).trim()), "no time");
      await open("get-/me");
      await page.click(submit);
      await page.waitForSelector("#answer .notice.warn");
      expect((await page.evaluate(() => document.activeElement.id)) === "key-application", "the first missing key has no focus");
    });
    await step("sign in", async () => {
      await page.goto(`${origin}/sign-in?next=/createToken/`);
      await page.fill("#login", account.email);
      await page.fill("#password", account.password);
      await page.click("main .button.wide");
      await page.waitForURL(/createToken/);
      if ((await page.getAttribute("html", "lang")) !== language) {
        await page.click(`button[name="language"][value="${language}"]`);
        await page.waitForURL(/createToken/);
      }
    });
    const keys = await step("make a key", async () => {
      await page.goto(`${origin}/createToken/?GET=/*&PUT=/me`);
      await page.fill('[name="name"]', `console ${prefix}`);
      await page.click("main form .button:not(.second)");
      const read = (id) => page.innerText(`#${id}`);
      const made = {
        application: await read("keys-application-key"),
        secret: await read("keys-application-secret"),
        consumer: await read("keys-consumer-key"),
      };
      await reportSecret(made.secret);
      await reportSecret(made.consumer);
      return made;
    });
    const me = await step("by keyboard alone: search, open, fill in, send GET /me", async () => {
      await page.goto(`${origin}/keys`);
      await page.click('main a[href="/console/"]');
      await ready();
      await press("#keys > summary");
      if (!(await page.evaluate(() => document.getElementById("keys").open))) await page.keyboard.press("Enter");
      for (const [id, key] of [["key-application", keys.application], ["key-secret", keys.secret], ["key-consumer", keys.consumer]]) {
        await press(`#${id}`);
        await page.keyboard.type(key);
      }
      await press("#search");
      await page.keyboard.type("get account /me");
      await page.keyboard.press("Enter");
      await page.waitForSelector("#operation-heading");
      await until("the heading has the focus", () => page.evaluate(() => document.activeElement?.id === "operation-heading"), 5);
      expect((await page.innerText("#operation-heading")).includes("/me"), "another operation was opened");
      await press(submit);
      await page.keyboard.press("Enter");
      const body = JSON.parse(await answered(200));
      expect(body.nichandle === account.account, "another account answered");
      const shown = await facts();
      expect(/X-Ovh-QueryID/i.test(shown) && /EU\.ext-/.test(shown) && /\d ms/.test(shown), shown);
      await chrome.shot(`${prefix}-31-console-answer`);
      await narrow();
      return body;
    });
    await step("a change asks once more; no is no", async () => {
      await page.click(`.list a[href="#put-/me"]`, { force: true }).catch(() => page.evaluate(() => (location.hash = "#put-/me")));
      await page.waitForSelector("#f-body-firstname");
      await page.fill("#f-body-firstname", NASTY);
      await chrome.shot(`${prefix}-32-console-put`);
      const before = sent.filter(({ request }) => request.method() === "PUT").length;
      await page.click(submit);
      await page.waitForSelector("#sure[open]");
      expect((await page.innerText("#sure-call")).includes(`PUT ${origin}/1.0/me`), "the question does not name the call");
      await chrome.shot(`${prefix}-33-console-sure`, { whole: false });
      await narrow();
      await page.keyboard.press("Escape");
      await page.waitForSelector("#sure", { state: "hidden" });
      await page.click(submit);
      await page.click("#sure-no");
      expect(sent.filter(({ request }) => request.method() === "PUT").length === before, "the call was sent all the same");
      await page.click(submit);
      await press("#sure-yes", 6);
      await page.keyboard.press("Enter");
      expect((await answered(200)).trim() === "null", "void is not null");
      await page.evaluate(() => (location.hash = "#get-/me"));
      await page.waitForSelector("#operation-heading");
      await page.click(submit);
      expect(JSON.parse(await answered(200)).firstname === NASTY, "the name arrived differently");
    });
    await check("a body may be written as JSON, and what is none is refused here", async () => {
      await page.evaluate(() => (location.hash = "#put-/me"));
      await page.waitForSelector("#f-body-firstname");
      expect((await page.inputValue("#f-body-firstname")) === NASTY, "what was filled in is lost");
      await page.check("#by-hand");
      expect(JSON.parse(await page.inputValue("#body-json")).firstname === NASTY, "the JSON does not begin with the fields");
      await page.fill("#body-json", `{"firstname": `);
      await page.click(submit);
      expect((await page.innerText("#body-json-e")) !== "", "no error");
      await page.fill("#body-json", JSON.stringify({ firstname: me.firstname }));
      await page.click(submit);
      await page.click("#sure-yes");
      expect((await answered(200)).trim() === "null", "void is not null");
    });
    await check("refusals say what happened, the query id and what to do", async () => {
      await open("get-/me");
      for (const [change, status, code] of [
        [{ secret: `${keys.secret.slice(0, -1)}x` }, 400, "INVALID_SIGNATURE"],
        [{ application: "0000000000000000" }, 403, "INVALID_KEY"],
        [{ consumer: "0".repeat(32) }, 403, "NOT_CREDENTIAL"],
      ]) {
        await fillKeys({ ...keys, ...change });
        await page.click(submit);
        await answered(status);
        await until(code, async () => (await facts()).includes(code), 10);
        expect(/EU\.ext-/.test(await page.innerText("#answer .notice.bad")), `${code}: no query id`);
        expect((await page.innerText("#answer .notice.bad p")).length > 30, `${code}: no advice`);
      }
      await chrome.shot(`${prefix}-34-console-refused`);
      await narrow();
      await page.evaluate(() => (location.hash = "#delete-/me/api/application/-applicationId-"));
      await page.waitForSelector("#f-path-applicationId");
      await page.click(submit);
      expect((await page.innerText("#f-path-applicationId-e")) !== "", "an empty path value is sent");
      await page.fill("#f-path-applicationId", "1");
      await fillKeys(keys);
      await page.click(submit);
      await page.click("#sure-yes");
      await answered(403);
      const way = await page.getAttribute('#answer a[href^="/createToken/"]', "href");
      expect(way === "/createToken/?DELETE=%2Fme%2Fapi%2Fapplication%2F*", way);
    });
    await check("models, choices and marks", async () => {
      await open("get-/saas/csp2/-serviceName-/usageStatistics");
      const words = await page.locator("#f-query-timePeriod option").allInnerTexts();
      expect(same(words.slice(1).sort(), ["lastMonth", "lastQuarter", "lastWeek", "lastYear"]), words.join());
      await page.locator(".model summary").last().click();
      expect((await page.innerText(".properties")).includes("lines"), "the model does not open");
      expect((await page.innerText(".about")).includes("cspReseller:apiovh:usageStatistics/get"), "no IAM action");
      await chrome.shot(`${prefix}-35-console-models`);
      await narrow();
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll("main input, main select, main textarea")].filter((f) => !f.labels?.length).map((f) => f.outerHTML.slice(0, 80)),
      );
      expect(nameless.length === 0, nameless.join("; "));
      expect((await page.locator("h1").count()) === 1, "not one heading");
    });
    await check("a withdrawn operation is marked", async () => {
      // As where the provider offers the withdrawn operations.
      const address = "**/1.0/saas/csp2.json";
      await page.route(address, async (route) => {
        const response = await route.fetch();
        const schema = await response.json();
        const { operations } = schema.apis.find((api) => api.path.endsWith("/usageStatistics"));
        operations[0].apiStatus = { value: "DEPRECATED", description: "Deprecated, will be removed", deprecatedDate: "2023-03-30T00:00:00+00:00", deletionDate: "2030-01-01T00:00:00+00:00" };
        await route.fulfill({ response, json: schema });
      });
      await open("get-/saas/csp2/-serviceName-/usageStatistics");
      const about = await page.innerText(".about");
      expect((await page.locator(".about .notice.warn").count()) === 1 && about.includes("2023-03-30") && about.includes("2030-01-01"), about);
      expect((await page.locator('.list [aria-current] .badge.bad').count()) === 1, "the list does not say so");
      await page.unroute(address);
    });
    if (whole) await theWhole({ chrome, check, demo, account, keys, me, origin, open, ready, answered, fillKeys, submit, prefix });
    await check("the application secret never left the browser", async () => {
      for (const { request, all: pending } of sent) {
        const headers = await pending;
        const all = [request.url(), JSON.stringify(headers), request.postData() ?? ""].join("\n");
        expect(!all.includes(keys.secret), `${request.method()} ${request.url()} carries it`);
        const ours = request.url().startsWith(`${origin}/1.0/`) || request.url().startsWith(`${origin}/v2/`);
        expect(ours || !all.includes(keys.consumer), `${request.url()} carries the consumer key`);
        expect(!ours || !headers["x-ovh-signature"] || !headers.cookie, "a call carries the session");
      }
    });
    await check("the browser is content with the console", () => chrome.assertQuiet());
  } catch (error) {
    if (!(error instanceof RoadEnd)) throw error;
    await chrome.shot(`${prefix}-console-failed`).catch(() => {});
  } finally {
    await chrome.close();
  }
}

/** The code, run by the real programs; access tokens; what stays of the keys. */
async function theWhole({ chrome, check, demo, account, keys, me, origin, open, ready, answered, fillKeys, submit, prefix }) {
  const { page } = chrome;
  const work = await mkdtemp(join(tmpdir(), "levante-console-"));
  const trust = demo.caFile ? { CURL_CA_BUNDLE: demo.caFile, REQUESTS_CA_BUNDLE: demo.caFile, SSL_CERT_FILE: demo.caFile, NODE_EXTRA_CA_CERTS: demo.caFile } : {};
  const codeIn = async (language) => {
    await page.check(`#in-${language}`);
    return page.locator("#code .code code").evaluate((code) => code.textContent);
  };
  const save = async (file, code) => {
    await writeFile(join(work, file), code, { mode: 0o600 });
    return join(work, file);
  };
  const python = (await run("bash", [join(root, "tests/real/python.sh"), join(root, "tests/roads/python/requirements.txt")])).trim();
  const programs = {
    curl: async (code) => run("sh", [await save("call.sh", code)], trust),
    python: async (code) => run(python, [await save("call.py", code)], trust),
  };
  if (existsSync(join(goSources, "src/github.com/ovh/go-ovh")) && (await has("go"))) {
    const go = { ...trust, GO111MODULE: "off", GOPATH: goSources, GOFLAGS: "", GOCACHE: join(work, "go"), HOME: work };
    programs.go = async (code) => run("go", ["run", await save("call.go", code)], go);
  }
  try {
    await check("keys are placeholders in the code until they are asked for", async () => {
      await open("get-/me");
      await fillKeys(keys);
      for (const language of ["curl", "python", "node", "go"]) {
        const code = await codeIn(language);
        expect(code.includes("APPLICATION_SECRET") && !Object.values(keys).some((key) => code.includes(key)), `${language} shows a key`);
      }
      await chrome.shot(`${prefix}-36-console-code`);
      await page.check("#real-keys");
    });
    for (const [language, execute] of Object.entries(programs)) {
      await check(`the ${language} code of GET /me gives the same answer`, async () => {
        const answer = JSON.parse(await execute(await codeIn(language)));
        expect(answer.nichandle === account.account && same(Object.keys(answer).sort(), Object.keys(me).sort()), JSON.stringify(answer));
        expect(same(Object.entries(answer).sort(), Object.entries(me).sort()), "another answer than in the console");
      });
    }
    await check("the code of a change carries every character", async () => {
      for (const [language, execute] of Object.entries(programs)) {
        await page.evaluate(() => (location.hash = "#put-/me"));
        await page.waitForSelector("#f-body-firstname");
        await page.fill("#f-body-firstname", `${NASTY} ${language}`);
        expect((await execute(await codeIn(language))).trim() === "null", `${language}: void is not null`);
        await page.evaluate(() => (location.hash = "#get-/me"));
        await page.waitForFunction(() => document.querySelector("#operation-heading .verb")?.textContent === "GET");
        await page.click(submit);
        const { firstname } = JSON.parse(await answered(200));
        expect(firstname === `${NASTY} ${language}`, `${language} made it ${firstname}`);
      }
    });
    await check("the Node.js and Go code is read as it is meant", async () => {
      await page.evaluate(() => (location.hash = "#put-/me"));
      await page.waitForSelector("#f-body-firstname");
      await page.fill("#f-body-firstname", NASTY);
      // In place of the client, which speaks HTTPS only: says what it was asked for.
      const stub = join(work, "node_modules/@ovhcloud/node-ovh");
      await mkdir(stub, { recursive: true });
      await writeFile(join(stub, "index.js"), "module.exports = (settings) => ({ requestPromised: async (...call) => ({ settings, call }) });\n");
      const said = JSON.parse(await run("node", [await save("call.cjs", await codeIn("node"))]));
      expect(same(said.call, ["PUT", "/me", { firstname: NASTY }]), JSON.stringify(said.call));
      expect(said.settings.appSecret === keys.secret && said.settings.basePath === "/1.0", "other settings");
      const go = await codeIn("go");
      if (await has("gofmt")) await run("gofmt", ["-e", "-l", await save("read.go", go)]);
    });
    await check("an access token signs nothing and is explained when it may not", async () => {
      const { signature } = await load("console-call.js");
      const call = { method: "POST", url: `${origin}/1.0/me/api/oauth2/client`, body: JSON.stringify({ name: "console", description: "", flow: "CLIENT_CREDENTIALS", callbackUrls: [] }) };
      const own = { secret: account.applicationSecret, consumer: account.consumerKey };
      const time = Math.round(Date.now() / 1000);
      const headers = { "Content-Type": "application/json", "X-Ovh-Application": account.applicationKey, "X-Ovh-Consumer": own.consumer, "X-Ovh-Timestamp": String(time), "X-Ovh-Signature": await signature(own, call, time) };
      const client = await (await page.request.post(call.url, { headers, data: call.body })).json();
      await reportSecret(client.clientSecret);
      const form = { grant_type: "client_credentials", scope: "all", client_id: client.clientId, client_secret: client.clientSecret };
      const { access_token: token } = await (await page.request.post(`${origin}/auth/oauth2/token`, { form })).json();
      await reportSecret(token);
      await open("get-/me");
      await page.evaluate(() => (document.getElementById("keys").open = true));
      await page.check("#means-token");
      await page.fill("#key-token", token);
      await page.click(submit);
      await answered(403);
      const said = await page.innerText("#answer .notice.bad");
      expect(said.includes("FORBIDDEN") && said.includes("account:apiovh:me/get"), said);
      await page.evaluate(() => (location.hash = "#get-/auth/details"));
      await page.waitForFunction(() => document.querySelector("#operation-heading")?.textContent.includes("/auth/details"));
      await page.click(submit);
      expect(JSON.parse(await answered(200)).method === "oauth2_client_credentials", "another caller");
    });
    await check("keys go with the page unless they shall stay, and can be forgotten", async () => {
      await open("get-/me");
      const kept = () => page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
      expect((await page.inputValue("#key-secret")) === "" && (await kept()) === "{}", "something stayed");
      await fillKeys(keys);
      expect((await kept()) === "{}", "kept without being asked");
      await page.check("#keep");
      await page.reload();
      await ready();
      expect((await page.inputValue("#key-secret")) === keys.secret, "not kept");
      await page.evaluate(() => (document.getElementById("keys").open = true));
      await page.click("#forget");
      expect((await page.inputValue("#key-secret")) === "" && (await kept()) === "{}", "not forgotten");
    });
    await check("without a secure context it says what to do, and the code is there", async () => {
      const plain = await chrome.context.newPage();
      await plain.addInitScript(() => Object.defineProperty(Crypto.prototype, "subtle", { get: () => undefined }));
      await plain.goto(`${origin}/console/#get-/me`);
      await ready(plain);
      await plain.waitForSelector("#insecure:not([hidden])");
      for (const [id, key] of [["key-application", keys.application], ["key-secret", keys.secret], ["key-consumer", keys.consumer]]) await plain.fill(`#${id}`, key);
      await plain.click(submit);
      await plain.waitForSelector("#answer .notice.warn");
      expect((await plain.innerText("#code .code")).includes("openssl dgst -sha1"), "no code");
      await plain.close();
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
