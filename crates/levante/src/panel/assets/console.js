// The API console: lists the operations of the served schemas, signs calls in the browser and
// sends them to this origin. Keys stay in this page; a sentence is never here but in the page's
// template `words`. Read next: console-call.js (what a call is), console-snippets.js (as code).
const root = document.getElementById("console");
const { read, anchor, named, matches, modelOf, fieldsOf, callOf, exampleOf, signature } = await import(root.dataset.calls);
const { SNIPPETS } = await import(root.dataset.snippets);

const words = new Map([...document.getElementById("words").content.children].map((w) => [w.value, w.textContent]));
const say = (word) => {
  if (!words.has(word)) throw new Error(`no word ${word}`);
  return words.get(word);
};
const at = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat(document.documentElement.lang);

/** An element with properties, `data-…` and `aria-…` among them, and what is in it. */
const make = (name, properties = {}, ...inside) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (key.includes("-") || ["for", "role", "spellcheck"].includes(key)) element.setAttribute(key, value === true ? "" : value);
    else element[key] = value;
  }
  element.append(...inside.filter((part) => part !== undefined && part !== ""));
  return element;
};

/** A path that breaks at its slashes. */
const pathText = (path) => path.split("/").flatMap((part, n) => (n === 0 ? [part] : ["/", make("wbr"), part]));

// ---- keys ------------------------------------------------------------------------------

const KEPT = "levante-console";
const secrets = { application: at("key-application"), secret: at("key-secret"), consumer: at("key-consumer"), token: at("key-token") };

const means = () => (at("means-token").checked ? "token" : "keys");
const keys = () => Object.fromEntries(Object.entries(secrets).map(([name, input]) => [name, input.value.trim()]));
const complete = () => {
  const has = keys();
  return means() === "token" ? has.token !== "" : [has.application, has.secret, has.consumer].every((key) => key !== "");
};

/** How an operation is made known to the server. An open one of `/auth` is never signed. */
const meansOf = (operation) => {
  if (!operation.open) return means();
  if (operation.path === "/auth/time") return "nobody";
  if (operation.path.startsWith("/auth/")) return "application";
  return complete() ? means() : "nobody";
};

const keysChanged = () => {
  at("by-keys").hidden = means() !== "keys";
  at("by-token").hidden = means() !== "token";
  at("insecure").hidden = Boolean(globalThis.crypto?.subtle) || means() !== "keys";
  const state = say(complete() ? "keys-there" : "keys-missing");
  if (at("keys-state").textContent !== state) at("keys-state").textContent = state;
  at("keys-state").className = `badge ${complete() ? "good" : "plain"}`;
  try {
    if (at("keep").checked) sessionStorage.setItem(KEPT, JSON.stringify({ means: means(), ...keys() }));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // A browser that keeps nothing: the keys stay in the page.
  }
};

const bringKeys = () => {
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  } catch {
    kept = null;
  }
  if (kept) {
    at("keep").checked = true;
    at("means-token").checked = kept.means === "token";
    for (const [name, input] of Object.entries(secrets)) input.value = typeof kept[name] === "string" ? kept[name] : "";
  }
  at("keys").open = !complete();
  keysChanged();
};

at("keys").addEventListener("input", () => {
  keysChanged();
  current?.refresh();
});
at("forget").addEventListener("click", () => {
  for (const input of Object.values(secrets)) input.value = "";
  at("keep").checked = false;
  keysChanged();
  current?.refresh();
  (means() === "token" ? secrets.token : secrets.application).focus();
});

// ---- sending ---------------------------------------------------------------------------

const origin = location.origin;
/** How far the server's clock is ahead, in seconds; asked for once. */
let ahead;
const serverTime = async () => {
  if (ahead === undefined) {
    const answer = await fetch(`${origin}/1.0/auth/time`, { credentials: "omit", cache: "no-store" });
    if (!answer.ok) throw new Error(`/auth/time: ${answer.status}`);
    ahead = (await answer.json()) - Math.round(Date.now() / 1000);
  }
  return Math.round(Date.now() / 1000) + ahead;
};

