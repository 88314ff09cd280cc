/** The kernel of an image: an installed release, or any folder with one, and the modules that it loads. */

import { useState } from "react";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import type { Draft } from "../../model/draft/draft.ts";
import { useBuild } from "../../model/draft/session.ts";
import { useKernels } from "../../model/engine.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { Field, TextInput } from "../../ui/field.tsx";
import { Fold } from "../../ui/fold.tsx";
import { Tick } from "../../ui/tick.tsx";
import { Choice } from "./choice.tsx";

/** Ids of releases never begin with a slash. */
const isFolder = (kernel: string) => /^~?\//.test(kernel);
const SOME_FOLDER = "/";

function kernelWords({ kind, version, bundled, path }: KernelRelease): string {
  if (kind === "unknown") return path;
  return `${{ pith: "Pith", nanos: "Nanos" }[kind]} ${version}${bundled ? " (bundled)" : ""}`;
}

export function KernelField({ draft }: { draft: Draft }) {
  const kernels = useKernels((slice) => slice.kernels).filter(({ architecture }) => architecture === "x86-64");
  const edit = useBuild((slice) => slice.edit);
  const [inFolder, setInFolder] = useState<KernelRelease>();
  const inUse = [...kernels, ...(inFolder ? [inFolder] : [])].find(({ id }) => id === draft.kernel);
  const isListed = kernels.some(({ id }) => id === draft.kernel);
  return (
    <>
      <Field label="Kernel">
        {(tied) => (
          <Choice
            tied={tied}
            value={isListed || !isFolder(draft.kernel) ? draft.kernel : SOME_FOLDER}
            onChange={(kernel) => edit({ kernel, klibs: [] })}
            options={[
              ...(isListed || isFolder(draft.kernel)
                ? []
                : [{ value: draft.kernel, words: `${draft.kernel} (not found)` }]),
              ...kernels.map((kernel) => ({ value: kernel.id, words: kernelWords(kernel) })),
              { value: SOME_FOLDER, words: "In a folder…" },
            ]}
          />
        )}
      </Field>
      {!isListed && isFolder(draft.kernel) && <KernelFolder folder={draft.kernel} onFound={setInFolder} />}
      {(inUse?.klibs.length ?? 0) > 0 && <Klibs all={inUse?.klibs ?? []} chosen={draft.klibs} />}
    </>
  );
}

function KernelFolder({ folder, onFound }: { folder: string; onFound: (kernel: KernelRelease | undefined) => void }) {
  const client = useClient();
  const edit = useBuild((slice) => slice.edit);
  const [error, setError] = useState<string>();
  const look = async () => {
    try {
      onFound(await client.kernels.get({ id: folder }));
      setError(undefined);
    } catch (problem) {
      onFound(undefined);
      setError(problemOf(problem).message);
    }
  };
  return (
    <Field label="Its folder" error={error} hint="Absolute path of a folder with kernel.img and boot.img.">
      {(tied) => (
        <TextInput
          {...tied}
          mono
          value={folder}
          onChange={({ target }) => edit({ kernel: `/${target.value.trim().replace(/^\/+/, "")}`, klibs: [] })}
          onBlur={() => void look()}
        />
      )}
    </Field>
  );
}

function Klibs({ all, chosen }: { all: readonly string[]; chosen: readonly string[] }) {
  const edit = useBuild((slice) => slice.edit);
  const toggle = (name: string, isWanted: boolean) =>
    edit({ klibs: isWanted ? [...chosen, name].sort() : chosen.filter((one) => one !== name) });
  return (
    <Field label="Klibs">
      {() => (
        <Fold label={chosen.length > 0 ? chosen.join(", ") : `none of ${all.length}`}>
          <fieldset aria-label="Klibs" className="flex max-h-40 flex-wrap gap-x-4 gap-y-1 overflow-y-auto font-mono">
            {all.map((name) => (
              <Tick key={name} isOn={chosen.includes(name)} onChange={(isOn) => toggle(name, isOn)}>
                {name}
              </Tick>
            ))}
          </fieldset>
        </Fold>
      )}
    </Field>
  );
}
