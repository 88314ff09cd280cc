/**
 * Staging: how a file that has no path on the engine's machine (dropped in a browser) becomes one.
 *
 * begin, then append pieces in order, then finish; the answer is a path that every other call takes.
 */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";

/** The largest piece, in bytes. */
export const STAGING_PIECE_BYTES = 1 << 20;

const calls = {
  begin: oc
    .route({ method: "POST", path: "/staging", summary: "Start an upload" })
    .input(
      z.object({
        fileName: z.string().min(1).max(255),
        sizeBytes: z.number().int().min(0),
        /** Where the file stood in a dropped folder: `config/app.json`. Slashes separate; no `..`. */
        relativePath: z.string().max(4096).optional(),
      }),
    )
    .output(z.object({ id: z.string() }))
    .errors(problems("staging.too-large", "disk.full", "args.invalid")),
  append: oc
    .route({ method: "POST", path: "/staging/{id}", summary: "Upload the next piece (base64)" })
    .input(
      z.object({
        id: z.string(),
        /** Where the piece begins: the number of bytes handed over so far. */
        offset: z.number().int().min(0),
        bytes: z.base64().max(Math.ceil(STAGING_PIECE_BYTES / 3) * 4),
      }),
    )
    .output(z.object({ receivedBytes: z.number().int().min(0) }))
    .errors(problems("staging.not-found", "staging.out-of-order", "staging.too-large", "disk.full")),
  finish: oc
    .route({ method: "POST", path: "/staging/{id}/finish", summary: "Finish an upload" })
    .input(z.object({ id: z.string() }))
    .output(z.object({ path: z.string(), sha256: z.string().length(64), sizeBytes: z.number().int().min(0) }))
    .errors(problems("staging.not-found", "staging.out-of-order", "disk.full")),
  discard: oc
    .route({ method: "DELETE", path: "/staging/{id}", summary: "Cancel an upload" })
    .input(z.object({ id: z.string() }))
    .output(z.object({ id: z.string() })),
};

export const staging = { calls };
