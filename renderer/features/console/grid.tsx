/** Several consoles at once, each in a tile: those that were chosen, or the newest that run. */

import { ExternalLink, Maximize2, X } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import type { Instance } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { openOwnWindow } from "../../model/console/own-window.ts";
import { consoleOf } from "../../model/console/sessions.ts";
import { useInstances } from "../../model/instances.ts";
import { stateWords } from "../../model/state-words.ts";
import { MOST_TILES, useView } from "../../model/view.ts";
import { useClient } from "../../platform/client.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { useNow } from "../../ui/clock.ts";
import { Nothing, PaneHead } from "../../ui/pane.tsx";
import { StateDot } from "../../ui/state-mark.tsx";
import { ConsoleView } from "./console-pane.tsx";

/** So many are shown before anybody has chosen. */
const AT_FIRST = 4;

export function ConsoleGrid() {
  const all = useInstances((slice) => slice.all);
  const chosen = useView(({ consoles }) => consoles);
  const { showConsoles } = useView.getState();
  const tiles = chosen
    ? chosen.flatMap((id) => all.find((instance) => instance.id === id) ?? [])
    : all.filter(isAlive).slice(0, AT_FIRST);
  const ids = tiles.map(({ id }) => id);
  const toggle = (id: string) => showConsoles(ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]);
  return (
    <section aria-label="Consoles" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <PaneHead>
        <h1>Consoles</h1>
        <div role="toolbar" aria-label="Consoles to show" className="ml-2 flex min-w-0 gap-1 overflow-x-auto">
          {[...all]
            .sort((a, b) => Number(isAlive(b)) - Number(isAlive(a)))
            .map(({ id, name }) => (
              <Button
                key={id}
                look="bare"
                aria-pressed={ids.includes(id)}
                disabled={!ids.includes(id) && ids.length >= MOST_TILES}
                onClick={() => toggle(id)}
              >
                {name}
              </Button>
            ))}
        </div>
      </PaneHead>
      {tiles.length === 0 && (
        <Nothing>{all.length === 0 ? "No instances" : "Choose the consoles to show above."}</Nothing>
      )}
      {tiles.length > 0 && (
        <div
          className="grid min-h-0 flex-1 auto-rows-[minmax(150px,1fr)] gap-px overflow-y-auto bg-line max-wide:grid-cols-1!"
          style={{ gridTemplateColumns: `repeat(${columnsFor(tiles.length)}, minmax(0, 1fr))` }}
        >
          {tiles.map((instance) => (
            <Tile key={instance.id} instance={instance} hide={() => toggle(instance.id)} />
          ))}
        </div>
      )}
    </section>
  );
}

/** As square as can be. */
const columnsFor = (tiles: number) => Math.ceil(Math.sqrt(tiles));

function Tile({ instance, hide }: { instance: Instance; hide: () => void }) {
  const client = useClient();
  const now = useNow();
  const [session] = useState(() => consoleOf(client, instance));
  const following = useStore(session.status, (status) => status.following);
  const { tone, word } = stateWords(instance, now);
  const { id, name } = instance;
  return (
    <article aria-label={name} className="flex min-h-0 min-w-0 flex-col bg-surface">
      <header className="flex h-8 shrink-0 items-center gap-2 pr-1 pl-3 text-s">
        <StateDot tone={tone} />
        <h2 className="truncate font-semibold text-s">{name}</h2>
        <span className="truncate text-fg-3">{word}</span>
        <span className="ml-auto" />
        {!following && (
          <button
            type="button"
            onClick={session.follow}
            className="h-5 shrink-0 rounded-full bg-accent px-2 font-semibold text-accent-fg text-xs"
          >
            follow ⏎
          </button>
        )}
        <IconButton
          icon={Maximize2}
          label={`Open ${name}`}
          onClick={() => useView.getState().openInstance(id, "console")}
        />
        <IconButton icon={ExternalLink} label={`${name} in a new window`} onClick={() => openOwnWindow(id)} />
        <IconButton icon={X} label={`Hide ${name}`} onClick={hide} />
      </header>
      <ConsoleView instance={instance} session={session} />
    </article>
  );
}
