// `npm test`: sets up what is missing, runs every suite, ends with the sum.
//
//     npm test                          all of it
//     npm test -- units lint            only these suites
//     npm test -- console.spec tar      only the test files with this in their path

import { fail, say } from "./setup/run.mjs";
import { setUp } from "./setup/setup.mjs";
import { chooseSuites, leftOut, suites, testFiles } from "./suites.mjs";

const chosen = choose(process.argv.slice(2));
const node = await setUp("test");
let passed = 0;
let failed = 0;
/** @type {string[]} */
const lines = [];
for (const { suite, files } of chosen) {
  say(`\n=== ${suite.name}`);
  const startedAt = performance.now();
  const count = await suite.run(node, files);
  passed += count.passed;
  failed += count.failed;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  lines.push(`${suite.name}: ${count.passed} ok, ${count.failed} not ok, ${seconds} s`);
  lines.push(...(count.retried ?? []).map((test) => `  passed only at its second try: ${test}`));
}
const omitted = leftOut();
process.stdout.write(`\n${lines.join("\n")}\n${omitted ? `${omitted}\n` : ""}${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

/** @param {string[]} names */
function choose(names) {
  try {
    return chooseSuites(names, testFiles());
  } catch (error) {
    return fail(
      error instanceof Error ? error.message : String(error),
      `Suites: ${suites.map((suite) => suite.name).join(", ")}`,
    );
  }
}