const headersOf = async (call, how) => {
  const key = keys();
  const headers = {};
  if (call.body !== "") headers["Content-Type"] = "application/json";
  if (how === "token") headers.Authorization = `Bearer ${key.token}`;
  if (how === "application" && key.application) headers["X-Ovh-Application"] = key.application;
  if (how === "keys") {
    const time = await serverTime();
    headers["X-Ovh-Application"] = key.application;
    headers["X-Ovh-Consumer"] = key.consumer;
    headers["X-Ovh-Timestamp"] = String(time);
    headers["X-Ovh-Signature"] = await signature(key, call, time);
  }
  return headers;
};

/** Asks once more; true when the call shall be sent. */
const sure = (call) =>
  new Promise((settle) => {
    const dialog = at("sure");
    at("sure-call").textContent = `${call.method} ${call.url}${call.body === "" ? "" : `\n\n${pretty(call.body)}`}`;
    at("sure-yes").className = call.method === "DELETE" ? "button red" : "button";
    let yes = false;
    at("sure-yes").onclick = () => {
      yes = true;
      dialog.close();
    };
    at("sure-no").onclick = () => dialog.close();
    dialog.onclose = () => settle(yes);
    dialog.showModal();
    at("sure-no").focus();
  });

const pretty = (text) => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

/** Sends a call; `{status, reason, headers, text, took}`, or an error when nothing came back. */
const send = async (call, how) => {
  const headers = await headersOf(call, how);
  const began = performance.now();
  const answer = await fetch(call.url, {
    method: call.method,
    headers,
    body: call.body === "" ? undefined : call.body,
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    referrerPolicy: "no-referrer",
  });
  const text = await answer.text();
  return { status: answer.status, reason: answer.statusText, headers: answer.headers, text, took: performance.now() - began };
};

// ---- the answer ------------------------------------------------------------------------

/** Headers of an answer that are worth a line. */
const SHOWN = ["X-Ovh-QueryID", "Content-Type", "X-Pagination-Elements", "X-Pagination-Cursor-Next", "Retry-After", "Allow"];
/** The longest text that is put on the page; all of it can be copied. */
const LONGEST = 400_000;
const ADVISED = new Set(["INVALID_KEY", "NOT_CREDENTIAL", "INVALID_CREDENTIAL", "INVALID_SIGNATURE", "QUERY_TIME_OUT", "NOT_GRANTED_CALL", "FORBIDDEN"]);

const advice = (status, code) => {
  if (ADVISED.has(code)) return say(`advice-${code}`);
  if ([400, 401, 404, 409, 429].includes(status)) return say(`advice-${status}`);
  return say(status >= 500 ? "advice-500" : "advice-other");
};

const copyButton = (text, what) => {
  const button = make("button", { type: "button", className: "quiet copy" }, say("copy"), make("span", { className: "hidden" }, ` ${what}`));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.firstChild.data = say("copied");
      setTimeout(() => (button.firstChild.data = say("copy")), 2500);
    } catch {
      const shown = button.closest(".copied")?.querySelector("code");
      if (shown) getSelection().selectAllChildren(shown);
    }
  });
  return button;
};

const codeBlock = (text, label, full = text) => {
  const code = make("code", {}, text);
  const block = make("pre", { className: "code", tabIndex: 0, role: "region", "aria-label": label }, code);
  return make("div", { className: "copied" }, copyButton(() => full, label), block);
};

const refusal = (answer, operation) => {
  let error;
  try {
    error = JSON.parse(answer.text);
  } catch {
    error = undefined;
  }
  const code = typeof error?.errorCode === "string" ? error.errorCode : "";
  if (code === "QUERY_TIME_OUT") ahead = undefined;
  const box = make("div", { className: "notice bad", role: "alert" }, make("strong", {}, String(error?.message ?? answer.reason ?? answer.status)));
  box.append(make("p", {}, advice(answer.status, code)));
  if (code === "NOT_GRANTED_CALL") {
    const rule = `${operation.method}=${encodeURIComponent(ruleOf(operation))}`;
    box.append(make("p", {}, make("a", { href: `/createToken/?${rule}` }, say("make-key-for-this"))));
  }
  const facts = [["errorCode", code], ["class", error?.class], ["X-Ovh-QueryID", answer.headers.get("X-Ovh-QueryID")]];
  const details = Object.entries(error?.details ?? {}).filter(([, value]) => typeof value === "string" && value !== "");
  box.append(factList([...facts, ...details]));
  return box;
};

/** The access rule that covers an operation whatever its values are. */
const ruleOf = (operation) => operation.path.replace(/\{[^}]+\}/g, "*");

