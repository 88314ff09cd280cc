import { expect, test } from "vitest";
import { resolveHomes, withOpsHome } from "./homes.ts";

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

test("the settings name OPS's folder, unless the environment does", () => {
  expect(withOpsHome(resolveHomes({}, "/home/ada"), "/srv/ops")).toMatchObject({
    ops: "/srv/ops",
    images: "/srv/ops/images",
    opsStaging: "/srv/ops/.unideck-staging",
    unideck: "/home/ada/.unideck",
  });
  expect(withOpsHome(resolveHomes({ OPS_HOME: "/data" }, "/home/ada"), "/srv/ops").ops).toBe("/data/.ops");
  expect(withOpsHome(resolveHomes({}, "/home/ada"), null).ops).toBe("/home/ada/.ops");
});
