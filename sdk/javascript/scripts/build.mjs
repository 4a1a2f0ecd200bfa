/** Builds `dist`: for `import` and `require`, each with its types. */

import { copyFile, rm } from "node:fs/promises";
import { build } from "esbuild";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

const ENTRIES = { index: "src/index.ts", enrolment: "src/enrolment/index.ts" };

await rm("dist", { recursive: true, force: true });

for (const [format, extension] of [
  ["esm", ".js"],
  ["cjs", ".cjs"],
]) {
  await build({
    entryPoints: ENTRIES,
    outdir: "dist",
    outExtension: { ".js": extension },
    format,
    bundle: true,
    target: "es2022",
    platform: "neutral",
    charset: "utf8",
    logLevel: "warning",
  });
}

for (const [name, input] of Object.entries(ENTRIES)) {
  const types = await rollup({
    input,
    plugins: [dts({ compilerOptions: { noEmit: false, allowImportingTsExtensions: false, stripInternal: true } })],
  });
  await types.write({ file: `dist/${name}.d.ts` });
  await types.close();
  await copyFile(`dist/${name}.d.ts`, `dist/${name}.d.cts`);
}
