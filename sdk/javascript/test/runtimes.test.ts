/** The built package in every runtime that it is for, against a real server. Browsers have tests of their own. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { build } from "esbuild";
import { ClosingServer } from "./support/closing.ts";
import { Mudguard, PACKAGE } from "./support/mudguard.ts";
import { closedPort } from "./support/scripted.ts";

const run = promisify(execFile);
const BINARIES = join(PACKAGE, "node_modules/.bin");
const RUNTIMES: [string, string, ...string[]][] = [
  ["Node", process.execPath],
  ["Deno", join(BINARIES, "deno"), "run", "--no-config", "--no-lock", "--allow-net"],
  ["Bun", join(BINARIES, "bun"), "run"],
];
const SEEN = { isSignedIn: true, methods: ["totp", "backup_code"], backupCodesRemaining: 9, lost: true };

let server: Mudguard;
let nobody: string;
before(async () => {
  server = await Mudguard.start();
  nobody = `http://127.0.0.1:${await closedPort()}`;
});
after(() => server.stop());

for (const [runtime, program, ...options] of RUNTIMES) {
  test(`it runs in ${runtime}`, async () => {
    const script = join(PACKAGE, "test/runtimes/command.js");
    const { stdout } = await run(program, [...options, script, server.url, nobody]);
    assert.deepEqual(JSON.parse(stdout), SEEN);
  });

  test(`${runtime} sends a change once though a kept connection closes before the answer`, async () => {
    const closing = await ClosingServer.start();
    try {
      const { stdout } = await run(program, [...options, join(PACKAGE, "test/runtimes/changes.js"), closing.url]);
      assert.deepEqual(closing.received, [
        "POST /api/users/2fa/setup",
        "POST /api/users/2fa/verify",
        "PATCH /api/users/update",
        "DELETE /api/users/me/sessions/665f1c2ab7d94e0012ab34d0",
      ]);
      assert.deepEqual(JSON.parse(stdout), Array(4).fill("CONNECTION_LOST"));
    } finally {
      await closing.stop();
    }
  });
}

test("it runs in an edge runtime", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mudbase-edge-"));
  const outfile = join(folder, "worker.js");
  await build({ entryPoints: [join(PACKAGE, "test/runtimes/worker.js")], outfile, bundle: true, format: "esm" });
  await writeFile(join(folder, "config.capnp"), CONFIG);
  const worker = spawn(join(BINARIES, "workerd"), ["serve", "--control-fd=1", join(folder, "config.capnp")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const asked = new URLSearchParams({ server: server.url, nobody });
    const answer = await fetch(`http://127.0.0.1:${await announcedPort(worker.stdout)}/?${asked}`);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    assert.deepEqual(JSON.parse(text), SEEN);
  } finally {
    worker.kill();
    await rm(folder, { recursive: true });
  }
});

/** A worker on a free port that may call servers of this machine. */
const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [(name = "worker", esModule = embed "worker.js")], compatibilityDate = "2026-01-01")),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

async function announcedPort(output: NodeJS.ReadableStream): Promise<number> {
  for await (const line of createInterface({ input: output })) {
    const told = JSON.parse(line);
    if (told.event === "listen") return told.port;
  }
  throw new Error("the edge runtime did not start");
}
