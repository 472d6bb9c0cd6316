// A call of the API console as code: curl, Python (ovh), Node.js (@ovhcloud/node-ovh), Go (go-ovh).
// Every value is quoted for its language, whatever it holds. Pure: no page.

/** What stands in the code for keys that are not shown. */
export const PLACEHOLDERS = {
  application: "APPLICATION_KEY",
  secret: "APPLICATION_SECRET",
  consumer: "CONSUMER_KEY",
  token: "ACCESS_TOKEN",
};

/** For a shell: nothing but the quote itself means anything between single quotes. */
const shell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** Half a surrogate pair is no text, and no compiler takes it. */
const whole = (text) => text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");

/** What cannot be seen, or turns the direction of a line, is written as its number. */
const visible = (text) =>
  text.replace(/[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** JSON that reads the same as a literal of Python, JavaScript and Go. */
const json = (value, indent) => visible(JSON.stringify(value, (_, v) => (typeof v === "string" ? whole(v) : v), indent));
const literal = (text) => json(text);

const python = (value, depth = 1) => {
  const pad = "    ".repeat(depth);
  const many = (open, parts, close) => (parts.length ? `${open}\n${parts.map((p) => `${pad}    ${p},\n`).join("")}${pad}${close}` : open + close);
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return many("[", value.map((v) => python(v, depth + 1)), "]");
  if (typeof value === "object") return many("{", Object.entries(value).map(([k, v]) => `${literal(k)}: ${python(v, depth + 1)}`), "}");
  return json(value);
};

const PYTHON_WORDS = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return self try while with yield".split(" "),
);

function curl(call, means, keys) {
  // Brackets in an address, as of IPv6, mean something to curl.
  const start = call.origin.includes("[") ? "curl -sS -g" : "curl -sS";
  const lines = [`METHOD=${shell(call.method)}`, `URL=${shell(call.url)}`];
  if (call.body !== "") lines.push(`BODY=${shell(visible(call.body))}`);
  const send = [`${start} -X "$METHOD" "$URL"`];
  if (means === "token") {
    lines.unshift(`ACCESS_TOKEN=${shell(keys.token)}`);
    send.push(`-H "Authorization: Bearer $ACCESS_TOKEN"`);
  } else if (means === "keys") {
    lines.unshift(
      `APPLICATION_KEY=${shell(keys.application)}`,
      `APPLICATION_SECRET=${shell(keys.secret)}`,
      `CONSUMER_KEY=${shell(keys.consumer)}`,
    );
    const body = call.body === "" ? "" : "$BODY";
    lines.push(
      "",
      `TIME=$(${start} ${shell(`${call.origin}/1.0/auth/time`)})`,
      `SIGNED="$APPLICATION_SECRET+$CONSUMER_KEY+$METHOD+$URL+${body}+$TIME"`,
      `SIGNATURE='$1$'$(printf '%s' "$SIGNED" | openssl dgst -sha1 -r | cut -c 1-40)`,
    );
    send.push(
      `-H "X-Ovh-Application: $APPLICATION_KEY"`,
      `-H "X-Ovh-Consumer: $CONSUMER_KEY"`,
      `-H "X-Ovh-Timestamp: $TIME"`,
      `-H "X-Ovh-Signature: $SIGNATURE"`,
    );
  } else if (means === "application") {
    lines.unshift(`APPLICATION_KEY=${shell(keys.application)}`);
    send.push(`-H "X-Ovh-Application: $APPLICATION_KEY"`);
  }
  if (call.body !== "") send.push("-H 'Content-Type: application/json'", `--data-raw "$BODY"`);
  return { code: `${lines.join("\n")}\n\n${send.join(" \\\n  ")}\n`, notes: [] };
}

function pythonCode(call, means, keys) {
  const notes = [];
  const plainHttp = call.origin.startsWith("http:");
  const set = [`ovh.client.ENDPOINTS["levante"] = ${literal(`${call.origin}/1.0`)}`];
  let client = [`application_key=${literal(keys.application)}`, `application_secret=${literal(keys.secret)}`, `consumer_key=${literal(keys.consumer)}`];
  if (means === "token") {
    notes.push("code-fetches-token");
    set.push(`ovh.client.OAUTH2_TOKEN_URLS["levante"] = ${literal(`${call.origin}/auth/oauth2/token`)}`);
    if (plainHttp) set.push(`os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"`);
    client = [`client_id="CLIENT_ID"`, `client_secret="CLIENT_SECRET"`];
  } else if (means !== "keys") {
    client.pop();
  }
  const entries = call.data !== null && typeof call.data === "object" && !Array.isArray(call.data) ? Object.entries(call.data) : [];
  const word = (name) => /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !PYTHON_WORDS.has(name);
  const signed = means === "keys" || means === "token";
  const auth = signed ? [] : ["_need_auth=False"];
  let method = call.method.toLowerCase();
  let given;
  if (call.data === undefined) {
    given = [literal(call.target), ...auth];
  } else if (entries.length > 0 && entries.every(([name]) => word(name)) && method !== "get" && method !== "delete") {
    given = [literal(call.target), ...auth, ...entries.map(([name, value]) => `${name}=${python(value)}`)];
  } else {
    method = "call";
    given = [literal(call.method), literal(call.target), python(call.data), ...(signed ? [] : ["need_auth=False"])];
  }
  const one = `client.${method}(${given.join(", ")})`;
  const asked = given.length < 3 && one.length < 90 ? one : `client.${method}(\n${given.map((g) => `    ${g},\n`).join("")})`;
  const imports = ["import json", ...(means === "token" && plainHttp ? ["import os"] : []), "", "import ovh"];
  const code = [
    ...imports,
    "",
    ...set,
    `client = ovh.Client(\n    endpoint="levante",\n${client.map((c) => `    ${c},\n`).join("")})`,
    `answer = ${asked}`,
    "print(json.dumps(answer, indent=2, ensure_ascii=False))",
  ];
  return { code: `${code.join("\n")}\n`, notes };
}

function nodeCode(call, means, keys) {
  const notes = [];
  const { protocol, hostname, port } = new URL(call.origin);
  if (protocol !== "https:") notes.push("code-only-https");
  if (means === "keys" && call.target.includes("/auth")) notes.push("code-node-auth");
  if (means === "token") notes.push("code-fetches-token");
  const top = call.data !== null && typeof call.data === "object" ? Object.values(call.data) : [];
  if (top.includes(null)) notes.push("code-node-null");
  const settings = [`host: ${literal(hostname)}`];
  if (port) settings.push(`port: ${port}`);
  settings.push(`basePath: "/1.0"`);
  if (means === "token") {
    settings.push(`clientID: "CLIENT_ID"`, `clientSecret: "CLIENT_SECRET"`, `tokenURL: ${literal(`${call.origin}/auth/`)}`);
  } else {
    settings.push(`appKey: ${literal(keys.application)}`, `appSecret: ${literal(keys.secret)}`);
    if (means === "keys") settings.push(`consumerKey: ${literal(keys.consumer)}`);
  }
  const given = [literal(call.method), literal(call.target)];
  if (call.data !== undefined) {
    const written = json(call.data, 2);
    // As a literal this name would mean something else.
    given.push(written.includes('"__proto__"') ? `JSON.parse(${literal(JSON.stringify(call.data))})` : written);
  }
  const code = [
    `const ovh = require("@ovhcloud/node-ovh")({`,
    ...settings.map((s) => `  ${s},`),
    "});",
    "",
    `ovh.requestPromised(${given.join(", ")})`,
    "  .then((answer) => console.log(JSON.stringify(answer, null, 2)))",
    "  .catch((error) => {",
    "    console.error(error);",
    "    process.exitCode = 1;",
    "  });",
  ];
  return { code: `${code.join("\n")}\n`, notes };
}

function goCode(call, means, keys) {
  const signed = means === "keys" || means === "token";
  const endpoint = literal(`${call.origin}/1.0`);
  const client =
    means === "token"
      ? `ovh.NewAccessTokenClient(${endpoint}, ${literal(keys.token)})`
      : `ovh.NewClient(\n\t\t${endpoint},\n\t\t${literal(keys.application)},\n\t\t${literal(keys.secret)},\n\t\t${literal(means === "keys" ? keys.consumer : "")},\n\t)`;
  const verb = call.method[0] + call.method.slice(1).toLowerCase() + (signed ? "" : "UnAuth");
  const given = [literal(call.target)];
  const lines = [];
  if (call.method === "POST" || call.method === "PUT") {
    if (call.data === undefined) {
      given.push("nil");
    } else {
      const written = json(call.data, 2);
      lines.push(`\tbody := json.RawMessage(${written.includes("`") ? literal(written) : `\`${written}\``})`);
      given.push("body");
    }
  }
  given.push("&answer");
  const code = [
    "package main",
    "",
    "import (",
    `\t"encoding/json"`,
    `\t"fmt"`,
    `\t"log"`,
    "",
    `\t"github.com/ovh/go-ovh/ovh"`,
    ")",
    "",
    "func main() {",
    `\tclient, err := ${client}`,
    "\tif err != nil {",
    "\t\tlog.Fatal(err)",
    "\t}",
    ...lines,
    "\tvar answer interface{}",
    `\tif err := client.${verb}(${given.join(", ")}); err != nil {`,
    "\t\tlog.Fatal(err)",
    "\t}",
    `\ttext, err := json.MarshalIndent(answer, "", "  ")`,
    "\tif err != nil {",
    "\t\tlog.Fatal(err)",
    "\t}",
    "\tfmt.Println(string(text))",
    "}",
  ];
  return { code: `${code.join("\n")}\n`, notes: means === "token" ? ["code-go-token"] : [] };
}

/**
 * The code of a call, by language.
 *
 * `snippet(call, means, keys)`: a call of `callOf`; how it is made known (`keys`, `token`,
 * `application` for an open call that names its application, or `nobody`); the keys to write, of
 * which a missing one becomes its placeholder. Gives `code`, and `notes`: words of sentences that
 * belong beside it.
 */
export const SNIPPETS = Object.fromEntries(
  Object.entries({ curl, python: pythonCode, node: nodeCode, go: goCode }).map(([language, write]) => [
    language,
    (call, means, keys) => {
      const filled = Object.entries(PLACEHOLDERS).map(([name, word]) => [name, whole(keys[name] || word)]);
      return write(call, means, Object.fromEntries(filled));
    },
  ]),
);
