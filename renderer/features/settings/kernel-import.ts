/** An archive of a kernel release that was dropped or chosen: asked about, handed over, imported. */

import { create } from "zustand";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { type HandOver, handOver } from "../../model/hand-over.ts";
import { problemOf } from "../../platform/problem-of.ts";

interface KernelImport {
  file: File | undefined;
  version: string;
  /** Present while its bytes go over. */
  handOver: HandOver | undefined;
  problem: ProblemReport | undefined;
}

interface KernelImportSlice extends KernelImport {
  offer(file: File): void;
  setVersion(version: string): void;
  /** Answers whether a task has begun. */
  start(client: UnideckClient): Promise<boolean>;
  close(): void;
}

const none: KernelImport = { file: undefined, version: "", handOver: undefined, problem: undefined };

let current = new AbortController();

/** Whether a dropped file may be a release, by its name. */
export const isArchive = (fileName: string) => /\.(tar\.gz|tgz)$/i.test(fileName);

export const useKernelImport = create<KernelImportSlice>()((set, get) => ({
  ...none,
  offer: (file) => set({ ...none, file }),
  setVersion: (version) => set({ version, problem: undefined }),
  start: async (client) => {
    const { file, version } = get();
    if (!file) return false;
    current = new AbortController();
    const { signal } = current;
    set({ handOver: { doneBytes: 0, totalBytes: file.size }, problem: undefined });
    try {
      const onProgress = (progress: HandOver) => set({ handOver: progress });
      const path = await handOver({ file, relativePath: file.name }, { client, signal, onProgress });
      const wanted = version.trim();
      await client.kernels.import(wanted === "" ? { path } : { path, version: wanted }, { signal });
      set(none);
      return true;
    } catch (error) {
      if (!signal.aborted) set({ handOver: undefined, problem: problemOf(error) });
      return false;
    }
  },
  close: () => {
    current.abort();
    set(none);
  },
}));
