/**
 * The HTTP API under random calls, made from its own description: most are nearly right, many are odd. No answer may be a
 * bug of ours (500), every refusal has a code and a sentence, and the engine is there afterwards.
 */

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { Random } from "../soak/random.ts";
import { type Connection, connectToEngine } from "./hosts/connect.ts";
import { makeTestWorld, type TestWorld } from "./hosts/test-world.ts";
import { serveWeb, type WebHost } from "./web.ts";

const CALLS = 1200;
const SEED = 1;
/** These would go out to the network, or look at the whole machine each time. */
const leftAlone = /^(POST \/kernels|PATCH \/settings|GET \/kernels\/available|POST \/doctor|GET \/doctor)/;

let world: TestWorld;
let connection: Connection;
let web: WebHost;

beforeAll(async () => {
  world = await makeTestWorld();
  connection = await connectToEngine(world);
  web = await serveWeb(connection, { home: world.homes.unideck, resources: world.resources, port: 0 });
});
afterAll(async () => {
  await web?.close();
  await connection?.close();
  await world?.remove();
});

type Schema = z.infer<typeof Schema>;
const Schema: z.ZodType<{
  type?: string | string[] | undefined;
  enum?: unknown[] | undefined;
  const?: unknown;
  anyOf?: Schema[] | undefined;
  oneOf?: Schema[] | undefined;
  properties?: Record<string, Schema> | undefined;
  required?: string[] | undefined;
  items?: Schema | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
}> = z.lazy(() =>
  z.looseObject({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    anyOf: z.array(Schema).optional(),
    oneOf: z.array(Schema).optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
    items: Schema.optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
  }),
);

const Operation = z.object({
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(["path", "query"]),
        required: z.boolean().default(false),
        schema: Schema,
      }),
    )
    .default([]),
  requestBody: z
    .object({ content: z.object({ "application/json": z.object({ schema: Schema }).optional() }) })
    .optional(),
});
const Description = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

const oddities = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "x".repeat(5000),
  "../../etc",
  "a/b",
  "\u0000",
  "\ud800",
  "🦄",
  "%2e%2e%2f",
  "NaN",
  [],
  {},
  [[[[]]]],
  { constructor: 1 },
] as const;

/** A value that fits `schema`, or, now and then, one that does not. */
function invent(schema: Schema, random: Random, depth = 0): unknown {
  if (random.isLikely(0.12)) return random.pick(oddities);
  const choices = schema.anyOf ?? schema.oneOf;
  const choice = choices?.[random.between(0, choices.length - 1)];
  if (choice) return invent(choice, random, depth);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[random.between(0, schema.enum.length - 1)];
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "string":
      return random.pick(["hello", "web-1", "/nowhere/hello", "4096", "true", "aGVsbG8=", "127.0.0.1"]);
    case "integer":
    case "number": {
      const low = Math.max(schema.minimum ?? 0, -1000);
      return random.between(low, Math.min(schema.maximum ?? low + 100_000, low + 100_000));
    }
    case "boolean":
      return random.isLikely(0.5);
    case "array":
      return depth > 4
        ? []
        : Array.from({ length: random.between(0, 3) }, () => invent(schema.items ?? {}, random, depth + 1));
    case "object": {
      const members = Object.entries(schema.properties ?? {}).filter(
        ([name]) => (schema.required ?? []).includes(name) || random.isLikely(0.5),
      );
      return Object.fromEntries(members.map(([name, member]) => [name, invent(member, random, depth + 1)]));
    }
    default:
      return random.pick(oddities);
  }
}

/** Sends a call and gives its status and, unless it streams, its answer. */
async function call(method: string, url: string, body: unknown): Promise<{ status: number; answer: unknown }> {
  const stop = new AbortController();
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${web.token}`, "content-type": "application/json" },
    signal: stop.signal,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") ?? false;
  const answer = isStream ? undefined : await response.json();
  stop.abort();
  return { status: response.status, answer };
}

const Refusal = z.object({ code: z.string().min(1), message: z.string().min(1) });

test(`${CALLS} random calls are answered or refused, and none finds a bug`, { timeout: 120_000 }, async () => {
  const api = `http://127.0.0.1:${web.port}/api`;
  const { paths } = Description.parse((await call("GET", `${api}/openapi.json`, undefined)).answer);
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const open = operations.filter(({ path, method }) => !leftAlone.test(`${method} ${path}`));
  const random = new Random(SEED);
  const seen = { answered: 0, refused: 0 };

  for (let i = 0; i < CALLS; i++) {
    const one = open[i % open.length];
    if (!one) throw new Error("the API has no calls");
    const { path, method, operation } = one;
    let address = path;
    const query = new URLSearchParams();
    for (const parameter of operation.parameters) {
      if (!parameter.required && random.isLikely(0.5)) continue;
      const value = String(invent(parameter.schema, random));
      if (parameter.in === "query") query.set(parameter.name, value);
      else address = address.replace(`{${parameter.name}}`, encodeURIComponent(value.toWellFormed()) || "x");
    }
    const schema = operation.requestBody?.content["application/json"]?.schema;
    const body = schema && invent(schema, random);

    const { status, answer } = await call(method, `${api}${address}?${query}`, body);

    const what = `${method} ${address}?${query} ${JSON.stringify(body)?.slice(0, 300)}`;
    expect(status, what).toBeLessThan(500);
    if (status >= 400) expect(Refusal.safeParse(answer).success, `${what}: ${JSON.stringify(answer)}`).toBe(true);
    if (status >= 400) seen.refused++;
    else seen.answered++;
  }

  expect(seen.answered).toBeGreaterThan(CALLS / 10);
  expect(seen.refused).toBeGreaterThan(CALLS / 10);
  expect((await call("GET", `${api}/tasks`, undefined)).status).toBe(200);
});