const factList = (facts) =>
  make("dl", { className: "facts" }, ...facts.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, make("code", {}, String(value)))]));

const answerOf = (answer, call, operation) => {
  const good = answer.status < 400;
  const head = make(
    "p",
    { className: "result" },
    make("span", { className: `badge ${good ? "good" : "bad"}` }, `${answer.status} ${answer.reason}`.trim()),
    make("span", { className: "muted" }, `${numbers.format(Math.round(answer.took))} ms`),
    make("span", { className: "muted" }, `${numbers.format(new TextEncoder().encode(answer.text).length)} ${say("bytes")}`),
  );
  const parts = [head];
  if (!good) parts.push(refusal(answer, operation));
  // A refusal has named its query id already.
  const told = SHOWN.filter((name) => good || name !== "X-Ovh-QueryID");
  parts.push(factList(told.map((name) => [name, answer.headers.get(name)])));
  const text = pretty(answer.text);
  if (text.length > LONGEST) parts.push(make("p", { className: "notice info" }, say("answer-cut")));
  parts.push(codeBlock(text.slice(0, LONGEST), say("answer-body"), text));
  return make("div", { className: "answered" }, make("p", { className: "hint" }, make("code", {}, `${call.method} ${call.url}`)), ...parts);
};

// ---- one operation ---------------------------------------------------------------------

let models = new Map();
let operations = [];
let current;
/** What was filled in, so that a way back finds it; the values of paths are shared by all operations. */
const filled = new Map();
let language = "curl";
let shownSecrets = false;

const typeOf = (type) => {
  const name = modelOf(type);
  const model = models.get(name);
  if (!model) return make("code", {}, type);
  const details = make("details", { className: "model" }, make("summary", {}, make("code", {}, type)));
  // Made when it is opened: a model may hold itself.
  details.addEventListener("toggle", () => details.open && details.childElementCount === 1 && details.append(modelBody(model)));
  return details;
};

const modelBody = (model) => {
  if (model.enum) return make("p", { className: "enum" }, ...model.enum.flatMap((word) => [make("code", {}, word), " "]));
  const rows = Object.entries(model.properties ?? {}).map(([name, property]) => {
    const marks = [property.required && say("required"), property.readOnly && say("read-only"), property.canBeNull && say("nullable")].filter(Boolean);
    return make(
      "li",
      {},
      make("div", { className: "property" }, make("code", { className: "name" }, name), typeOf(property.type), marks.length ? make("span", { className: "muted" }, marks.join(", ")) : ""),
      property.description ? make("p", { className: "hint", lang: "en" }, property.description) : "",
    );
  });
  return make("div", {}, model.description ? make("p", { className: "hint", lang: "en" }, model.description) : "", make("ul", { className: "properties" }, ...rows));
};

const stageBadge = (stage) => {
  const tone = { PRODUCTION: "plain", DEPRECATED: "bad" }[stage.value] ?? "info";
  return make("span", { className: `badge ${tone}`, title: stage.description }, say(`stage-${stage.value}`));
};

const methodBadge = (method) => make("span", { className: `verb ${method.toLowerCase()}` }, method);

/** The input of a field, with its label, type, hint and place for an error. */
const inputOf = (field, kept, onInput) => {
  const id = `f-${field.key.replace(/[^A-Za-z0-9]/g, "-")}`;
  const described = { id, "aria-describedby": `${id}-h ${id}-e`, autocomplete: "off" };
  let input;
  if (field.choices) {
    const options = field.choices.map((word) => make("option", { value: word }, word));
    input = make("select", described, make("option", { value: "" }, field.required ? say("please-choose") : say("not-sent")), ...options);
  } else if (/^(text|map|.*\[\])/.test(field.type) || models.get(field.type)) {
    input = make("textarea", { ...described, rows: 3, spellcheck: "false", className: "mono" });
    if (models.get(modelOf(field.type)) || field.type.startsWith("map")) input.placeholder = JSON.stringify(exampleOf(field.type, models));
  } else {
    input = make("input", { ...described, type: field.type === "password" ? "password" : "text", spellcheck: "false" });
    input.autocapitalize = "none";
    if (field.type === "long") input.inputMode = "numeric";
    const form = { date: "2026-01-31", datetime: "2026-01-31T09:30:00+01:00", duration: "P1Y", ipBlock: "192.0.2.0/24" }[field.type];
    if (form) input.placeholder = form;
  }
  input.value = filled.get(kept) ?? "";
  input.addEventListener("input", () => {
    filled.set(kept, input.value);
    onInput();
  });
  const marks = [field.required ? say("required") : say("optional"), field.nullable && say("nullable")].filter(Boolean).join(", ");
  const lines = field.type.endsWith("[]") && !models.get(modelOf(field.type)) ? ` ${say("one-a-line")}` : "";
  const error = make("p", { className: "error", id: `${id}-e` });
  const element = make(
    "div",
    { className: "field" },
    make("label", { for: id }, make("code", {}, field.name), " ", make("span", { className: "muted" }, `${field.type} · ${marks}`)),
    input,
    make("p", { className: "hint", id: `${id}-h` }, make("span", { lang: "en" }, field.text), lines),
    error,
  );
  return { field, input, element, error };
};

