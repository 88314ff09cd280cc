/** Where the parts of a container image come from. */

import type { Descriptor, ImageConfig } from "../formats/oci/documents.ts";

/** One image for one platform. */
export interface ContainerSource {
  /** SHA-256 of the image's configuration, which names its layers by their contents: the image's identity. */
  id: string;
  config: ImageConfig;
  /** Lowest first; as many as the configuration has. */
  layers: readonly LayerSource[];
}

export interface LayerSource {
  /** Of the layer as it is stored or sent, compressed or not; undefined where the source does not say. */
  descriptor: Descriptor | undefined;
  /** Bytes as they are stored; 0 where that is not known. */
  sizeBytes: number;
  /** Makes the stored bytes a file, and gives its path; they may have been there before. */
  fetch(progress: Progress): Promise<string>;
}

export interface Progress {
  signal: AbortSignal;
  onProgress: (bytes: number) => void;
  note: (line: string) => void;
}
