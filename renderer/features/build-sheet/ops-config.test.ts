import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../shared/contract/settings.ts";
import { type Draft, draftFor, specsOf } from "../../model/draft/draft.ts";
import { anInspection } from "../../test/samples.ts";
import { opsConfig, readOpsConfig } from "./ops-config.ts";

const program = { path: "/home/me/hello", fileName: "hello" };
const aDraft = (change: Partial<Draft> = {}): Draft => ({ ...draftFor(anInspection(), defaultSettings), ...change });

function exported(draft: Draft) {
  const spec = specsOf(draft, program);
  if ("errors" in spec) throw new Error(JSON.stringify(spec.errors));
  return opsConfig(spec);
}

const full = aDraft({
  arguments: "-v 'two words'",
  environment: "GREETING=hello",
  ports: "8080:80 5353/udp",
  diskSize: "64m",
  memory: "128m",
  cpus: "2",
  kernel: "0.1.54",
  klibs: ["ntp"],
  files: [
    { kind: "folder", host: "/srv/site", guest: "/www" },
    { kind: "file", host: "/srv/a.conf", guest: "/etc/a.conf", sizeBytes: 9 },
  ],
});

describe("the configuration of OPS", () => {
  test("has the keys that OPS has", () => {
    expect(JSON.parse(exported(full).text)).toEqual({
      Program: "/home/me/hello",
      Args: ["-v", "two words"],
      Env: { GREETING: "hello" },
      MapDirs: { "/srv/site/*": "/www", "/srv/a.conf": "/etc" },
      BaseVolumeSz: "64m",
      Klibs: ["ntp"],
      NanosVersion: "0.1.54",
      RunConfig: { ImageName: "hello", Memory: "128m", CPUs: 2, Ports: ["8080-80"], UDPPorts: ["5353"] },
    });
  });

  test("leaves out what is empty, and Pith, which is no Nanos version", () => {
    expect(JSON.parse(exported(aDraft()).text)).toEqual({
      Program: "/home/me/hello",
      RunConfig: { ImageName: "hello", Memory: "256m", CPUs: 1 },
    });
  });

  test("says which files it has no words for", () => {
    const renamed = { kind: "file", host: "/srv/a.conf", guest: "/etc/b.conf" } as const;

    const { text, leftOut } = exported(aDraft({ files: [renamed] }));

    expect(JSON.parse(text)).not.toHaveProperty("MapDirs");
    expect(leftOut).toEqual([{ host: "/srv/a.conf", guest: "/etc/b.conf" }]);
  });

  test("is read again as the fields that it was made from", () => {
    const read = readOpsConfig(exported(full).text, aDraft({ files: full.files }), program.path);

    expect("change" in read && specsOf({ ...aDraft(), ...read.change }, program)).toEqual(specsOf(full, program));
  });

  test("keeps files that it could not say", () => {
    const renamed = { kind: "file", host: "/srv/a.conf", guest: "/etc/b.conf" } as const;
    const draft = aDraft({ files: [renamed] });

    expect(readOpsConfig(exported(draft).text, draft, program.path)).toMatchObject({ change: { files: [renamed] } });
  });

  test.each([
    ["{", /The text is not valid JSON/],
    ["[]", /not an OPS configuration/],
    ['{ "Args": "x" }', /Args/],
    ['{ "Mounts": {} }', /Mounts can't be used here/],
    ['{ "RunConfig": { "Bridged": true } }', /RunConfig\.Bridged can't be used here/],
    ['{ "Program": "/other" }', /program cannot be changed here/],
  ])("%s is told what is wrong with it", (text, words) => {
    const read = readOpsConfig(text, aDraft(), program.path);

    expect("error" in read && read.error).toMatch(words);
  });
});