const judge = (part, word) => {
  part.element.classList.toggle("wrong", Boolean(word));
  part.error.textContent = word ? say(`fault-${word}`) : "";
  if (word) part.input.setAttribute("aria-invalid", "true");
  else part.input.removeAttribute("aria-invalid");
};

const show = (operation) => {
  const id = anchor(operation);
  const fields = fieldsOf(operation, models);
  const inputs = fields.map((field) => inputOf(field, field.place === "path" ? field.key : `${id} ${field.key}`, () => view.refresh()));
  const whole = operation.parameters.find((p) => p.paramType === "body" && !p.name);
  const hasBody = Boolean(whole) || fields.some((field) => field.place === "body");

  const group = (place) => {
    const own = inputs.filter(({ field }) => field.place === place);
    return own.length ? make("fieldset", { className: "group" }, make("legend", {}, say(`place-${place}`)), ...own.map((i) => i.element)) : "";
  };
  const body = group("body");
  const byHand = make("input", { type: "checkbox", id: "by-hand" });
  const json = make("textarea", { id: "body-json", rows: 8, spellcheck: "false", className: "mono", "aria-describedby": "body-json-e" });
  const jsonError = make("p", { className: "error", id: "body-json-e" });
  const jsonField = make("div", { className: "field", hidden: true }, make("label", { for: "body-json" }, say("body-json")), json, jsonError);
  const handPart = { element: jsonField, input: json, error: jsonError };
  byHand.addEventListener("change", () => {
    if (byHand.checked) {
      const { data } = call();
      // What nobody filled in stays out, so that no empty text is written by mistake.
      const needed = fields.filter((field) => field.place === "body" && field.required);
      json.value = JSON.stringify(data ?? Object.fromEntries(needed.map((f) => [f.name, exampleOf(f.type, models)])), null, 2);
    }
    jsonField.hidden = !byHand.checked;
    if (body) body.hidden = byHand.checked;
    view.refresh();
  });
  json.addEventListener("input", () => view.refresh());

  const values = new Map(inputs.map((i) => [i.field.key, i.input]));
  const call = (hand = false) => callOf(operation, fields, (field) => values.get(field.key).value, hand ? json.value : undefined, origin);
  const asked = () => call(byHand.checked);

  const sendButton = make("button", { className: `button${operation.method === "DELETE" ? " red" : ""}` }, say(operation.method === "GET" ? "send" : "send-real"));
  const answers = make("div", { id: "answer", tabIndex: -1 });
  const answerCard = make("section", { className: "card", hidden: true, "aria-labelledby": "answer-heading" }, make("h3", { id: "answer-heading" }, say("answer")), answers);
  const announce = make("p", { className: "hidden", role: "status" });
  const form = make(
    "form",
    { className: "card", noValidate: true, "aria-labelledby": "call-heading" },
    make("h3", { id: "call-heading" }, say("call")),
    group("path"),
    group("query"),
    body,
    hasBody ? make("div", { className: "field tick" }, byHand, make("label", { for: "by-hand" }, say("by-hand"))) : "",
    hasBody ? jsonField : "",
    inputs.length || hasBody ? "" : make("p", { className: "muted" }, say("no-parameters")),
    make("p", { className: "actions" }, sendButton),
  );

  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    const wanted = asked();
    for (const part of inputs) judge(part, wanted.faults.get(part.field.key));
    judge(handPart, wanted.faults.get("body"));
    const wrong = [...inputs, handPart].find((part) => part.input.hasAttribute("aria-invalid"));
    if (wrong) return wrong.input.focus();
    const how = meansOf(operation);
    if ((how === "keys" || how === "token") && !complete()) {
      at("keys").open = true;
      showAnswer(make("div", { className: "notice warn", role: "alert" }, say("fault-no-keys")));
      return (how === "token" ? secrets.token : Object.values(secrets).find((input) => input.value.trim() === "")).focus();
    }
    if (how === "keys" && !globalThis.crypto?.subtle) {
      at("keys").open = true;
      return showAnswer(make("div", { className: "notice warn", role: "alert" }, at("insecure").textContent.trim()));
    }
    if (operation.method !== "GET" && !(await sure(wanted))) return;
    busy = true;
    sendButton.classList.add("busy");
    sendButton.setAttribute("aria-busy", "true");
    try {
      const answer = await send(wanted, how);
      showAnswer(answerOf(answer, wanted, operation));
      announce.textContent = `${say("answer")}: ${answer.status}`;
    } catch (error) {
      showAnswer(make("div", { className: "notice bad", role: "alert" }, make("strong", {}, say("no-answer")), make("p", {}, say("advice-no-answer")), make("p", {}, make("code", {}, String(error.message ?? error)))));
    } finally {
      busy = false;
      sendButton.classList.remove("busy");
      sendButton.removeAttribute("aria-busy");
    }
  });
  const showAnswer = (content) => {
    answers.replaceChildren(content);
    answerCard.hidden = false;
    answerCard.scrollIntoView({ block: "nearest" });
  };

  const code = codeView(operation, asked);
  const facts = [
    [say("iam-action"), operation.actions.join(", ")],
    [say("signed"), say(operation.open ? "signed-no" : "signed-yes")],
    [say("deprecated-since"), operation.stage.deprecatedDate?.slice(0, 10)],
    [say("deprecated-until"), operation.stage.deletionDate?.slice(0, 10)],
  ];
  const back = make("button", { type: "button", className: "quiet back" }, say("back-to-list"));
  back.addEventListener("click", () => at("search").focus());
  const heading = make("h2", { id: "operation-heading", tabIndex: -1 }, methodBadge(operation.method), " ", make("code", {}, ...pathText(operation.path)));
  const about = make(
    "section",
    { className: "card about", "aria-labelledby": "operation-heading" },
    back,
    heading,
    make("p", {}, make("span", { lang: "en" }, operation.text), " ", stageBadge(operation.stage)),
    operation.stage.value === "DEPRECATED" ? make("p", { className: "notice warn" }, say("withdrawn")) : "",
    factList(facts),
  );
  const shapes = make(
    "section",
    { className: "card", "aria-labelledby": "models-heading" },
    make("h3", { id: "models-heading" }, say("models")),
    whole ? make("div", { className: "property" }, make("span", {}, `${say("place-body")}:`), typeOf(whole.dataType)) : "",
    make("div", { className: "property" }, make("span", {}, `${say("answer")}:`), typeOf(operation.answer)),
  );
  const view = { operation, heading, refresh: code.refresh };
  at("operation").replaceChildren(about, form, announce, answerCard, code.element, shapes);
  code.refresh();
  return view;
};

