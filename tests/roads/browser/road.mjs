// The whole road in real Chromium: sign in, order, watch the steps, read the mail, rename,
// change the seats, cancel. Once in English on a desk, once in Italian on a telephone, and
// once without JavaScript as far as the order. Then the API console (console.mjs).
//
//   node road.mjs DEMO.json [FOLDER-FOR-SCREENSHOTS]
import { consoleBasics, walkConsole } from "./console.mjs";
import { Road, RoadEnd, openChromium, readDemo, reportSecret, until } from "./lib.mjs";

const demo = await readDemo(process.argv[2] ?? process.env.DEMO_JSON);
const shots = process.argv[3] ?? process.env.LEVANTE_ROAD_SHOTS;
const road = new Road();
// Another run on the same demo must not want the same names.
const run = Math.floor(Date.now() / 1000).toString(36).slice(-5);

const WORDS = {
  en: {
    signIn: "Sign in", wrong: "is wrong", order: "Order", toSummary: "Continue to the summary", startOver: "Start over", add: "Add a licence",
    place: "Order with obligation to pay", delivered: "Delivered", rename: "Change the display name", save: "Save",
    subscriptions: "Subscriptions", change: /Change the number/, goOn: "Continue", confirm: "Change the number",
    cancel: /^Cancel/, cancelNow: "Cancel the subscription", cancelled: "Cancelled", free: "The subdomain is free.",
    required: "is required", title: "Order licences", switchTo: "Italiano", tasks: "Tasks", keys: "API keys",
  },
  it: {
    signIn: "Accedi", wrong: "sono sbagliati", order: "Ordina", toSummary: "Continua al riepilogo", startOver: "Ricomincia", add: "Aggiungi una licenza",
    place: "Ordina con obbligo di pagamento", delivered: "Consegnato", rename: "Modifica il nome visualizzato", save: "Salva",
    subscriptions: "Abbonamenti", change: /Modifica il numero/, goOn: "Continua", confirm: "Modifica il numero",
    cancel: /^Disdici/, cancelNow: "Disdici l'abbonamento", cancelled: "Disdetto", free: "Il sottodominio è libero.",
    required: "è obbligatorio", title: "Ordina licenze", switchTo: "English", tasks: "Operazioni", keys: "Chiavi API",
  },
};

