import { expect, test } from "vitest";
import { Domains, taskKind } from "./domain-parts.ts";

/** A domain that notes what is done with it. */
const noting =
  (name: string, notes: string[]) =>
  <World extends object>(world: World) => ({
    provides: { [name]: Object.keys(world) },
    calls: { [name]: {} },
    tell: () => ({ [name]: `${name} told` }),
    tasks: [taskKind(name, { parse: String }, (input) => `${name} of ${input}`)],
    open: async () => {
      await Promise.resolve();
      notes.push(`${name} opened`);
    },
    settle: () => void notes.push(`${name} settled`),
    close: async () => {
      await Promise.resolve();
      notes.push(`${name} closed`);
    },
  });

test("domains open one after the other, and close in the opposite order", async () => {
  const notes: string[] = [];
  const domains = Domains.in<string>()({}).with(noting("below", notes)).with(noting("above", notes));

  await domains.open();
  domains.settle();
  await domains.close();

  expect(notes).toEqual([
    ...["below opened", "above opened"],
    ...["below settled", "above settled"],
    ...["above closed", "below closed"],
  ]);
});

test("a domain gets what those before it provide", () => {
  const domains = Domains.in<string>()({ ground: true }).with(noting("below", [])).with(noting("above", []));

  expect(domains.world).toEqual({ ground: true, below: ["ground"], above: ["ground", "below"] });
});

test("calls, parts of a snapshot and kinds of tasks are those of all", async () => {
  const domains = Domains.in<string>()({})
    .with(noting("below", []))
    .with(() => ({ calls: { silent: {} } }))
    .with(noting("above", []));

  expect(Object.keys(domains.calls)).toEqual(["below", "silent", "above"]);
  expect(await domains.tell()).toEqual({ below: "below told", above: "above told" });
  expect(domains.kindOf("above")?.revive(7)).toBe("above of 7");
  expect(domains.kindOf("unknown")).toBeUndefined();
});
