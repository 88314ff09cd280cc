/** The contract as HTTP calls under `/api`, and the document that describes them. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { OpenAPIGenerator } from "@orpc/openapi";
import { OpenAPIHandler } from "@orpc/openapi/node";
import { BodyLimitPlugin } from "@orpc/server/node";
import { ZodToJsonSchemaConverter } from "@orpc/zod/zod4";
import { contract } from "../../../shared/contract/index.ts";
import { Problem } from "../../../shared/problem.ts";
import { wireError } from "../problem-errors.ts";
import type { RelayRouter } from "../relay.ts";
import { MAX_MESSAGE_BYTES } from "../socket-peer.ts";
import { completeDocument } from "./api-document.ts";

export const API_PREFIX = "/api";

const malformed = new Problem("args.invalid", "The body of the request is not valid JSON for this call");

/** Answers a request under `/api`; false where there is no such call. */
export function apiHandler(
  router: RelayRouter,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  const handler = new OpenAPIHandler(router, {
    plugins: [new BodyLimitPlugin({ maxBodySize: MAX_MESSAGE_BYTES })],
    interceptors: [
      async ({ next }) => {
        try {
          return await next();
        } catch (error) {
          throw error instanceof SyntaxError ? wireError(malformed) : error;
        }
      },
    ],
  });
  return async (request, response) => {
    const { matched } = await handler.handle(request, response, { prefix: API_PREFIX, context: {} });
    return matched;
  };
}

/** The OpenAPI document, made from the contract itself. */
export async function describeApi(version: string): Promise<unknown> {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const generated = await generator.generate(contract, {
    info: {
      title: "Unideck",
      version,
      description: "Build and run unikernels. Streams are server-sent events.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: API_PREFIX }],
    security: [{ token: [] }],
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "The token in the file that `unideck serve --json` names.",
        },
      },
    },
  });
  return completeDocument(generated);
}
