/** The stand-ins are zod to their users, and build nothing until then. */

import { ZodToJsonSchemaConverter } from "@orpc/zod/zod4";
import { expect, test } from "vitest";
import { z } from "zod";
import { z as zod } from "zod/v4";

/** How many schemas are built by `work`, by zod's own count. */
function countBuilt(work: () => void): number {
  let count = 0;
  zod.config({ postProcessor: () => count++ });
  try {
    work();
  } finally {
    zod.config({ postProcessor: undefined });
  }
  return count;
}

test("a schema is built when it is used", () => {
  let schema: { parse(value: unknown): unknown } | undefined;

  const before = countBuilt(() => {
    const Name = z
      .string()
      .min(1)
      .max(9)
      .regex(/^[a-z]+$/);
    const Base = z.object({ name: Name, tags: z.array(z.string()).default([]) });
    schema = Base.extend({ more: Base.shape.name.optional(), at: z.iso.datetime() });
  });
  const after = countBuilt(() => {
    expect(schema?.parse({ name: "x", at: "2026-01-01T00:00:00Z" })).toEqual({
      ...{ name: "x", at: "2026-01-01T00:00:00Z", tags: [] },
    });
  });

  expect(before).toBe(0);
  expect(after).toBeGreaterThan(0);
});

test("a schema is not built to parse what can't be had", () => {
  const Name = z.string();
  const missing = (): unknown => {
    throw new Error("there is no file");
  };

  const built = countBuilt(() => expect(() => Name.parse(missing())).toThrow("there is no file"));

  expect(built).toBe(0);
});

/** As the description of the API has it. */
const describe = (schema: zod.ZodType) => new ZodToJsonSchemaConverter().convert(schema, { strategy: "input" });

type Make = (z: typeof zod) => zod.ZodType;

const makes: Record<string, Make> = {
  "a plain value": (z) => z.string().min(2).max(4).optional(),
  "an object with defaults": (z) => z.object({ a: z.number().int().default(7), b: z.boolean().nullable() }),
  "an object that keeps what it does not know": (z) => z.looseObject({ a: z.coerce.number() }),
  "a union": (z) => z.union([z.string(), z.array(z.number())]).or(z.literal(false)),
  "a union of objects": (z) =>
    z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a"), a: z.string() }),
      z.object({ kind: z.literal("b"), b: z.enum(["x", "y"]) }),
    ]),
  "a record": (z) => z.record(z.string().regex(/^[a-z]$/), z.unknown()),
  "a shape that is taken over": (z) => {
    const Base = z.object({ a: z.string().optional(), b: z.object({ c: z.number() }) });
    return z.object({ ...Base.shape, d: Base.shape.a.unwrap(), e: Base.shape.b.partial() });
  },
  "what refers to itself": (z) => {
    interface Nested {
      a: Nested[];
    }
    const Self: zod.ZodType<Nested> = z.object({ a: z.array(z.lazy(() => Self)) });
    return Self;
  },
  "what is checked and changed": (z) =>
    z
      .string()
      .refine((text) => text !== "no", "not that")
      .transform((text) => text.length)
      .pipe(z.number().positive()),
};

const inputs: unknown[] = [
  ...[
    undefined,
    null,
    "",
    "no",
    "abc",
    7,
    false,
    [],
    [1],
    ["x"],
    {},
    { a: "1" },
    { a: 1, b: null },
    { kind: "a", a: "" },
  ],
  ...[
    { kind: "b", b: "z" },
    { kind: "c" },
    { x: 1 },
    { X: 1 },
    { a: [{ a: [] }] },
    { a: [{}] },
    { b: { c: 1 }, d: "", e: {} },
  ],
];

test.each(Object.entries(makes))("%s answers as with zod itself", (_, make) => {
  const [ours, theirs] = [make(z), make(zod)];

  for (const input of inputs) {
    const [answer, expected] = [ours.safeParse(input), theirs.safeParse(input)];
    expect([input, answer.success, answer.data]).toEqual([input, expected.success, expected.data]);
    expect(answer.error?.issues).toEqual(expected.error?.issues);
  }
  expect(describe(ours)).toEqual(describe(theirs));
  expect(ours instanceof z.ZodType).toBe(true);
});