const LANGUAGES = { curl: "curl", python: "Python", node: "Node.js", go: "Go" };

/** The call as code, made again whenever something changes. */
const codeView = (operation, call) => {
  const shown = make("code", {});
  const notes = make("div", {});
  const choices = Object.entries(LANGUAGES).map(([word, name]) => {
    const input = make("input", { type: "radio", name: "language", id: `in-${word}`, value: word, checked: word === language });
    input.addEventListener("change", () => {
      language = word;
      refresh();
    });
    return make("span", {}, input, make("label", { for: `in-${word}` }, name));
  });
  const real = make("input", { type: "checkbox", id: "real-keys", checked: shownSecrets });
  real.addEventListener("change", () => {
    shownSecrets = real.checked;
    refresh();
  });
  const refresh = () => {
    const { code, notes: beside } = SNIPPETS[language](call(), meansOf(operation), shownSecrets ? keys() : {});
    shown.textContent = code;
    notes.replaceChildren(...beside.map((word) => make("p", { className: "hint" }, say(word))));
  };
  const element = make(
    "section",
    { className: "card", id: "code", "aria-labelledby": "code-heading" },
    make("h3", { id: "code-heading" }, say("code")),
    make("fieldset", { className: "choice" }, make("legend", { className: "hidden" }, say("code")), ...choices),
    make("div", { className: "copied" }, copyButton(() => shown.textContent, say("code")), make("pre", { className: "code", tabIndex: 0, role: "region", "aria-label": say("code") }, shown)),
    notes,
    make("div", { className: "field tick" }, real, make("label", { for: "real-keys" }, say("real-keys"))),
  );
  return { element, refresh };
};

