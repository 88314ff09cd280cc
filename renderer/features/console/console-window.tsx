/** What a window shows that is there for one console alone. */

import { useEffect } from "react";
import { ConnectionBanner } from "../../frame/connection-state.tsx";
import { useSettings } from "../../model/engine.ts";
import { useInstances } from "../../model/instances.ts";
import { stateDetail, stateWords } from "../../model/state-words.ts";
import { useNow } from "../../ui/clock.ts";
import { Nothing, PaneHead } from "../../ui/pane.tsx";
import { StateChip } from "../../ui/state-mark.tsx";
import { Toasts } from "../../ui/toasts.tsx";
import { ConsolePane } from "./console-pane.tsx";

export function ConsoleWindow({ id }: { id: string }) {
  const loaded = useInstances((slice) => slice.loaded);
  const instance = useInstances(({ byKey }) => byKey[id]);
  const theme = useSettings(({ settings }) => settings.appearance.theme);
  const now = useNow();
  const name = instance?.name;
  useEffect(() => {
    document.title = name === undefined ? "Unideck" : `${name} · Unideck`;
  }, [name]);
  return (
    <main className="flex h-full flex-col bg-surface text-fg">
      <ConnectionBanner />
      {!instance && <Nothing>{loaded ? "This instance was deleted." : "Loading the instance…"}</Nothing>}
      {instance && (
        <>
          <PaneHead>
            <h1 className="truncate">{instance.name}</h1>
            <span role="status" aria-label="State" className="inline-flex">
              <StateChip tone={stateWords(instance, now).tone}>{stateWords(instance, now).word}</StateChip>
            </span>
            <span className="min-w-0 truncate text-fg-3 text-s tabular-nums">{stateDetail(instance, now)}</span>
          </PaneHead>
          <ConsolePane instance={instance} />
        </>
      )}
      <Toasts theme={theme} />
    </main>
  );
}
