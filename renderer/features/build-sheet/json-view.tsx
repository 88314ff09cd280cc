/** The sheet's fields as a configuration of OPS, editable: what is valid goes into the fields at once. */

import { useId, useState } from "react";
import type { Inspection } from "../../../shared/contract/programs.ts";
import { type Draft, specsOf } from "../../model/draft/draft.ts";
import { useBuild } from "../../model/draft/session.ts";
import { CopyButton } from "../../ui/note.tsx";
import { opsConfig, readOpsConfig } from "./ops-config.ts";

interface JsonViewProps {
  draft: Draft;
  inspection: Inspection;
  /** Whether the text can't be used as it is: nothing is built from it. */
  onBroken: (isBroken: boolean) => void;
}

export function JsonView({ draft, inspection, onBroken }: JsonViewProps) {
  const { edit } = useBuild.getState();
  const id = useId();
  /** Text as it was typed, while it differs from what the fields would give. */
  const [typed, setTyped] = useState<string>();
  const [error, setError] = useState<string>();
  const spec = specsOf(draft, inspection.program);
  const exported = "build" in spec ? opsConfig(spec) : undefined;
  const text = typed ?? exported?.text;
  const told = error ?? ("errors" in spec ? Object.values(spec.errors).join(" ") : undefined);

  const change = (next: string) => {
    setTyped(next);
    const read = readOpsConfig(next, draft, inspection.program.path);
    setError("error" in read ? read.error : undefined);
    onBroken("error" in read);
    if ("change" in read) edit(read.change);
  };

  if (text === undefined) return <p role="status">Some fields are invalid: {told}</p>;
  return (
    <section aria-label="OPS configuration" className="flex min-h-0 flex-col gap-2">
      <label htmlFor={id} className="text-fg-2 text-s">
        The same as an OPS configuration, for <code>ops run -c</code>. What is changed here changes the fields.
      </label>
      <textarea
        id={id}
        spellCheck={false}
        rows={Math.max(8, text.split("\n").length + 1)}
        value={text}
        aria-invalid={told !== undefined}
        aria-describedby={told === undefined ? undefined : `${id}-note`}
        onChange={({ target }) => change(target.value)}
        className="min-h-0 shrink-0 resize-none overflow-x-auto whitespace-pre rounded-m border border-line-strong bg-sunken p-3 font-mono text-s aria-invalid:border-bad"
      />
      {told !== undefined && (
        <p id={`${id}-note`} className="text-bad text-s">
          {told}
        </p>
      )}
      {exported && exported.leftOut.length > 0 && (
        <p className="text-fg-3 text-s">
          Omitted, because OPS cannot rename files: {exported.leftOut.map(({ guest }) => guest).join(", ")}
        </p>
      )}
      <div>
        <CopyButton text={text}>Copy</CopyButton>
      </div>
    </section>
  );
}
