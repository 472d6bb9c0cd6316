// Debian's Chromium for the browser road, in a closed network and a fresh profile.
//
//   const chrome = await openChromium({ shots: "folder", caFile });
//   await chrome.page.goto(demo.panelUrl); await chrome.shot("01-sign-in");
//   chrome.assertQuiet(); await chrome.close();
//
// It records what a reader of the console or of the network tab would see: script
// errors, broken requests, anything refused by the content security policy, and every
// request to another host than loopback.
import { appendFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Where Debian (or the variable CHROMIUM) keeps the browser; an error that says what to install. */
export function chromiumPath() {
  const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error("no Chromium: on Debian, apt-get install chromium");
  return found;
}

/** The flags that root and a closed network need. */
export function chromiumFlags() {
  const flags = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    // Nothing but this machine has a name, so a forgotten outside address fails at once.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
  ];
  if (process.getuid?.() === 0) flags.unshift("--no-sandbox");
  return flags;
}

/**
 * Opens the browser with a new profile.
 * @param {object} [options]
 * @param {string} [options.shots] folder for screenshots
 * @param {string} [options.locale] language asked for, `en-GB` unless told
 * @param {boolean} [options.javaScript] false: a browser without scripts
 * @param {{width: number, height: number}} [options.viewport]
 * @param {boolean} [options.ignoreCertificates] for `--tls`, whose authority Chromium does not know
 */
export async function openChromium(options = {}) {
  const profile = await mkdtemp(join(tmpdir(), "levante-chromium-"));
  const remove = () => rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  let context;
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath(),
      args: chromiumFlags(),
      headless: true,
      chromiumSandbox: process.getuid?.() !== 0,
      locale: options.locale ?? "en-GB",
      timezoneId: "Europe/Rome",
      viewport: options.viewport ?? { width: 1280, height: 900 },
      javaScriptEnabled: options.javaScript ?? true,
      ignoreHTTPSErrors: options.ignoreCertificates ?? false,
      acceptDownloads: true,
    });
  } catch (error) {
    await remove();
    throw error;
  }
  context.setDefaultTimeout(15_000);
  const problems = [];
  const watch = (page) => {
    page.on("pageerror", (error) => problems.push(`script error: ${error.message}`));
    page.on("console", (line) => {
      // The browser repeats every 4xx on its console; the road expects some of those itself.
      if (line.type() === "error" && !/Failed to load resource/.test(line.text())) {
        problems.push(`console: ${line.text()}`);
      }
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (/^(https?|wss?):$/.test(url.protocol) && !LOOPBACK.has(url.hostname)) {
        problems.push(`request to another host: ${url.hostname}`);
      }
    });
    page.on("response", (response) => {
      if (response.status() >= 500) problems.push(`${response.status()} from ${new URL(response.url()).pathname}`);
    });
  };
  context.pages().forEach(watch);
  context.on("page", watch);
  const page = context.pages()[0] ?? (await context.newPage());

  return {
    context,
    page,
    problems,
    /** Saves a screenshot as `NAME.png`; without a folder it does nothing. */
    async shot(name, { on = page, whole = true } = {}) {
      if (!options.shots) return undefined;
      await mkdir(options.shots, { recursive: true });
      const path = join(options.shots, `${name}.png`);
      await on.screenshot({ path, fullPage: whole, animations: "disabled" });
      return path;
    },
    /** Fails when the browser complained about anything. */
    assertQuiet() {
      if (problems.length > 0) throw new Error(`the browser complained:\n  ${problems.join("\n  ")}`);
    },
    /** Closes the browser and removes its profile; its cookies' values go to the search for canaries. */
    async close() {
      const cookies = await context.cookies().catch(() => []);
      await Promise.all(cookies.map((cookie) => reportSecret(cookie.value)));
      await context.close();
      await remove();
    },
  };
}

/** Reads the demo's description, whose path is the program's first argument. */
export async function readDemo(path = process.argv[2]) {
  if (!path) throw new Error("usage: node road.mjs DEMO.json");
  return JSON.parse(await readFile(path, "utf8"));
}

/** Hands a secret that this road learnt (a cookie, a password) to `tests/canaries.py`. */
export async function reportSecret(secret) {
  if (process.env.LEVANTE_ROAD_SECRETS && secret) {
    await appendFile(process.env.LEVANTE_ROAD_SECRETS, `${JSON.stringify(secret)}\n`, { mode: 0o600 });
  }
}

/** Asks until `probe` gives a truthy value, at most `seconds` long; the error says what was awaited. */
export async function until(what, probe, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s${last ? `; last: ${last.message}` : ""}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Runs named checks one after the other and prints `N passed, N failed`; the exit code follows. */
export class Road {
  #passed = 0;
  #failed = 0;

  /** A step that the following ones need: when it fails, the road ends. */
  async step(name, work) {
    try {
      const value = await work();
      this.#passed += 1;
      return value;
    } catch (error) {
      this.#failed += 1;
      console.log(`FAILED ${name}\n  ${String(error.stack ?? error.message).split("\n").slice(0, 8).join("\n  ")}`);
      throw new RoadEnd(name);
    }
  }

  /** A check that nothing depends on: the road goes on. */
  async check(name, work) {
    try {
      return await this.step(name, work);
    } catch (error) {
      if (error instanceof RoadEnd) return undefined;
      throw error;
    }
  }

  /** The last line and the exit code. */
  finish() {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    process.exitCode = this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }
}

/** Thrown by `Road.step` after it printed the failure. */
export class RoadEnd extends Error {}
