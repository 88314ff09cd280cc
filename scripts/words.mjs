// `npm run words`: every text that users see, of window, command line, engine and set-up, as one list to read and review.
//
//     npm run words                  all of it, by file
//     npm run words -- renderer      only files with this in their path
//
// Found by reading the sources as text: strings and JSX text that look like words for people. So a few are shown that
// nobody sees; none should be missing.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup/places.mjs";
import { wordsIn } from "./words-in.mjs";

// A reader like `head` may leave early.
process.stdout.on("error", () => process.exit());
const wanted = process.argv[2] ?? "";
for (const folder of ["shared", "electron", "renderer", "scripts"])
  for (const file of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).sort()) {
    const path = `${folder}/${file}`;
    if (!/\.(tsx?|mjs)$/.test(file) || /\.(test|testing)\.|\/test\/|testing/.test(path) || !path.includes(wanted))
      continue;
    const words = wordsIn(readFileSync(join(root, path), "utf8"));
    if (words.length > 0) process.stdout.write(`\n${path}\n`);
    for (const { line, text } of words) process.stdout.write(`${String(line).padStart(5)}  ${text}\n`);
  }
