/** The packed tarball, installed in a directory of its own: what is in it, its size, and the documented lines. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { Mudguard, PACKAGE, require } from "./support/mudguard.ts";
import { newOperator } from "./support/people.ts";

const run = promisify(execFile);
const DEFAULT_PORT = 5000;

/** The lines of the documentation, word by word, with `TOKEN` for the one that it shows. */
const CLIENT = `
const client = new MudbaseClient();
client.setJWT("TOKEN");`;
const SETUP = `
const result = await client.users.setup2fa();`;
const SHOW = "console.log(Object.keys(result).sort().join());";
const SHOWN = "backupCodes,manualEntryKey,qrCode,secret\n";

let folder: string;
let contents: string[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "mudbase-consumer-"));
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: PACKAGE,
  });
  const packed = JSON.parse(stdout);
  const [{ filename, files }] = Array.isArray(packed) ? packed : Object.values(packed);
  contents = files.map(({ path }: { path: string }) => path).sort();
  await writeFile(join(folder, "package.json"), '{ "private": true }');
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], { cwd: folder });
});
after(() => rm(folder, { recursive: true, force: true }));

/** What a program of `lines` prints, run where the tarball is installed, with a new person's token. */
async function printed(fileName: string, lines: string): Promise<string> {
  const server = await onDefaultPort();
  try {
    const { client } = await newOperator({ baseUrl: `http://localhost:${DEFAULT_PORT}` });
    await writeFile(join(folder, fileName), lines.replaceAll("TOKEN", client.getTokens()?.token ?? ""));
    return (await run(process.execPath, [fileName], { cwd: folder })).stdout;
  } finally {
    await server.stop();
  }
}

function onDefaultPort(): Promise<Mudguard> {
  return Mudguard.start({}, DEFAULT_PORT);
}

test("the tarball holds what belongs there, and nothing else", () => {
  assert.deepEqual(contents, [
    "LICENSE",
    "README.md",
    "dist/enrolment.cjs",
    "dist/enrolment.d.cts",
    "dist/enrolment.d.ts",
    "dist/enrolment.js",
    "dist/index.cjs",
    "dist/index.d.cts",
    "dist/index.d.ts",
    "dist/index.js",
    "package.json",
  ]);
});

test("an installation brings no other package along", async () => {
  const installed = await readdir(join(folder, "node_modules"));
  assert.deepEqual(
    installed.filter((name) => !name.startsWith(".")),
    ["mudbase"],
  );
});

test("the documented lines run as an ES module", async () => {
  const lines = `import { MudbaseClient } from "mudbase";\n${CLIENT}\n${SETUP}\n${SHOW}`;
  assert.equal(await printed("seed.mjs", lines), SHOWN);
});

test("the first example of the README runs as it stands", async () => {
  const readme = await readFile(`${PACKAGE}README.md`, "utf8");
  const [, example = ""] = /```js\n(.*?)```/s.exec(readme) ?? [];
  assert.match(await printed("first.mjs", example), /key into your authenticator app: ([A-Z2-7]{4} ?){8}\n/);
});

test("the documented lines run as CommonJS", async () => {
  const lines = `const { MudbaseClient } = require("mudbase");\n${CLIENT}\n(async () => {${SETUP}\n${SHOW}\n})();`;
  assert.equal(await printed("seed.cjs", lines), SHOWN);
});

test("the documented lines are strict TypeScript, and run", async () => {
  const lines = `import { MudbaseClient } from "mudbase";\n${CLIENT}\n${SETUP}\n${SHOW}\nexport const qr: string = result.qrCode;`;
  await writeFile(join(folder, "seed.mts"), lines);
  await compile("seed.mts", ["--outDir", "compiled"]);
  const compiled = await readFile(join(folder, "compiled/seed.mjs"), "utf8");
  assert.equal(await printed("compiled.mjs", compiled), SHOWN);
});

test("the types hold for CommonJS and for the element, too", async () => {
  await writeFile(
    join(folder, "types.cts"),
    `import { MudbaseClient, TwoFactorRequired } from "mudbase";
import { MudbaseEnrolment } from "mudbase/enrolment";
export function use(element: MudbaseEnrolment, client: MudbaseClient): Promise<void> {
  element.client = client;
  return client.auth.login({ email: "a@b.test", password: "p" }).then(({ user }) => { user.org?.slug.length; });
}
export const isRequired = (error: unknown): string => error instanceof TwoFactorRequired ? error.challengeToken : "";`,
  );
  await compile("types.cts", ["--noEmit"]);
});

test("a wrong argument is an error of the types", async () => {
  await writeFile(
    join(folder, "wrong.mts"),
    `import { MudbaseClient } from "mudbase";\nawait new MudbaseClient().users.verify2fa({ token: 492039 });`,
  );
  await assert.rejects(compile("wrong.mts", ["--noEmit"]), (error: { stdout?: string }) =>
    /Type 'number' is not assignable to type 'string'/.test(error.stdout ?? ""),
  );
});

/** Compile as strictly as can be, declarations of the package included. */
async function compile(fileName: string, options: string[]): Promise<void> {
  const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  await run(
    process.execPath,
    [
      compiler,
      fileName,
      "--strict",
      "--exactOptionalPropertyTypes",
      "--skipLibCheck",
      "false",
      "--module",
      "nodenext",
      "--target",
      "es2022",
      "--lib",
      "es2022,dom,dom.iterable",
      ...options,
    ],
    { cwd: folder },
  );
}

/** Bytes of a bundle of `lines`, minified and compressed. */
async function bundled(lines: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: lines, resolveDir: folder },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

test("the client takes at most 5 KB, minified and compressed", async (t) => {
  const size = await bundled('export * from "mudbase";');
  t.diagnostic(`${size} bytes`);
  assert.ok(size > 1000 && size <= 5 * 1024);
});

test("client and element take at most 12 KB, minified and compressed", async (t) => {
  const size = await bundled('export * from "mudbase"; export * from "mudbase/enrolment";');
  t.diagnostic(`${size} bytes`);
  assert.ok(size > 1000 && size <= 12 * 1024);
});

test("what is not used of the package is left out of a bundle", async () => {
  assert.ok((await bundled('import { MudbaseClient } from "mudbase";')) < 100);
  assert.ok((await bundled('import "mudbase/enrolment";')) > 1000);
});
