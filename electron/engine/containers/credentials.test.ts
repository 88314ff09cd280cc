import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { temporaryFolder } from "../images/testing.ts";
import { findCredentials } from "./credentials.ts";

const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });

function homeWith(folder: string, config: unknown) {
  mkdirSync(join(folder, ".docker"), { recursive: true });
  writeFileSync(join(folder, ".docker/config.json"), typeof config === "string" ? config : JSON.stringify(config));
  return { HOME: folder };
}

afterEach(() => vi.unstubAllEnvs());

it.each([
  [
    "ghcr.io",
    { "ghcr.io": auth("me:secret:with:colons") },
    { user: "me", secret: "secret:with:colons", isToken: false },
  ],
  ["docker.io", { "https://index.docker.io/v1/": auth("hub:x") }, { user: "hub", secret: "x", isToken: false }],
  ["a.example", { "https://a.example": auth("a:b") }, { user: "a", secret: "b", isToken: false }],
  ["a.example", { "a.example": { ...auth("a:"), identitytoken: "T" } }, { user: "a", secret: "T", isToken: true }],
  ["a.example", { "b.example": auth("a:b") }, undefined],
  ["a.example", { "a.example": {} }, undefined],
])("of %s are found in the file of docker login", async (registry, auths, found) => {
  using base = temporaryFolder();
  expect(await findCredentials(registry, homeWith(base.path, { auths }), () => {})).toEqual(found);
});

it("Podman's come before Docker's", async () => {
  using base = temporaryFolder();
  const environment = homeWith(base.path, { auths: { "a.example": auth("docker:d") } });
  const file = join(base.path, "auth.json");
  writeFileSync(file, JSON.stringify({ auths: { "a.example": auth("podman:p") } }));
  const found = await findCredentials("a.example", { ...environment, REGISTRY_AUTH_FILE: file }, () => {});
  expect(found?.user).toBe("podman");
});

it("a helper is asked by its name and on its standard input", async () => {
  using base = temporaryFolder();
  const helper = join(base.path, "docker-credential-vault");
  writeFileSync(
    helper,
    `#!/bin/sh\n[ "$1" = get ] || exit 2\ncat > ${base.path}/asked\necho '{"ServerURL":"x","Username":"<token>","Secret":"S"}'\n`,
  );
  chmodSync(helper, 0o755);
  vi.stubEnv("PATH", `${base.path}:${process.env.PATH}`);
  const environment = homeWith(base.path, { credHelpers: { "a.example": "vault" } });
  expect(await findCredentials("a.example", environment, () => {})).toEqual({
    ...{ user: "<token>", secret: "S", isToken: true },
  });
  expect(readFileSync(join(base.path, "asked"), "utf8")).toBe("a.example\n");
});

it.each([
  [{ credsStore: "../../bin/evil" }, /can't be its name/],
  [{ credsStore: "not-installed-here" }, /could not be asked/],
  ["{", /could not be read/],
])("what can't be used is told, and nothing is found: %j", async (config, sentence) => {
  using base = temporaryFolder();
  const notes: string[] = [];
  expect(await findCredentials("a.example", homeWith(base.path, config), (line) => notes.push(line))).toBeUndefined();
  expect(notes.join("\n")).toMatch(sentence);
});
