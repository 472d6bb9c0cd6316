// What the API console knows of a call: the operations of the served schemas, what a form's
// texts become on the wire, and the signature (contracts/ovh-api.md §2.2 and §4.2). Pure: no page.

/**
 * The operations and models of schema documents.
 * @param {{path: string, branch: "/1.0"|"/v2", description: string, schema: object}[]} documents
 */
export function read(documents) {
  const models = new Map();
  const sections = documents.map(({ path, branch, description, schema }) => {
    for (const [name, model] of Object.entries(schema.models ?? {})) models.set(name, model);
    // As clients write it: a path of the second branch keeps its `/v2`.
    const prefix = branch === "/v2" ? "/v2" : "";
    const operations = schema.apis.flatMap((api) =>
      api.operations.map((o) => ({
        method: o.httpMethod,
        path: prefix + api.path,
        text: o.description ?? "",
        stage: o.apiStatus,
        open: o.noAuthentication,
        actions: (o.iamActions ?? []).map((a) => a.name),
        parameters: o.parameters,
        answer: o.responseType,
      })),
    );
    return { path: prefix + path, text: description, operations };
  });
  return { sections, operations: sections.flatMap((s) => s.operations), models };
}

/** The address of an operation inside the page, as OVHcloud's console writes it: `get-/saas/csp2/-serviceName-`. */
export function anchor({ method, path }) {
  return `${method.toLowerCase()}-${path.replace(/[{}]/g, "-")}`;
}

