/** Captures: an instance's packets in files. What there is of them stands in the instance itself. */

import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";
import { Bytes } from "./bytes.ts";
import { Instance, InstanceInput } from "./instances.ts";

const found = ["instance.not-found", "instance.ambiguous"] as const;

/** A piece of a capture: pcap, with Ethernet frames. */
export const CapturePiece = z.object({ offset: z.number().int().min(0), bytes: Bytes });
export type CapturePiece = z.infer<typeof CapturePiece>;

const calls = {
  /** Begins a capture, in new files, or ends it; at once where the instance runs, and remembered for its next starts. */
  set: oc
    .route({ method: "PUT", path: "/instances/{id}/capture", summary: "Start or stop capturing an instance's packets" })
    .input(InstanceInput.extend({ on: z.boolean() }))
    .output(Instance)
    .errors(problems(...found, "hypervisor.failed", "disk.write-failed")),
  /** A card's capture as it is now, from byte `from` on; what is captured meanwhile is in it up to the end that it had. */
  read: oc
    .route({
      method: "GET",
      path: "/instances/{id}/capture/{card}",
      summary: "Read an instance's captured packets (server-sent events)",
    })
    .input(InstanceInput.extend({ card: z.string().max(64), from: z.coerce.number().int().min(0).default(0) }))
    .output(eventIterator(CapturePiece))
    .errors(problems(...found, "capture.not-found")),
};

export const captures = { calls };
