import { expect, test } from "vitest";
import { reportedSystem } from "./reported-system.ts";

function program(fileName: string, needed: string[] = []) {
  const facts = {
    ...{ path: `/bin/${fileName}`, fileName, sizeBytes: 1, modifiedAt: "2026-01-01T00:00:00Z", bits: 64 as const },
    ...{ architecture: "x86-64", linkage: "dynamic" as const, needed, runpath: [], language: "c" as const },
    ...{ stripped: false, refusedCalls: [] },
  };
  return { facts };
}

test("most programs see the kernel's own name", () => {
  expect(reportedSystem({}, program("nginx"), "pith")).toEqual({});
});

test("a Java program sees Linux, with a note, whatever its launcher is called", () => {
  for (const java of [program("java"), program("my-app", ["libc.so.6", "libjli.so"])]) {
    const { sysname, note } = reportedSystem({}, java, "pith");

    expect(sysname).toBe("Linux");
    expect(note).toContain("uname reports Linux, because Java checks it");
  }
});

test("what a person says wins, and the manifest's own key over that", () => {
  expect(reportedSystem({ uname: "linux" }, program("nginx"), "pith")).toEqual({ sysname: "Linux" });
  expect(reportedSystem({ uname: "pith" }, program("java"), "pith")).toEqual({});
  const manifest = { passthrough: { uname: { sysname: "Other" } } };
  expect(reportedSystem({ uname: "linux", manifest }, program("java"), "pith")).toEqual({});
});

test("images with another kernel stay as they are", () => {
  expect(reportedSystem({}, program("java"), "nanos")).toEqual({});
  expect(reportedSystem({ uname: "linux" }, program("java"), "nanos").note).toContain("Only Pith");
});
