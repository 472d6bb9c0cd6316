// What makes the panel quicker. Nothing needs it: every page works without.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("has-js");
  const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";

  const post = (address, body) =>
    fetch(address, {
      method: "POST",
      body,
      credentials: "same-origin",
      headers: { "X-CSRF-Token": csrf, "Content-Type": "application/x-www-form-urlencoded" },
    });
  const fields = (form) => new URLSearchParams(new FormData(form));

  // Parts that are not over yet: asked again with growing pauses, not in hidden tabs.
  const watch = (part, pause = 2000) => {
    setTimeout(async () => {
      if (!part.isConnected) return;
      if (document.hidden) {
        document.addEventListener("visibilitychange", () => watch(part, 0), { once: true });
        return;
      }
      try {
        const answer = await fetch(part.dataset.poll, { credentials: "same-origin" });
        if (answer.redirected) return location.reload();
        if (!answer.ok) throw new Error(String(answer.status));
        const next = parse(await answer.text());
        if (!next) return;
        const focused = part.contains(document.activeElement);
        if (next.outerHTML !== part.outerHTML && !focused) part.replaceWith(next);
        const shown = focused ? part : next.isConnected ? next : part;
        if (next.dataset.poll) watch(shown, Math.min(pause < 2000 ? 2000 : pause * 1.3, 30000));
        else if (focused) part.replaceWith(next);
      } catch {
        watch(part, Math.min(pause * 2, 30000));
      }
    }, pause);
  };
  const parse = (html) => {
    const frame = document.createElement("template");
    frame.innerHTML = html.trim();
    return frame.content.firstElementChild;
  };
  const watchIn = (part) => part.querySelectorAll("[data-poll]").forEach((p) => watch(p, 700));
  watchIn(document);

  // Live checks: a field that was left asks, the verdict is read out.
  const turns = new Map();
  const ask = async (field) => {
    const { check, show } = field.dataset;
    const place = document.getElementById(show);
    if (!field.form || !place) return;
    const turn = (turns.get(check) ?? 0) + 1;
    turns.set(check, turn);
    try {
      const answer = await post(check, fields(field.form));
      if (!answer.ok || turns.get(check) !== turn) return;
      const verdict = parse(await answer.text());
      place.replaceChildren(...(verdict ? [verdict] : []));
      watchIn(place);
    } catch {
      // The check is repeated when the form is sent.
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target.dataset?.check) ask(event.target);
  });
  // A draft that comes back is judged again, each check once; a field with an error has its verdict.
  const filled = [...document.querySelectorAll("[data-check]")].filter((f) => f.value && !f.getAttribute("aria-invalid"));
  new Map(filled.map((f) => [f.dataset.check, f])).forEach((field) => ask(field));

  // Drafts: kept while somebody types.
  document.querySelectorAll("form[data-draft]").forEach((form) => {
    let timer;
    const keep = () => {
      clearTimeout(timer);
      timer = setTimeout(() => post(form.dataset.draft, fields(form)).catch(() => {}), 800);
    };
    form.addEventListener("input", keep);
    form.addEventListener("submit", () => clearTimeout(timer));
  });

  // A form is sent once; its button shows that it is on its way.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    event.submitter?.classList.add("busy");
    event.submitter?.setAttribute("aria-busy", "true");
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
    document.querySelectorAll(".busy").forEach((button) => {
      button.classList.remove("busy");
      button.removeAttribute("aria-busy");
    });
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    const source = button && document.getElementById(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      const before = button.textContent;
      button.textContent = button.dataset.copied;
      button.setAttribute("role", "status");
      setTimeout(() => (button.textContent = before), 2500);
    } catch {
      getSelection().selectAllChildren(source);
    }
  });

  document.getElementById("faults")?.focus();
})();
