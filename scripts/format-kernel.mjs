// The format of the kernel's C, by one version of clang-format on every computer (distributions' versions disagree).
//
//     node scripts/format-kernel.mjs            names files that are not formatted; ends with 1 if there are any
//     node scripts/format-kernel.mjs --write    formats them

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "@wasm-fmt/clang-format";
import { root } from "./setup/places.mjs";

const kernel = join(root, "kernel");
const style = readFileSync(join(kernel, ".clang-format"), "utf8");
const isWriting = process.argv.includes("--write");
const files = readdirSync(kernel, { recursive: true, encoding: "utf8" }).filter(
  (file) => /\.[ch]$/.test(file) && !/^build\b/.test(file),
);
let unformatted = 0;
for (const file of files.sort()) {
  const path = join(kernel, file);
  const text = readFileSync(path, "utf8");
  const formatted = format(text, file, style);
  if (formatted === text) continue;
  unformatted++;
  if (isWriting) writeFileSync(path, formatted);
  process.stdout.write(`${isWriting ? "formatted" : "not formatted"}: kernel/${file}\n`);
}
if (unformatted > 0 && !isWriting) process.stdout.write("npm run format formats them.\n");
process.exitCode = unformatted > 0 && !isWriting ? 1 : 0;
