/** An instance at a glance: its start, its exit, what it is made of, the command that runs it. */

import type { Instance, PortForward } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { shellLine } from "../../../shared/shell-words.ts";
import { PortAddress } from "../../frame/port-address.tsx";
import { PortOffers } from "../../frame/port-offers.tsx";
import { useEngine } from "../../model/engine.ts";
import { useImages } from "../../model/images.ts";
import { originOf } from "../../model/origin.ts";
import { exitMeaning, exitWords, kernelName } from "../../model/state-words.ts";
import { useView } from "../../model/view.ts";
import { useNow } from "../../ui/clock.ts";
import { Fold } from "../../ui/fold.tsx";
import { count, formatAgo, formatBytes } from "../../ui/format.ts";
import { CopyButton, ProblemNote } from "../../ui/note.tsx";
import { Facts } from "../../ui/pane.tsx";
import { Chip } from "../../ui/state-mark.tsx";
import { Timeline } from "./timeline.tsx";

export function Overview({ instance }: { instance: Instance }) {
  const { exit, problem } = instance;
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
      <PortOffers instance={instance} />
      <div className="flex flex-col gap-[18px] px-5 py-[18px]">
        {problem && <ProblemNote problem={problem} />}
        <Timeline instance={instance} />
        <Facts
          facts={[
            ...(exit && !isAlive(instance)
              ? [["Exit", <Exit key="exit" words={exitWords(exit)} meaning={exitMeaning(exit)} />] as const]
              : []),
            ...(instance.addresses.length > 0 && isAlive(instance)
              ? [["Address", <Addresses key="addresses" addresses={instance.addresses} />] as const]
              : []),
            ["Ports", <Ports key="ports" ports={instance.ports} alive={isAlive(instance)} />],
            ["Image", <ImageLink key="image" name={instance.image} />],
            ["Kernel", kernelName(instance.kernel)],
            ["Machine", <Machine key="machine" instance={instance} />],
            ...(instance.pid !== undefined && isAlive(instance)
              ? [
                  [
                    "Process",
                    <span key="pid" className="tabular-nums">
                      <code className="text-s">{instance.commandLine[0]?.split("/").at(-1) ?? "QEMU"}</code>{" "}
                      {instance.pid}
                    </span>,
                  ] as const,
                ]
              : []),
            ["Starts", String(instance.runs)],
          ]}
        />
        {instance.commandLine.length > 0 && <CommandLine words={instance.commandLine} />}
      </div>
    </div>
  );
}

function Exit({ words, meaning }: { words: string; meaning: string }) {
  return (
    <>
      {words} <span className="text-fg-3 text-s">{meaning}</span>
    </>
  );
}

function Ports({ ports, alive }: { ports: readonly PortForward[]; alive: boolean }) {
  if (ports.length === 0) return <span className="text-fg-3">none</span>;
  return (
    <ul>
      {ports.map((port) => (
        <li key={`${port.protocol}${port.host}`}>
          <PortAddress port={port} alive={alive} />{" "}
          <span className="text-fg-3 text-s">
            → {port.guest} {port.protocol}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Addresses({ addresses }: Pick<Instance, "addresses">) {
  return (
    <ul>
      {addresses.map(({ interface: name, address }) => (
        <li key={name}>
          {address} <span className="text-fg-3 text-s">{name}</span>
        </li>
      ))}
    </ul>
  );
}

function ImageLink({ name }: { name: string }) {
  const image = useImages(({ byKey }) => byKey[name]);
  const home = useEngine(({ engine }) => engine?.home);
  const { openImage } = useView.getState();
  const now = useNow();
  if (!image) return <>{name}</>;
  return (
    <>
      <button type="button" className="text-accent hover:underline" onClick={() => openImage(name)}>
        {name}
      </button>{" "}
      <span className="text-fg-3 text-s">
        built {formatAgo(Date.parse(image.createdAt), now)}
        {image.build && ` from ${originOf(image.build.program.path, home)}`}
      </span>
    </>
  );
}

function Machine({ instance }: { instance: Instance }) {
  const { cpus, memoryBytes } = instance;
  const { machine, accelerator } = instance.options;
  const words = [
    ...(machine ? [machine] : []),
    count(cpus, "CPU"),
    formatBytes(memoryBytes),
    ...(accelerator ? [accelerator.toUpperCase()] : []),
  ];
  return (
    <span className="inline-flex flex-wrap items-center gap-2">
      {words.join(", ")}
      {accelerator === "tcg" && <Chip tone="busy">slow: no hardware acceleration</Chip>}
    </span>
  );
}

function CommandLine({ words }: { words: readonly string[] }) {
  const line = shellLine(words);
  return (
    <section>
      <h2 className="mb-2 font-semibold text-fg-2 text-s">Started by</h2>
      <div className="rounded-m bg-console-bg px-3 py-2.5 font-mono text-[11.5px] text-console-fg select-text wrap-anywhere">
        <p className="line-clamp-2">{line}</p>
      </div>
      <div className="mt-1 flex items-start gap-4">
        <CopyButton text={line}>Copy command</CopyButton>
        <Fold label="Show all">
          <pre className="whitespace-pre-wrap font-mono text-xs select-text wrap-anywhere">
            {words.map((word) => shellLine([word])).join(" \\\n  ")}
          </pre>
        </Fold>
      </div>
    </section>
  );
}
