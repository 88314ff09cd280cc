/** What can be asked about a whole image: its digest, what is wrong with it, its bill of materials. */

import { FileText, Hash, ShieldCheck } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { ImageFinding } from "../../../shared/contract/image-contents.ts";
import type { Image } from "../../../shared/contract/images.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { saveFile } from "../../platform/save-file.ts";
import { Button } from "../../ui/button.tsx";
import { formatBytes } from "../../ui/format.ts";
import { CopyButton, Note, ProblemNote } from "../../ui/note.tsx";

export function Tools({ image }: { image: Image }) {
  const client = useClient();
  const { name } = image;
  const [doing, setDoing] = useState<string>();
  const [problem, setProblem] = useState<ProblemReport>();
  const [sha256, setDigest] = useState<string>();
  const [findings, setFindings] = useState<readonly ImageFinding[]>();
  const gone = useRef(new AbortController());
  useEffect(() => {
    const leaving = new AbortController();
    gone.current = leaving;
    return () => leaving.abort();
  }, []);

  const ask = async (what: string, call: (options: { signal: AbortSignal }) => Promise<void>) => {
    const { signal } = gone.current;
    setDoing(what);
    setProblem(undefined);
    try {
      await call({ signal });
    } catch (error) {
      if (!signal.aborted) setProblem(problemOf(error));
    } finally {
      setDoing(undefined);
    }
  };
  const check = () =>
    ask("Checking the image", async (options) =>
      setFindings(await client.imageContents.check({ image: name }, options)),
    );
  const digest = () =>
    ask(`Reading ${formatBytes(image.sizeBytes)}`, async (options) =>
      setDigest((await client.imageContents.digest({ image: name }, options)).sha256),
    );
  const sbom = () =>
    ask("Creating the bill of materials", async (options) => {
      const document = await client.imageContents.sbom({ image: name }, options);
      saveFile(`${name}.cdx.json`, [`${JSON.stringify(document, null, 2)}\n`], "application/json");
    });

  return (
    <section aria-label="Image tools" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Button icon={ShieldCheck} disabled={doing !== undefined} onClick={() => void check()}>
          Check
        </Button>
        <Button icon={Hash} disabled={doing !== undefined} onClick={() => void digest()}>
          Digest
        </Button>
        {image.damage === undefined && (
          <Button icon={FileText} disabled={doing !== undefined} onClick={() => void sbom()}>
            Save SBOM
          </Button>
        )}
        <span role="status" className="text-fg-3 text-s tabular-nums">
          {doing && `${doing} …`}
        </span>
      </div>
      {problem && <ProblemNote problem={problem} />}
      {sha256 && (
        <Note tone="plain" title="SHA-256 of the image file" action={<CopyButton text={sha256}>Copy</CopyButton>}>
          <code className="wrap-anywhere">{sha256}</code>
        </Note>
      )}
      {findings && <Findings findings={findings} />}
    </section>
  );
}

const tones = { error: "bad", warning: "busy", note: "plain" } as const;
const words = { error: "wrong", warning: "doubtful", note: "note" } as const;

function Findings({ findings }: { findings: readonly ImageFinding[] }): ReactNode {
  if (findings.length === 0) return <Note tone="plain" title="No problems found" />;
  return (
    <ul aria-label="Results of the check" className="flex flex-col gap-2">
      {findings.map(({ level, part, message, hint }) => (
        <li key={`${part} ${message}`}>
          <Note tone={tones[level]} title={message}>
            <p>
              {words[level]}, in the {part}
              {hint && `. ${hint}`}
            </p>
          </Note>
        </li>
      ))}
    </ul>
  );
}
