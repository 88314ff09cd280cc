/** An image's Overview tab: how it was made and what it is made of. */

import type { ImageDetails } from "../../../shared/contract/image-contents.ts";
import type { Image } from "../../../shared/contract/images.ts";
import { useEngine } from "../../model/engine.ts";
import { originOf } from "../../model/origin.ts";
import { joinWords } from "../../model/words.ts";
import { useClient } from "../../platform/client.tsx";
import { useAnswer } from "../../platform/use-answer.ts";
import { useNow } from "../../ui/clock.ts";
import { Fold } from "../../ui/fold.tsx";
import { count, formatAgo, formatBytes } from "../../ui/format.ts";
import { Note, ProblemNote } from "../../ui/note.tsx";
import { Facts } from "../../ui/pane.tsx";
import { Tools } from "./tools.tsx";

export function Overview({ image }: { image: Image }) {
  const client = useClient();
  const now = useNow();
  const home = useEngine(({ engine }) => engine?.home);
  const { value: details, problem } = useAnswer(image.damage === undefined ? image.name : undefined, (signal) =>
    client.imageContents.show({ image: image.name }, { signal }),
  );
  const variables = Object.entries(image.environment).map(([name, value]) => `${name}=${value}`);
  const builtFrom = image.build && originOf(image.build.program.path, home);
  return (
    <div className="flex flex-col gap-4 overflow-y-auto p-5">
      {image.damage && (
        <Note tone="bad" title="Cannot read this image">
          {image.damage}
        </Note>
      )}
      {image.programState === "changed" && image.build && (
        <Note tone="busy" title="The program has changed since">
          <p>Rebuild the image with the same settings. Instances keep their own disks.</p>
        </Note>
      )}
      <Facts
        facts={[
          ["Program", image.program ?? "unknown"],
          ["Arguments", <Code key="arguments">{joinWords(image.arguments)}</Code>],
          ["Environment", <Code key="environment">{joinWords(variables)}</Code>],
          ["Architecture", image.architecture],
          [
            "Made",
            `${formatAgo(Date.parse(image.createdAt), now)}${builtFrom ? ` from ${builtFrom}` : ", not by Unideck"}`,
          ],
          ...(details ? factsOf(details) : []),
          ["File", <Code key="file">{image.path}</Code>],
        ]}
      />
      {problem && <ProblemNote problem={problem} />}
      <Tools image={image} />
    </div>
  );
}

type Fact = Parameters<typeof Facts>[0]["facts"][number];

function factsOf({ program, kernel, klibs, root, libraries, layout }: ImageDetails): Fact[] {
  return [
    ...(program
      ? [["Program digest", <Digest key="program" sizeBytes={program.sizeBytes} sha256={program.sha256} />] as const]
      : []),
    ...(kernel
      ? [["Kernel digest", <Digest key="kernel" sizeBytes={kernel.sizeBytes} sha256={kernel.sha256} />] as const]
      : []),
    ["Klibs", <Code key="klibs">{klibs.join(", ")}</Code>],
    [
      "Contents",
      `${count(root.files, "file")}, ${count(root.directories, "folder")}, ${count(root.links, "link")}, ${formatBytes(root.contentBytes)}`,
    ],
    ["File system", `${formatBytes(root.sizeBytes)}, ${formatBytes(root.freeBytes)} free`],
    ["UUID", <Code key="uuid">{root.uuid}</Code>],
    ["Boots by", { bios: "BIOS", uefi: "UEFI", volume: "not bootable: a volume" }[layout]],
    [
      "Libraries",
      libraries.length === 0 ? (
        <Code key="none">{""}</Code>
      ) : (
        <Fold key="libraries" label={count(libraries.length, "library", "libraries")}>
          <ul className="font-mono text-xs">
            {libraries.map((path) => (
              <li key={path}>
                <bdi>{path}</bdi>
              </li>
            ))}
          </ul>
        </Fold>
      ),
    ],
  ];
}

function Digest({ sizeBytes, sha256 }: { sizeBytes: number; sha256: string }) {
  return (
    <>
      <code className="text-s">{sha256}</code> <span className="text-fg-3 text-s">{formatBytes(sizeBytes)}</span>
    </>
  );
}

const Code = ({ children }: { children: string }) =>
  children === "" ? <span className="text-fg-3">none</span> : <code className="text-s">{children}</code>;
