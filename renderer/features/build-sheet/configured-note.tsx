/** What a configuration of OPS that was opened asks for beyond the fields, and what comes of nothing in it. */

import type { Configured } from "../../model/draft/draft.ts";
import { CopyButton, Note } from "../../ui/note.tsx";

const manifestWords: Record<keyof NonNullable<Configured["build"]["manifest"]>, string> = {
  nameServers: "name servers",
  debugFlags: "debug flags",
  noTrace: "calls that are not traced",
  rebootOnExit: "reboot on exit",
  mounts: "mounts",
  addresses: "static addresses",
  passthrough: "manifest keys",
};

export function ConfiguredNote({ configured: { build, path, guess, warnings } }: { configured: Configured }) {
  if (guess)
    return (
      <Note tone={warnings.length > 0 || guess.first || guess.asksFor ? "busy" : "plain"} title={guess.title}>
        <p className="wrap-anywhere">{guess.sentence} All of this is a guess: change what is wrong.</p>
        {guess.first && (
          <>
            <p className="mt-2">{guess.first.sentence}</p>
            <code className="block font-mono text-xs wrap-anywhere">{guess.first.command}</code>
            <CopyButton text={guess.first.command}>Copy</CopyButton>
          </>
        )}
        {warnings.map((warning) => (
          <p key={warning} className="mt-1 wrap-anywhere">
            {warning}
          </p>
        ))}
      </Note>
    );
  const { manifest = {}, klibFolder, sysroot, complete } = build;
  const asked = [
    ...Object.entries(manifestWords).flatMap(([key, word]) => (Object.hasOwn(manifest, key) ? [word] : [])),
    ...(klibFolder ? [`klibs from ${klibFolder}`] : []),
    ...(sysroot && !complete ? [`libraries from ${sysroot}`] : []),
    ...(complete ? ["only these files"] : []),
  ];
  return (
    <Note
      tone={warnings.length > 0 ? "busy" : "plain"}
      title={path === undefined ? "Values come from the earlier build" : `Values come from ${path}`}
    >
      {asked.length > 0 && <p className="wrap-anywhere">It also sets {asked.join(", ")}.</p>}
      {warnings.map((warning) => (
        <p key={warning}>{warning}.</p>
      ))}
    </Note>
  );
}
