import { getEventIteratorSchemaDetails, isContractProcedure } from "@orpc/contract";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { contract } from "../../../shared/contract/index.ts";
import { isProblemCode, problemStatus } from "../../../shared/problem.ts";
import { describeApi } from "./openapi.ts";

const Media = z.object({ "application/json": z.looseObject({ example: z.unknown() }).optional() });
const Operation = z.object({
  operationId: z.string(),
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean().default(false), example: z.unknown() }))
    .default([]),
  requestBody: z.object({ content: Media }).optional(),
  responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.looseObject({ example: z.unknown() })) })),
});
type Operation = z.infer<typeof Operation>;
const Document = z.object({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

/** Every call of the contract by its name: `instances.start`. */
const calls = Object.entries(contract).flatMap(([domain, procedures]) =>
  Object.entries(procedures).map(([call, procedure]) => ({ name: `${domain}.${call}`, procedure })),
);
const operations = new Map<string, Operation>();

beforeAll(async () => {
  const { paths } = Document.parse(await describeApi("1.0.0"));
  for (const methods of Object.values(paths))
    for (const operation of Object.values(methods)) operations.set(operation.operationId, operation);
});

test("every call of the contract is described, and nothing else", () => {
  expect([...operations.keys()].sort()).toEqual(calls.map(({ name }) => name).sort());
});

test.each(calls)("$name has its errors, and examples that the contract itself takes", async ({ name, procedure }) => {
  const operation = operations.get(name);
  if (!operation || !isContractProcedure(procedure)) throw new Error(`${name} is not described`);
  const { inputSchema, outputSchema, errorMap } = procedure["~orpc"];
  const { parameters, requestBody, responses } = operation;

  // What the call itself can answer, and what the host can.
  for (const code of Object.keys(errorMap))
    if (isProblemCode(code)) expect(JSON.stringify(responses[problemStatus[code]])).toContain(`"${code}"`);
  for (const code of ["args.invalid", "web.unauthorized", "web.refused", "web.too-many-tries"])
    expect(JSON.stringify(responses)).toContain(`"${code}"`);

  const body = requestBody?.content["application/json"]?.example ?? {};
  const needed = parameters.filter(({ required }) => required).map(({ name, example }) => [name, example]);
  const input = { ...Object.fromEntries(needed), ...z.record(z.string(), z.unknown()).parse(body) };
  if (inputSchema) expect(await inputSchema["~standard"].validate(input)).not.toHaveProperty("issues");

  const answer = Object.values(responses["200"]?.content ?? {})[0]?.example;
  expect(answer).toBeDefined();
  if (outputSchema && !getEventIteratorSchemaDetails(outputSchema))
    expect(await outputSchema["~standard"].validate(answer)).not.toHaveProperty("issues");
});
