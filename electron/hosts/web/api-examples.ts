/** Examples for the API's description, made from its own schemas: whatever is added to the contract has one, too. */

import { z } from "zod";

export type Schema = z.infer<typeof Schema>;
export const Schema: z.ZodType<{
  type?: string | string[] | undefined;
  format?: string | undefined;
  pattern?: string | undefined;
  enum?: unknown[] | undefined;
  const?: unknown;
  default?: unknown;
  anyOf?: Schema[] | undefined;
  oneOf?: Schema[] | undefined;
  allOf?: Schema[] | undefined;
  properties?: Record<string, Schema> | undefined;
  required?: string[] | undefined;
  items?: Schema | undefined;
  prefixItems?: Schema[] | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  minLength?: number | undefined;
}> = z.lazy(() =>
  z.looseObject({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    anyOf: z.array(Schema).optional(),
    oneOf: z.array(Schema).optional(),
    allOf: z.array(Schema).optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
    items: Schema.optional(),
    prefixItems: z.array(Schema).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
  }),
);

const DIGEST = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const MOMENT = 1_795_492_800_123;

/** What values of that name look like. */
const known: Readonly<Record<string, unknown>> = {
  id: "3f9a0c11d2",
  name: "hello",
  image: "hello",
  program: "/home/me/hello",
  path: "/home/me/hello",
  ops: "/home/me/.ops",
  to: "/home/me/out",
  fileName: "hello",
  version: "0.1.54",
  subnet: "10.20.0.0/24",
  gateway: "10.20.0.1",
  mac: "52:54:00:12:34:56",
  message: "There is no instance hello",
  hint: "“unideck ps --all” lists them.",
  sha256: DIGEST,
  bytes: "aGVsbG8sIHdvcmxkCg==",
  memoryBytes: 64 * 2 ** 20,
  cpus: 1,
  host: 8080,
  guest: 80,
  created: MOMENT,
  flushedAt: MOMENT,
  startedAt: "2026-11-24T04:00:00.123Z",
  releaseAddress: "https://storage.googleapis.com/nanos/release/",
  address: "https://storage.googleapis.com/nanos/release/",
};

const formats: Readonly<Record<string, string>> = {
  "date-time": "2026-11-24T04:00:00.123Z",
  uri: "https://storage.googleapis.com/nanos/release/",
  ipv4: "127.0.0.1",
  uuid: "0d6e4079-e367-4a1c-8b5e-1e0b8c2b7f10",
  base64: "aGVsbG8sIHdvcmxkCg==",
};

/** A value that fits `schema`: what must be there, and nothing else. `name`: of the member that it is for. */
export function exampleOf(schema: Schema, name = ""): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum) return schema.enum[0];
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (choice) return exampleOf(choice, name);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, name)));
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case "string":
      return textFor(schema, name);
    case "integer":
    case "number":
      return numberFor(schema, name);
    case "boolean":
      return true;
    case "array":
      if (schema.prefixItems) return schema.prefixItems.map((item) => exampleOf(item));
      return schema.items ? [exampleOf(schema.items)] : [];
    case "object": {
      const { properties = {}, required = [] } = schema;
      return Object.fromEntries(required.map((member) => [member, exampleOf(properties[member] ?? {}, member)]));
    }
    default:
      return null;
  }
}

function textFor({ format, minLength = 0 }: Schema, name: string): string {
  const fits = known[name];
  if (typeof fits === "string" && (format === undefined || !(format in formats) || format === "uri")) return fits;
  return formats[format ?? ""] ?? (minLength > 32 ? DIGEST.slice(0, minLength) : "hello");
}

function numberFor({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema, name: string): number {
  const fits = known[name];
  const wanted = typeof fits === "number" ? fits : name.endsWith("Bytes") ? 4096 : 1;
  return Math.min(Math.max(wanted, minimum), maximum);
}
