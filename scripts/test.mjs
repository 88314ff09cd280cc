// `npm test`: sets up what is missing, runs every suite, ends with the sum.
//
//     npm test                 all of it
//     npm test -- units lint   only these suites

import { fail, say } from "./setup/run.mjs";
import { setUp } from "./setup/setup.mjs";
import { leftOut, suites } from "./suites.mjs";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0)
  fail(`There is no suite “${unknown[0]}”.`, `There are: ${suites.map((suite) => suite.name).join(", ")}`);
const chosen = suites.filter((suite) => wanted.length === 0 || wanted.includes(suite.name));

const node = await setUp("test");
let passed = 0;
let failed = 0;
/** @type {string[]} */
const lines = [];
for (const suite of chosen) {
  say(`\n=== ${suite.name}`);
  const startedAt = performance.now();
  const count = await suite.run(node);
  passed += count.passed;
  failed += count.failed;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  lines.push(`${suite.name}: ${count.passed} ok, ${count.failed} not ok, ${seconds} s`);
}
const omitted = leftOut();
process.stdout.write(`\n${lines.join("\n")}\n${omitted ? `${omitted}\n` : ""}${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
