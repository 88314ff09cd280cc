/**
 * The streams of the contract, by path: what a client's link has to know of each. Apart from the schemas, which take longer
 * to build than most commands take.
 */

export interface StreamRule {
  /**
   * When the engine is replaced, `restart` opens the stream again with the same input, `offset` continues after the last
   * item (the input has `from`), and `fail` ends it with engine.gone.
   */
  resume: "restart" | "offset" | "fail";
  /** Read in portions of this size (the input has `maxBytes`), so that what a slow reader has not taken waits in the engine's file. */
  windowBytes?: number;
  /** Items have `bytes`: a Uint8Array within one process, base64 on the wire. */
  hasBytes?: true;
}

export const streams: Readonly<Record<string, StreamRule>> = {
  "events.subscribe": { resume: "restart" },
  "tasks.follow": { resume: "restart" },
  "networks.traffic": { resume: "restart" },
  "instances.console": { resume: "offset", windowBytes: 1 << 20, hasBytes: true },
  "instances.trace": { resume: "offset" },
  "instances.holdInput": { resume: "restart" },
  // The next engine may read another file: an image that was built again, a capture that was started again.
  "imageContents.files": { resume: "fail" },
  "imageContents.read": { resume: "fail", hasBytes: true },
  "captures.read": { resume: "fail", hasBytes: true },
};

/** Bytes of an item: as they are, or in base64. */
export type StreamBytes = string | Uint8Array;