// ---- the list --------------------------------------------------------------------------

let sections = [];

const list = () => {
  sections = sections.map((section) => {
    const links = section.operations.map((operation) => {
      const link = make("a", { href: `#${encodeURI(anchor(operation))}`, title: operation.text }, methodBadge(operation.method), make("span", { className: "way" }, ...pathText(operation.path)));
      if (operation.stage.value === "DEPRECATED") link.append(make("span", { className: "badge bad" }, say("stage-DEPRECATED")));
      return { operation, link, item: make("li", {}, link, make("span", { className: "hint", lang: "en" }, operation.text)) };
    });
    const count = make("span", { className: "muted" }, numbers.format(links.length));
    const element = make("details", {}, make("summary", {}, make("strong", {}, section.path), " ", count, make("span", { className: "hint", lang: "en" }, section.text)), make("ul", {}, ...links.map((l) => l.item)));
    return { ...section, links, element, count };
  });
  at("sections").replaceChildren(...sections.map((s) => s.element));
};

const filter = () => {
  const search = at("search").value.trim();
  let all = 0;
  for (const section of sections) {
    let found = 0;
    for (const { operation, item } of section.links) {
      item.hidden = search !== "" && !matches(operation, search);
      if (!item.hidden) found += 1;
    }
    all += found;
    section.count.textContent = numbers.format(found);
    section.element.hidden = found === 0;
    section.element.open = search === "" ? section.links.some((l) => l.operation === current?.operation) : found > 0;
  }
  at("found").textContent = `${say("found")}: ${numbers.format(all)}`;
};
at("search").addEventListener("input", filter);
at("search").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  const first = sections.flatMap((s) => s.links).find((l) => !l.item.hidden);
  if (first && at("search").value.trim() !== "") location.hash = first.link.hash;
});

/** Shows the operation of the page's address. */
const follow = () => {
  const asked = new URLSearchParams(location.search);
  const operation = named(operations, location.hash, asked.get("branch"));
  if (!operation) {
    const section = sections.find((s) => s.path === asked.get("section"));
    if (section) section.element.open = true;
    if (location.hash.length > 1 && !document.getElementById(location.hash.slice(1))) at("operation").replaceChildren(make("p", { className: "card empty" }, say("unknown-operation")));
    return;
  }
  current = show(operation);
  document.title = document.title.replace(/^.*? · /, `${operation.method} ${operation.path} · `);
  for (const section of sections) {
    for (const { operation: other, link } of section.links) {
      if (other === operation) {
        link.setAttribute("aria-current", "true");
        section.element.open = true;
        // Beside the operation the list scrolls by itself.
        if (matchMedia("(min-width: 62rem)").matches) link.scrollIntoView({ block: "nearest" });
      } else link.removeAttribute("aria-current");
    }
  }
  current.heading.focus({ preventScroll: true });
  at("operation").scrollIntoView({ block: "start" });
};

const load = async () => {
  const json = async (address) => {
    const answer = await fetch(address, { credentials: "omit" });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    return answer.json();
  };
  const ofBranch = async (branch) => {
    const { apis } = await json(`${branch}/`);
    return Promise.all(apis.map(async ({ path, description }) => ({ path, branch, description, schema: await json(`${branch}${path}.json`) })));
  };
  at("found").textContent = say("loading");
  try {
    ({ sections, operations, models } = read((await Promise.all([ofBranch("/1.0"), ofBranch("/v2")])).flat()));
  } catch (error) {
    at("found").textContent = "";
    const again = make("button", { type: "button", className: "button second" }, say("try-again"));
    again.addEventListener("click", load);
    at("operation").replaceChildren(make("div", { className: "card", role: "alert" }, make("p", {}, say("not-loaded")), make("p", {}, make("code", {}, String(error.message ?? error))), again));
    return;
  }
  list();
  filter();
  follow();
};

bringKeys();
addEventListener("hashchange", () => follow());
await load();
root.dataset.ready = "yes";