/** One whole walk through the panel. */
async function walk({ name, account, language, viewport, javaScript = true, whole = true, prefix }) {
  const words = WORDS[language];
  const chrome = await openChromium({
    shots, locale: language === "it" ? "it-IT" : "en-GB", viewport, javaScript, ignoreCertificates: Boolean(demo.caFile),
  });
  const { page } = chrome;
  const at = (path) => page.goto(new URL(path, demo.panelUrl).href);
  const button = (label) => page.getByRole("button", { name: label, exact: typeof label === "string" });
  const link = (label) => page.getByRole("link", { name: label });
  const main = page.locator("main");
  const says = (text) => until(`${name}: "${text}" on the page`, async () => (await page.textContent("body")).includes(text), 20);
  const subdomain = `alba${prefix}${run}`;
  const customer = language === "it" ? "Alba Forni Srl" : "Contoso Bakery Ltd";
  const email = `${prefix}${run}@albaforni.example`;
  try {
    await road.step(`${name}: a wrong password lets nobody in`, async () => {
      await at("/");
      if ((await page.getAttribute("html", "lang")) !== language) throw new Error("the sign-in page speaks another language");
      await page.fill("#login", account.email);
      await page.fill("#password", "certainly not it");
      await button(words.signIn).click();
      await says(words.wrong);
    });
    await road.step(`${name}: sign in`, async () => {
      await chrome.shot(`${prefix}-01-sign-in`);
      // The account's id is a sign-in name too.
      await page.fill("#login", language === "it" ? account.account : account.email);
      await page.fill("#password", account.password);
      await button(words.signIn).click();
      await page.waitForURL(/\/services/);
      if ((await page.getAttribute("html", "lang")) !== language) {
        await button(language === "it" ? "Italiano" : "English").click();
        await page.waitForURL(/\/services/);
      }
      await chrome.shot(`${prefix}-02-services`);
    });

    const line = (index, part) => page.locator(`[name="lines[${index}].${part}"]`);
    const choose = async (index, licence, quantity) => {
      const option = line(index, "licenceId").locator("option:not([disabled])", { hasText: licence }).first();
      await line(index, "licenceId").selectOption(await option.getAttribute("value"));
      await line(index, "quantity").fill(String(quantity));
    };
    await road.step(`${name}: an empty order is refused with reasons`, async () => {
      await at("/order");
      await button(words.startOver).click();
      await page.waitForURL(/\/order$/);
      await button(words.toSummary).last().click();
      await page.waitForSelector("#faults");
      await says(words.required);
      await chrome.shot(`${prefix}-03-order-refused`);
    });
    await road.step(`${name}: fill in the order`, async () => {
      await page.check('[name="custom"]');
      await page.fill('[name="customSubdomain"]', subdomain);
      await page.fill('[name="mpnId"]', account.mpnId);
      if (javaScript) await says(words.free);
      const contact = {
        companyName: customer, contactFirstName: "Chiara", contactLastName: "Neri", contactEmail: email,
        contactPhone: "051 123 4567", contactAddress: "Via Zamboni 33", contactZipCode: "40126", contactCity: "Bologna",
        contactCountry: "IT",
      };
      for (const [field, value] of Object.entries(contact)) await page.fill(`[name="${field}"]`, value);
      await choose(0, "Microsoft 365 Business Basic, 1 year, billed monthly", 5);
      await button(new RegExp(words.add)).click();
      await choose(1, "Exchange Online Plan 1, 1 month", 2);
      await button(new RegExp(words.add)).click();
      await choose(2, "Teams Audio Conferencing", 5);
    });
    if (javaScript) {
      await road.step(`${name}: the draft survives a reload`, async () => {
        await page.waitForTimeout(1500);
        await page.reload();
        const kept = await line(2, "quantity").inputValue();
        if (kept !== "5" || (await page.inputValue('[name="contactEmail"]')) !== email) throw new Error("the draft is lost");
      });
    }
    await chrome.shot(`${prefix}-04-order`);
    await road.step(`${name}: the summary names price and tax, and wants the agreement`, async () => {
      await button(words.toSummary).last().click();
      await page.waitForURL(/\/order\/summary/);
      await says(`${subdomain}.onmicrosoft.com`);
      await button(words.place).click();
      await page.waitForSelector("#faults");
      await page.check('[name="mcaAgreedAt"]');
      if (javaScript) await until("the checks are answered", async () => (await page.locator(".said[data-poll]").count()) === 0, 30);
      await chrome.shot(`${prefix}-05-summary`);
    });
    const order = await road.step(`${name}: order`, async () => {
      await button(words.place).click();
      await page.waitForURL(/\/orders\/\d+/);
      await chrome.shot(`${prefix}-06-order-running`);
      return page.url();
    });
    await road.step(`${name}: watch the steps until it is delivered`, async () => {
      await until("the order is delivered", async () => {
        if (!javaScript) await page.reload();
        const failed = page.locator(".steps .failed");
        if (await failed.count()) throw new Error(await main.innerText());
        return (await page.locator("#progress").innerText()).includes(words.delivered);
      }, 90);
      await chrome.shot(`${prefix}-07-order-delivered`);
    });
    await road.step(`${name}: read the mail with the sign-in data`, async () => {
      const mailbox = await chrome.context.newPage();
      const found = await until("the mail has arrived", async () => {
        await mailbox.goto(demo.mailboxUrl);
        const rows = mailbox.locator("a", { hasText: /Microsoft 365/ });
        for (const row of await rows.all()) {
          const href = await row.getAttribute("href");
          await mailbox.goto(new URL(href, demo.mailboxUrl).href);
          const frames = await Promise.all(mailbox.frames().map((f) => f.content()));
          if (frames.join().includes(`${subdomain}.onmicrosoft.com`)) return frames.join();
          await mailbox.goto(demo.mailboxUrl);
        }
        return undefined;
      }, 40);
      if (!found.includes(`@${subdomain}.onmicrosoft.com`)) throw new Error("the mail names no sign-in name");
      const list = await (await fetch(demo.mailboxApiUrl)).json();
      const mails = (list.mails ?? list).filter((m) => JSON.stringify(m).includes(`${subdomain}.onmicrosoft.com`));
      const secret = /(?:password|Password)[^:]*:\s*(\S+)/.exec(mails.map((m) => m.text ?? "").join("\n"))?.[1];
      if (secret) await reportSecret(secret);
      await chrome.shot(`${prefix}-08-mail`, { on: mailbox });
      await mailbox.close();
    });
    if (!whole) {
      chrome.assertQuiet();
      return;
    }

    const service = `/services/${subdomain}.onmicrosoft.com`;
    await road.step(`${name}: rename`, async () => {
      await at(service);
      await link(words.rename).click();
      await page.fill('[name="displayName"]', `${customer} (${prefix})`);
      await button(words.save).last().click();
      await says(`${customer} (${prefix})`);
      await chrome.shot(`${prefix}-09-service`);
    });
    const rows = page.locator("#subscriptions tbody tr");
    await road.step(`${name}: the table shows what was bought`, async () => {
      await at(`${service}/subscriptions`);
      if ((await rows.count()) !== 3) throw new Error(`${await rows.count()} subscriptions instead of 3`);
      if ((await page.locator("#subscriptions tr.add-on").count()) !== 1) throw new Error("the add-on is not under its base");
      await chrome.shot(`${prefix}-10-subscriptions`);
    });
    const row = (licence) => rows.filter({ hasText: licence }).first();
    const settled = (what, probe) => until(what, async () => {
      if (await page.locator("#subscriptions[data-poll]").count()) return false;
      return probe();
    }, 60);
    await road.step(`${name}: change the seats`, async () => {
      await row("Business Basic").getByRole("link", { name: words.change }).click();
      await page.fill('[name="quantity"]', "301");
      await button(words.goOn).click();
      await page.waitForSelector(".notice.bad");
      await page.fill('[name="quantity"]', "7");
      await button(words.goOn).click();
      await says("+2");
      await chrome.shot(`${prefix}-11-seats`);
      await button(words.confirm).click();
      await page.waitForURL(/subscriptions\?task=/);
      await chrome.shot(`${prefix}-12-seats-running`);
      await settled("the seats are changed", async () => /\b7\b/.test(await row("Business Basic").locator("td.num").innerText()));
    });
    await road.step(`${name}: a base with an add-on cannot be cancelled`, async () => {
      await row("Business Basic").getByRole("link", { name: words.cancel }).click();
      await page.waitForSelector(".notice.warn");
      if (await button(words.cancelNow).count()) throw new Error("the red button is there");
      await at(`${service}/subscriptions`);
    });
    await road.step(`${name}: cancel`, async () => {
      await row("Exchange Online").getByRole("link", { name: words.cancel }).click();
      await chrome.shot(`${prefix}-13-cancel`);
      await button(words.cancelNow).click();
      await page.waitForSelector(".field.wrong");
      await page.check('[name="sure"]');
      await button(words.cancelNow).click();
      await page.waitForURL(/subscriptions\?task=/);
      await settled("the subscription is cancelled", async () => (await row("Exchange Online").innerText()).includes(words.cancelled));
      await chrome.shot(`${prefix}-14-cancelled`);
    });
    await road.check(`${name}: the other pages`, async () => {
      await at(`${service}/tasks`);
      await chrome.shot(`${prefix}-15-tasks`);
      await at("/orders");
      await at("/keys");
      await says(words.keys);
      await chrome.shot(`${prefix}-16-keys`);
      await at("/services");
      await chrome.shot(`${prefix}-17-services`);
      const missing = await at("/services/nobody.onmicrosoft.com");
      if (missing.status() !== 404) throw new Error(`a foreign service answers ${missing.status()}`);
      await chrome.shot(`${prefix}-18-missing`);
      const again = await page.goto(order);
      if (again.status() !== 200) throw new Error("the order's page is gone");
    });
    await road.check(`${name}: nothing is wider than the screen`, async () => {
      for (const path of ["/services", "/order", "/orders", "/keys", service, `${service}/subscriptions`, `${service}/tasks`]) {
        await at(path);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        if (over > 1) throw new Error(`${path} is ${over} px too wide`);
      }
    });
    await road.check(`${name}: every field has a name, every page one heading and a language`, async () => {
      for (const path of ["/services", "/order", "/createToken/", `${service}/contact`]) {
        await at(path);
        const faults = await page.evaluate(() => {
          const nameless = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter(
            (f) => !f.labels?.length && !f.getAttribute("aria-label"),
          );
          const found = nameless.map((f) => f.outerHTML.slice(0, 80));
          if (document.querySelectorAll("h1").length !== 1) found.push(`${document.querySelectorAll("h1").length} headings`);
          if (!document.documentElement.lang) found.push("no language");
          return found;
        });
        if (faults.length) throw new Error(`${path}: ${faults.join("; ")}`);
      }
    });
    await road.check(`${name}: the browser is content`, () => chrome.assertQuiet());
  } catch (error) {
    if (!(error instanceof RoadEnd)) throw error;
    await chrome.shot(`${prefix}-failed`).catch(() => {});
  } finally {
    await chrome.close();
  }
}

const [first, second] = demo.accounts;
await walk({ name: "English, 1280 px", account: first, language: "en", viewport: { width: 1280, height: 900 }, prefix: "en" });
await walk({ name: "Italian, 360 px", account: second, language: "it", viewport: { width: 360, height: 740 }, prefix: "it" });
await walk({
  name: "without JavaScript", account: first, language: "en", viewport: { width: 1280, height: 900 }, javaScript: false,
  whole: false, prefix: "plain",
});
await consoleBasics(road);
await walkConsole({
  road, demo, shots, name: "API console, English, 1280 px", account: first, language: "en", viewport: { width: 1280, height: 900 },
  prefix: "en", whole: true,
});
await walkConsole({
  road, demo, shots, name: "API console, Italian, 360 px", account: second, language: "it", viewport: { width: 360, height: 740 },
  prefix: "it", whole: false,
});
road.finish();
