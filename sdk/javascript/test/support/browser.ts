/** A real Chromium, and pages that have the built package. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { PACKAGE } from "./mudguard.ts";

const CHROMIUMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The Chromium of the machine; the variable CHROMIUM names another. */
export function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? CHROMIUMS.find((path) => existsSync(path));
  if (!executablePath) throw new Error("there is no Chromium here: install Debian's chromium, or name one in CHROMIUM");
  // Chromium has no sandbox for root, which a container often runs as.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

const POLICY = "default-src 'none'; script-src 'self'; img-src data:; connect-src http://127.0.0.1:*; style-src 'self'";
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Security settings</title>
<link rel="stylesheet" href="/page.css"><script type="module" src="/setup.js"></script></head><body><main><h1>Security settings</h1></main></body></html>`;
const SETUP = `import * as mudbase from "/dist/index.js";
import * as enrolment from "/dist/enrolment.js";
Object.assign(globalThis, { mudbase, enrolment });`;

/** Serves an empty page under a strict policy, on which \`mudbase\` is what the package exports. */
export class Pages {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Pages> {
    const server = createServer(async ({ url = "/" }, response) => {
      const isBuilt = /^\/dist\/[a-z]+\.js$/.test(url);
      const [type, body] = isBuilt
        ? ["text/javascript", await readFile(`${PACKAGE}${url.slice(1)}`)]
        : url === "/setup.js"
          ? ["text/javascript", SETUP]
          : url === "/page.css"
            ? ["text/css", "body { font-family: system-ui, sans-serif; margin: 2rem }"]
            : ["text/html", PAGE];
      response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": POLICY });
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Pages(server);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
