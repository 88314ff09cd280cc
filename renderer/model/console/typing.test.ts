import { expect, test } from "vitest";
import { createTyping } from "./typing.ts";

const text = (base64: string) => Buffer.from(base64, "base64").toString();

test("keys of one moment go in one call, in order", async () => {
  const calls: string[] = [];
  const typing = createTyping(
    async (bytes) => calls.push(text(bytes)),
    () => {},
  );

  for (const key of "héllo\r") typing.type(key);

  await expect.poll(() => calls).toEqual(["héllo\r"]);
});

test("what is typed while a call is under way waits for it", async () => {
  const calls: string[] = [];
  const first = Promise.withResolvers<void>();
  const typing = createTyping(
    (bytes) => {
      calls.push(text(bytes));
      return calls.length === 1 ? first.promise : Promise.resolve();
    },
    () => {},
  );
  typing.type("a");
  await expect.poll(() => calls).toEqual(["a"]);

  typing.type("b");
  typing.type("c");
  first.resolve();

  await expect.poll(() => calls).toEqual(["a", "bc"]);
});

test("a large paste goes in pieces that the contract takes, whole and in order", async () => {
  const pasted = "0123456789abcdef".repeat(100_000);
  const calls: string[] = [];
  const typing = createTyping(
    async (bytes) => calls.push(bytes),
    () => {},
  );

  typing.type(pasted);

  await expect.poll(() => calls.map(text).join("") === pasted).toBe(true);
  expect(Math.max(...calls.map(({ length }) => length))).toBeLessThanOrEqual(1 << 20);
});

test("a failure is told once, and the next keys are tried anew", async () => {
  const failures: unknown[] = [];
  const calls: string[] = [];
  let fails = true;
  const typing = createTyping(
    async (bytes) => {
      if (fails) throw new Error("gone");
      calls.push(text(bytes));
    },
    (error) => failures.push(error),
  );
  typing.type("lost");
  await expect.poll(() => failures).toHaveLength(1);

  fails = false;
  typing.type("kept");

  await expect.poll(() => calls).toEqual(["kept"]);
});

test("bytes that are no text are sent as they are", async () => {
  const calls: string[] = [];
  const typing = createTyping(
    async (bytes) => calls.push(bytes),
    () => {},
  );

  typing.typeBinary("\x1b[M\xe9\xff");

  await expect
    .poll(() => calls.map((call) => Buffer.from(call, "base64").toString("latin1")))
    .toEqual(["\x1b[M\xe9\xff"]);
});
