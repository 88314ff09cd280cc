/** What a new user sees first: where to drop a program, how to choose one, and the sample. */

import { FileDown, Play } from "lucide-react";
import { useRef, useState } from "react";
import { useClient } from "../../app/client.tsx";
import { Button } from "../../ui/button.tsx";
import { fromFiles } from "./dropped.ts";
import { trySample } from "./run.ts";
import { useBuild } from "./session.ts";

export function DropZone() {
  const client = useClient();
  const [isTrying, setTrying] = useState(false);
  const sample = async () => {
    setTrying(true);
    await trySample(client).finally(() => setTrying(false));
  };
  return (
    <section aria-label="First steps" className="grid flex-1 place-items-center p-6">
      <div className="flex w-[min(560px,100%)] flex-col items-center gap-4 rounded-l border-2 border-line-strong border-dashed px-8 py-16 text-center">
        <FileDown aria-hidden className="size-8 text-accent" strokeWidth={1.5} />
        <h1 className="font-semibold text-xl">Drop a Linux program here</h1>
        <p className="text-fg-2">Unideck builds a unikernel image from it, boots it and shows its console.</p>
        <div className="flex flex-wrap justify-center gap-2">
          <ChooseFile />
          <Button look="main" icon={Play} disabled={isTrying} onClick={sample}>
            Try the sample
          </Button>
        </div>
      </div>
    </section>
  );
}

/** The system's own dialog, for those who don't drag. */
export function ChooseFile() {
  const client = useClient();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Program and files"
        onChange={({ target }) => {
          const files = fromFiles(target.files ?? []);
          if (files.files.length > 0) void useBuild.getState().takeDrop(client, Promise.resolve(files));
          target.value = "";
        }}
      />
      <Button onClick={() => input.current?.click()}>Choose a file…</Button>
    </>
  );
}
