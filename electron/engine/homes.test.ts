import { expect, test } from "vitest";
import { resolveHomes } from "./homes.ts";

test("homes stand in the user's home", () => {
  const homes = resolveHomes({}, "/home/ada");

  expect(homes.images).toBe("/home/ada/.ops/images");
  expect(homes.instances).toBe("/home/ada/.unideck/instances");
});

test("OPS_HOME names the parent of .ops", () => {
  expect(resolveHomes({ OPS_HOME: "/data" }, "/home/ada").ops).toBe("/data/.ops");
});

test("UNIDECK_HOME names the home itself", () => {
  expect(resolveHomes({ UNIDECK_HOME: "/data/deck" }, "/home/ada").unideck).toBe("/data/deck");
});

test("a relative home starts at the working directory", () => {
  expect(resolveHomes({ UNIDECK_HOME: "deck" }, "/home/ada").unideck).toBe(`${process.cwd()}/deck`);
});
