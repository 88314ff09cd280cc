import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findObstacle, releaseChangelog } from "./version.mjs";

const changelog =
  "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-11-01\n\n- The first.\n";
const ready = { version: "0.2.0", current: "0.1.0", changelog, changes: "", tags: ["v0.1.0"] };

describe("a version", () => {
  test("can be made where it is newer, everything is committed and the changelog says what changed", () => {
    expect(findObstacle(ready)).toBeUndefined();
  });

  test.each([
    [{ version: "2" }, "“2” is not a version."],
    [{ version: "" }, "“” is not a version."],
    [{ version: "0.0.9" }, "0.0.9 is not newer than 0.1.0."],
    [{ version: "0.1.0", tags: [] }, "0.1.0 is not newer than 0.1.0."],
    [{ version: "0.1.0" }, "Version 0.1.0 exists."],
    [{ changes: " M README.md\n" }, "There are changes that are not committed."],
    [
      { changelog: changelog.replace("### Added\n\n- A thing.", "") },
      "CHANGELOG.md has nothing under “## [Unreleased]”.",
    ],
    [{ changelog: "# Changelog\n" }, "CHANGELOG.md has nothing under “## [Unreleased]”."],
  ])("can't be made with %j", (change, sentence) => {
    expect(findObstacle({ ...ready, ...change })?.sentence).toBe(sentence);
  });

  test("is compared number by number, not as text", () => {
    expect(findObstacle({ ...ready, version: "0.10.0", current: "0.9.0" })).toBeUndefined();
  });

  test("takes what was unreleased, and leaves an empty section", () => {
    const released = releaseChangelog(changelog, "0.2.0", "2026-12-01");

    expect(released).toContain("## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- A thing.\n\n## [0.1.0]");
    expect(findObstacle({ ...ready, changelog: released, version: "0.3.0" })?.sentence).toMatch(/has nothing under/);
  });

  test("the repository's own changelog has a place for what is not released yet", () => {
    expect(readFileSync(join(import.meta.dirname, "..", "CHANGELOG.md"), "utf8")).toContain("\n## [Unreleased]\n");
  });
});
