/**
 * What is remembered of releases beyond their folders: the SHA-256 of the first download of each version, and of the archive
 * that an installed one came from (docs/formats.md, "Where releases come from").
 */

import { z } from "zod";
import { writeFileAtomically } from "../lib/atomic-file.ts";
import { readRegular } from "../lib/open-regular.ts";

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const Records = z.object({
  version: z.literal(1),
  /** By release id. Stays when the release is removed: a later download has to be the same. */
  downloads: z.record(z.string(), z.object({ sha256: Sha256, sizeBytes: z.number(), url: z.string(), at: z.string() })),
  /** By release id. Holds for as long as the kernel file is the one that was unpacked. */
  installed: z.record(z.string(), z.object({ sha256: Sha256, from: z.string(), kernelModifiedMs: z.number() })),
});
type Records = z.infer<typeof Records>;

export type FirstDownload = Records["downloads"][string];
export type Provenance = Records["installed"][string];

const MAX_FILE_BYTES = 4 << 20;

const none: Records = { version: 1, downloads: {}, installed: {} };

export class ReleaseRecords {
  readonly #path: string;
  /** Changes are made one after the other. */
  #writing: Promise<unknown> = Promise.resolve();

  /** `path` names the file, which need not be there. */
  constructor(path: string) {
    this.#path = path;
  }

  /** A file that can't be understood is as none: what it knew is lost, and nothing else. */
  async read(): Promise<Records> {
    try {
      return Records.parse(JSON.parse(await readRegular(this.#path, MAX_FILE_BYTES)));
    } catch {
      return none;
    }
  }

  /** Throws disk.full, disk.write-failed. */
  rememberDownload(id: string, download: FirstDownload): Promise<void> {
    return this.#change(({ downloads }) => ({ downloads: { ...downloads, [id]: download } }));
  }

  /** Throws disk.full, disk.write-failed. */
  rememberInstalled(id: string, provenance: Provenance): Promise<void> {
    return this.#change(({ installed }) => ({ installed: { ...installed, [id]: provenance } }));
  }

  #change(change: (records: Records) => Partial<Records>): Promise<void> {
    const result = this.#writing.then(async () => {
      const records = await this.read();
      await writeFileAtomically(this.#path, `${JSON.stringify({ ...records, ...change(records) }, undefined, 2)}\n`);
    });
    this.#writing = result.catch(() => undefined);
    return result;
  }
}
