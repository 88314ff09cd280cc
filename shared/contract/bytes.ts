/** Bytes of a stream's items: as they are within one process, base64 on the wire (`hosts/encode-bytes.ts`). */

import { z } from "zod";
import type { StreamBytes } from "./streams.ts";

export const Bytes: z.ZodType<StreamBytes> = z.union([
  z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  z.base64(),
]);
