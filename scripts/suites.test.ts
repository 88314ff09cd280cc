import { expect, test } from "vitest";
import { chooseSuites, playwrightCount, testFiles, vitestCount } from "./suites.mjs";

const files = ["electron/web.test.ts", "electron/web-token.test.ts", "e2e/window/console.spec.ts", "e2e/web.spec.ts"];

test("without names every suite runs once", () => {
  const chosen = chooseSuites([], files);

  expect(chosen.map(({ suite }) => suite.name)).toEqual(["types", "lint", "units", "kernel", "end to end", "desktop"]);
  expect(chosen.every(({ files }) => files === undefined)).toBe(true);
});

test("a suite is chosen by its name, whole", () => {
  expect(chooseSuites(["kernel", "web.test"], files)).toMatchObject([
    { suite: { name: "units" }, files: ["electron/web.test.ts"] },
    { suite: { name: "kernel" } },
  ]);
});

test("a part of a path chooses the test files that have it, in every suite", () => {
  expect(chooseSuites(["web"], files)).toMatchObject([
    { suite: { name: "units" }, files: ["electron/web.test.ts", "electron/web-token.test.ts"] },
    { suite: { name: "end to end" }, files: ["e2e/web.spec.ts"] },
  ]);
});

test("a spec of the window runs in both of its hosts, one of the desktop in Electron alone", () => {
  const specs = ["e2e/window/drop.spec.ts", "e2e/desktop/menu.spec.ts"];

  expect(chooseSuites([".spec"], specs)).toMatchObject([
    { suite: { name: "end to end" }, files: ["e2e/window/drop.spec.ts"] },
    { suite: { name: "desktop" }, files: specs },
  ]);
});

test("a name that is no suite and in no path is an error that quotes it", () => {
  expect(() => chooseSuites(["units", "nothing-of-this-name"], files)).toThrow("“nothing-of-this-name”");
});

test("the repository's own test files are found in every suite that has some", () => {
  const found = testFiles();

  expect(found).toContain("scripts/suites.test.ts");
  expect(found).toContain("kernel/tests/host/virtio_test.c");
  expect(found).toContain("e2e/window/console.spec.ts");
  expect(found).not.toContain("kernel/tests/host/virtio.c");
});

test("a spec that passed only at its second try counts as passed, and is named", () => {
  const spec = (title: string, status: string) => ({ title, file: "web.spec.ts", tests: [{ status }] });
  const suites = [
    { title: "web.spec.ts", suites: [{ title: "", specs: [spec("a", "expected"), spec("b", "flaky")] }] },
  ];

  expect(playwrightCount(true, { stats: { expected: 1, flaky: 1 }, suites })).toEqual({
    passed: 2,
    failed: 0,
    retried: ["web.spec.ts: b"],
  });
});

test("a spec that failed, or did not run, is a failure", () => {
  expect(playwrightCount(false, { stats: { expected: 1, unexpected: 1, skipped: 1 } })).toMatchObject({ failed: 2 });
  expect(playwrightCount(false, undefined)).toMatchObject({ passed: 0, failed: 1 });
});

test("a unit test that passed only at its second try is named too", () => {
  const assertionResults = [
    { status: "passed", fullName: "a", failureMessages: [] },
    { status: "passed", fullName: "b", failureMessages: ["expected 1 to be 2"] },
  ];

  expect(vitestCount(true, { numPassedTests: 2, testResults: [{ assertionResults }] })).toEqual({
    passed: 2,
    failed: 0,
    retried: ["b"],
  });
  expect(vitestCount(true, { numPassedTests: 2, numPendingTests: 1 })).toMatchObject({ failed: 1 });
});
