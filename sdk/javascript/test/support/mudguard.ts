/** A real server in a process of its own, over an empty database, for as long as a test file needs it. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const BINARY = process.env.MUDGUARD_BIN ?? fileURLToPath(new URL("../../../../.venv/bin/mudguard", import.meta.url));

/** Hashes that cost next to nothing, and no limits per address. */
const SWIFT = { MUDGUARD_ARGON2_MEMORY_KIB: "8", MUDGUARD_ARGON2_PASSES: "1", MUDGUARD_IP_LIMITS: "off" };

/** PostgreSQL where the environment names one, SQLite in a folder of the server's own otherwise. */
const { MUDGUARD_TEST_DATABASE_URL, MUDGUARD_TEST_KEYRING_FILE } = process.env;
const DATABASE = MUDGUARD_TEST_DATABASE_URL
  ? { MUDGUARD_DATABASE_URL: MUDGUARD_TEST_DATABASE_URL, MUDGUARD_KEYRING_FILE: MUDGUARD_TEST_KEYRING_FILE ?? "" }
  : {};

export class Mudguard {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, process: ChildProcess, folder: string) {
    this.url = url;
    this.#process = process;
    this.#folder = folder;
  }

  /** Start a server on a free port, with `settings` over the defaults of the tests. */
  static async start(settings: Record<string, string> = {}, port = 0): Promise<Mudguard> {
    const folder = await mkdtemp(join(tmpdir(), "mudguard-sdk-"));
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith("MUDGUARD_"));
    const environment = { ...Object.fromEntries(own), MUDGUARD_DATA_DIR: folder, ...SWIFT, ...DATABASE, ...settings };
    const child = spawn(BINARY, ["serve", "--port", String(port)], {
      env: environment,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return new Mudguard(await announced(child), child, folder);
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    await finished(this.#process);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The folder of this package. */
export const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

/** Finds what is installed beside this package. */
export const require = createRequire(import.meta.url);

async function announced(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("no output to read");
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /http:\/\/\S+:\d+/.exec(line);
    if (address) {
      child.stdout.resume();
      return address[0];
    }
  }
  throw new Error(`${BINARY} did not start`);
}

function finished(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => resolve());
  });
}
