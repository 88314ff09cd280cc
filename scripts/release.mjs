// `npm run release -- VERSION`: checks that everything is ready, then makes the version: package.json, the lock file,
// the kernel's VERSION, the section of CHANGELOG.md, one commit and one tag. It publishes nothing.
//
//     npm run release -- 0.2.0
//     npm run release -- 0.2.0 --check    only says what is missing

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./setup/places.mjs";
import { fail, output, run, say } from "./setup/run.mjs";
import { findObstacle, releaseChangelog } from "./version.mjs";

const [version = "", ...options] = process.argv.slice(2);
const at = (/** @type {string} */ file) => join(root, file);
const files = ["package.json", "package-lock.json"];
const changelog = readFileSync(at("CHANGELOG.md"), "utf8");

const obstacle = findObstacle({
  version,
  current: JSON.parse(readFileSync(at("package.json"), "utf8")).version,
  changelog,
  changes: output("git", ["status", "--porcelain"]),
  tags: output("git", ["tag", "--list"]).split("\n"),
});
if (obstacle) fail(obstacle.sentence, obstacle.hint);
if (options.includes("--check")) {
  say(`Version ${version} can be made.`);
  process.exit(0);
}
if (!run("npm", ["test"])) fail("The tests fail.", "A version is made only of what passes them.");

for (const file of files) {
  const content = JSON.parse(readFileSync(at(file), "utf8"));
  content.version = version;
  if (content.packages) content.packages[""].version = version;
  writeFileSync(at(file), `${JSON.stringify(content, null, 2)}\n`);
}
writeFileSync(at("kernel/VERSION"), `${version}\n`);
writeFileSync(at("CHANGELOG.md"), releaseChangelog(changelog, version, new Date().toISOString().slice(0, 10)));
const made =
  run("git", ["add", "CHANGELOG.md", "kernel/VERSION", ...files]) &&
  run("git", ["commit", "--quiet", "-m", `Version ${version}`]) &&
  run("git", ["tag", "--annotate", `v${version}`, "-m", `Unideck ${version}`]);
if (!made) fail("Git could not make the commit or the tag.", "git status shows what was written.");
say(`Made version ${version}, commit and tag v${version}. Publish it with: git push --follow-tags`);
