import { expect, test } from "vitest";
import { desktopCommand } from "./desktop-run.mjs";

const words = ["/repo/node_modules/node", "/repo/cli.js", "test"];
const place = { isRoot: false, root: "/repo", isReachable: false, folder: "/tmp/run" };

test("the specs get a display, and who runs them", () => {
  const command = desktopCommand(words, place);

  expect(command[0]).toBe("xvfb-run");
  expect(command.slice(-3)).toEqual(words);
});

test("under root the specs run as nobody", () => {
  const command = desktopCommand(words, { ...place, isRoot: true, isReachable: true });

  expect(command.slice(0, 4)).toEqual(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
  expect(command.slice(-3)).toEqual(words);
});

test("a repository that nobody may reach is seen at another place", () => {
  const command = desktopCommand(words, { ...place, isRoot: true });

  expect(command.slice(0, 2)).toEqual(["unshare", "--mount"]);
  expect(command).toContain("setpriv");
  expect(command.slice(-3)).toEqual(["/tmp/run/repository/node_modules/node", "/tmp/run/repository/cli.js", "test"]);
});
