/** What the generator does not know of the API: the host's own refusals, which any call can meet, and examples. */

import { z } from "zod";
import { type ProblemCode, problemStatus } from "../../../shared/problem.ts";
import { exampleOf, Schema } from "./api-examples.ts";

/** Any call can be refused like this, whatever it does. */
const anyCall = ["args.invalid", "web.unauthorized", "web.refused", "web.too-many-tries"] as const;

const Media = z.looseObject({ schema: Schema, example: z.unknown().optional() });
const Content = z.record(z.string(), Media);
const Response = z.looseObject({ description: z.string(), content: Content.optional() });
const Operation = z.looseObject({
  parameters: z.array(z.looseObject({ name: z.string(), schema: Schema, example: z.unknown().optional() })).optional(),
  requestBody: z.looseObject({ content: Content }).optional(),
  responses: z.record(z.string(), Response),
});
const Document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), Operation)) });
type Operation = z.infer<typeof Operation>;

/** The document with what is missing in it. */
export function completeDocument(generated: unknown): z.infer<typeof Document> {
  const document = Document.parse(withoutImpossible(generated));
  for (const methods of Object.values(document.paths))
    for (const operation of Object.values(methods)) complete(operation);
  return document;
}

/** Without alternatives that no JSON fits, such as the bytes that only a client in the engine's own process gets. */
function withoutImpossible(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutImpossible);
  if (typeof value !== "object" || value === null) return value;
  const { anyOf, ...others }: { anyOf?: unknown } = value;
  const possible = Array.isArray(anyOf) ? anyOf.filter((one) => JSON.stringify(one) !== '{"not":{}}') : undefined;
  const [only, another] = possible ?? [];
  if (possible && !another) return withoutImpossible({ ...others, ...only });
  return Object.fromEntries(
    Object.entries(possible ? { ...others, anyOf: possible } : value).map(([key, one]) => [
      key,
      withoutImpossible(one),
    ]),
  );
}

function complete(operation: Operation): void {
  for (const code of anyCall) addRefusal(operation, code);
  for (const parameter of operation.parameters ?? []) parameter.example = exampleOf(parameter.schema, parameter.name);
  for (const media of Object.values(operation.requestBody?.content ?? {})) media.example = exampleOf(media.schema);
  for (const response of Object.values(operation.responses))
    for (const media of Object.values(response.content ?? {})) media.example = exampleOf(media.schema);
}

function addRefusal({ responses }: Operation, code: ProblemCode): void {
  const status = problemStatus[code];
  const refusal: Schema = {
    type: "object",
    properties: {
      defined: { type: "boolean" },
      code: { const: code },
      status: { const: status },
      message: { type: "string" },
      data: { type: "object", properties: { hint: { type: "string" }, details: { type: "string" } } },
    },
    required: ["code", "message"],
  };
  responses[status] ??= { description: String(status), content: {} };
  const response = responses[status];
  response.content ??= {};
  const json = response.content["application/json"];
  if (json?.schema.oneOf) json.schema.oneOf.push(refusal);
  else response.content["application/json"] = { schema: { oneOf: [refusal] } };
}