/** The operation that a page's address names, in OVHcloud's forms: `#get-/me`, `#/me#GET`, `#/me~GET`. */
export function named(operations, hash, branch) {
  const text = plain(hash.replace(/^#/, ""));
  const older = /^(\/.*)[#~](GET|POST|PUT|DELETE)$/.exec(text);
  const wanted = older ? anchor({ method: older[2], path: older[1] }) : text;
  const found = (id) => operations.find((o) => anchor(o) === id);
  return (branch === "v2" ? found(wanted.replace("-/", "-/v2/")) : undefined) ?? found(wanted);
}

function plain(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Whether every word of a search is somewhere in an operation. */
export function matches(operation, search) {
  const names = operation.parameters.map((p) => p.name ?? p.dataType);
  const all = [operation.method, operation.path, operation.text, ...operation.actions, ...names].join(" ").toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}

/** The name of the model inside lists and maps. */
export function modelOf(type) {
  return type.replace(/^map\[string\]/, "").replace(/^\[\]/, "").replace(/(\[\])+$/, "");
}

/** What a form asks for; a body that is one whole object gives a field for each of its properties. */
export function fieldsOf(operation, models) {
  const field = (place, name, type, required, text, nullable) => {
    const words = models.get(type)?.enum;
    const choices = words ?? (type === "boolean" ? ["true", "false"] : undefined);
    return { key: `${place}.${name}`, place, name, type, required, text, nullable, choices };
  };
  return operation.parameters.flatMap((p) => {
    if (p.paramType !== "body" || p.name) return [field(p.paramType, p.name, p.dataType, p.required, p.description, false)];
    const properties = Object.entries(models.get(p.dataType)?.properties ?? {});
    const settable = properties.filter(([, property]) => !property.readOnly);
    return settable.map(([name, property]) =>
      field("body", name, property.type, property.required, property.description, property.canBeNull),
    );
  });
}

const TEXTS = new Set(["string", "text", "password", "phoneNumber", "date", "datetime", "time", "duration", "uuid", "ip", "ipv4", "ipv6", "ipBlock", "ipv4Block"]);

/** Thrown for a text that is none of its type; `word` names the sentence. */
export class Unfit extends Error {
  constructor(word) {
    super(word);
    this.word = word;
  }
}

/** The JSON value of a text. Throws [`Unfit`]. */
export function valueOf(field, text) {
  if (TEXTS.has(field.type) || field.choices) return field.type === "boolean" ? text === "true" : text;
  if (field.type === "long") {
    const number = Number(text);
    if (!/^\s*-?\d+\s*$/.test(text) || !Number.isSafeInteger(number)) throw new Unfit("not-whole");
    return number;
  }
  if (field.type === "double") {
    if (text.trim() === "" || !Number.isFinite(Number(text))) throw new Unfit("not-number");
    return Number(text);
  }
  // A list of texts or numbers may be written with one element a line.
  const element = { ...field, type: field.type.slice(0, -2), choices: undefined };
  if (field.type.endsWith("[]") && !/^\s*\[/.test(text) && (TEXTS.has(element.type) || element.type === "long")) {
    return text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => valueOf(element, line));
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Unfit("not-json");
  }
}

/** A value as a part of a path or query: only letters, digits and `-._~` stay as they are, so that no client changes it. */
export function encoded(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * The call that a form describes.
 * @param {object} operation of [`read`]
 * @param {object[]} fields of [`fieldsOf`]
 * @param {(field: object) => string} textOf what was filled in; empty: not sent
 * @param {string|undefined} written a whole body as JSON, instead of its fields
 * @param {string} origin such as `https://api.reseller.example`
 * @returns a call; `faults` maps the key of a field, or `body`, to the word of its sentence
 */
export function callOf(operation, fields, textOf, written, origin) {
  const faults = new Map();
  const query = [];
  let path = operation.path;
  let data;
  for (const field of fields) {
    if (field.place === "body" && written !== undefined) continue;
    const text = textOf(field);
    if (text === "") {
      if (field.required) faults.set(field.key, "required");
      continue;
    }
    try {
      const value = valueOf(field, text);
      if (field.place === "body") {
        data = data ?? {};
        data[field.name] = value;
      } else if (field.place === "query") {
        query.push(`${encoded(field.name)}=${encoded(text)}`);
      } else if (/^\.\.?$/.test(text)) {
        faults.set(field.key, "not-in-path");
      } else {
        path = path.replace(`{${field.name}}`, () => encoded(text));
      }
    } catch (error) {
      if (!(error instanceof Unfit)) throw error;
      faults.set(field.key, error.word);
    }
  }
  let body = data === undefined ? "" : JSON.stringify(data);
  if (written !== undefined && written.trim() !== "") {
    try {
      data = JSON.parse(written);
      body = written;
    } catch {
      faults.set("body", "not-json");
    }
  }
  // What is left in braces is still to be filled in; the code shows it so.
  const target = path + (query.length ? `?${query.join("&")}` : "");
  const url = origin + (target.startsWith("/v2/") ? "" : "/1.0") + target;
  return { method: operation.method, open: operation.open, origin, target, url, body, data, faults };
}

/** An example of a type: what a body written by hand begins with. */
export function exampleOf(type, models, depth = 0) {
  if (type.startsWith("map[string]")) return {};
  if (type.endsWith("[]")) return depth > 2 ? [] : [exampleOf(type.slice(0, -2), models, depth + 1)];
  const model = models.get(type);
  if (model?.enum) return model.enum[0];
  if (model) {
    const properties = Object.entries(model.properties ?? {}).filter(([, p]) => !p.readOnly);
    const value = ([name, p]) => [name, depth > 3 || p.canBeNull ? null : exampleOf(p.type, models, depth + 1)];
    return Object.fromEntries(properties.map(value));
  }
  return { long: 0, double: 0, boolean: false }[type] ?? "";
}

/**
 * The signature of a call: SHA-1 by WebCrypto, which exists only in a secure context.
 * @param {{secret: string, consumer: string}} keys
 * @param {{method: string, url: string, body: string}} call
 * @param {number} timestamp in seconds, by the server's clock
 */
export async function signature(keys, call, timestamp) {
  const text = [keys.secret, keys.consumer, call.method, call.url, call.body, timestamp].join("+");
  const hash = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(text));
  return `$1$${[...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
