/** Packets of an instance, captured: the switch, and a file for each card with its size. */

import { Download, FolderOpen } from "lucide-react";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { useSettings } from "../../model/engine.ts";
import { attempt } from "../../platform/attempt.ts";
import { toBytes } from "../../platform/base64.ts";
import { useClient } from "../../platform/client.tsx";
import { canRevealCapture, revealCapture } from "../../platform/host.ts";
import { saveFile } from "../../platform/save-file.ts";
import { Button } from "../../ui/button.tsx";
import { formatBytes } from "../../ui/format.ts";
import { CopyButton, Note } from "../../ui/note.tsx";
import { Tick } from "../../ui/tick.tsx";
import { cardWords } from "./card-words.ts";
import { Part } from "./part.tsx";

export function Packets({ instance }: { instance: Instance }) {
  const client = useClient();
  const limit = formatBytes(useSettings(({ settings }) => settings.limits.captureBytes));
  const { id, name, capture } = instance;
  return (
    <Part title="Packets">
      <Tick
        isOn={capture.on}
        onChange={(isOn) => void attempt(() => client.captures.set({ id, on: isOn }))}
        className="self-start"
      >
        Capture packets (pcap, for Wireshark or tcpdump)
      </Tick>
      <p className="text-fg-3 text-s">{wordsFor(instance, limit)}</p>
      {capture.isFull && (
        <Note tone="busy" title={`The capture reached its size limit of ${limit} and was stopped.`}>
          <p>Captured packets are kept until the next capture starts. Change the limit in Settings.</p>
        </Note>
      )}
      {capture.files.length > 0 && (
        <ul aria-label="Captured packets" className="flex flex-col divide-y divide-line">
          {capture.files.map(({ card, path, sizeBytes }) => (
            <li key={card} className="flex min-h-9 flex-wrap items-center gap-x-3 py-1">
              <span className="min-w-44">{cardWords(card)}</span>
              <span className="text-fg-3 text-s tabular-nums">{formatBytes(sizeBytes)}</span>
              <span className="ml-auto flex items-center gap-1">
                <CopyButton text={path}>Copy path</CopyButton>
                {canRevealCapture() && (
                  <Button look="bare" icon={FolderOpen} className="text-s!" onClick={() => revealCapture(id, card)}>
                    Show in folder
                  </Button>
                )}
                <Button
                  look="bare"
                  icon={Download}
                  className="text-s!"
                  onClick={() => void attempt(() => save(client, id, name, card))}
                >
                  Save
                </Button>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function wordsFor(instance: Instance, limit: string): string {
  const { capture } = instance;
  if (!capture.on) return `One file per network card, at most ${limit} at most.`;
  if (!isAlive(instance)) return "The next run is captured from the start. Captured packets are kept until then.";
  return capture.files.length > 0
    ? "Capturing now, and from the start of every run, to new files."
    : "The virtual machine has no network card, so nothing can be captured.";
}

async function save(client: UnideckClient, id: string, name: string, card: string): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for await (const { bytes } of await client.captures.read({ id, card })) parts.push(toBytes(bytes));
  saveFile(`${name}-${card}.pcap`, parts, "application/vnd.tcpdump.pcap");
}
