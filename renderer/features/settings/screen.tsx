/** Settings: what the contract has, each change saved at once. */

import { Settings, type SettingsChange } from "../../../shared/contract/settings.ts";
import { attempt } from "../../app/attempt.ts";
import { useClient } from "../../app/client.tsx";
import { useEngine, useSettings } from "../../store/engine.ts";
import { Field, Select } from "../../ui/field.tsx";
import { formatBytes } from "../../ui/format.ts";
import { Facts, PaneHead } from "../../ui/pane.tsx";
import { parseSize } from "../build/sizes.ts";
import { Group, NumberField, SavedText } from "./fields.tsx";
import { Kernels } from "./kernels.tsx";

export function SettingsScreen() {
  const client = useClient();
  const settings = useSettings((slice) => slice.settings);
  const change = (what: SettingsChange) => void attempt(() => client.settings.change(what));
  return (
    <section aria-label="Settings" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <PaneHead>
        <h1>Settings</h1>
      </PaneHead>
      <div className="min-h-0 flex-1 overflow-y-auto px-6 py-5">
        <div className="flex max-w-[640px] flex-col gap-7">
          <Group title="Appearance">
            <Field label="Theme">
              {(tied) => (
                <Select
                  {...tied}
                  className="w-56"
                  value={settings.appearance.theme}
                  onChange={({ target }) => {
                    const theme = Settings.shape.appearance.shape.theme.safeParse(target.value);
                    if (theme.success) change({ appearance: { theme: theme.data } });
                  }}
                >
                  <option value="system">As the system has it</option>
                  <option value="light">Light</option>
                  <option value="dark">Dark</option>
                </Select>
              )}
            </Field>
          </Group>
          <Group title="Console">
            <NumberField
              label="Font size"
              unit="px"
              value={settings.console.fontSizePx}
              onSave={(fontSizePx) => change({ console: { fontSizePx } })}
              check={(px) => Settings.shape.console.shape.fontSizePx.safeParse(px).success}
              rule="From 8 to 32."
            />
            <NumberField
              label="Scrollback"
              unit="lines"
              value={settings.console.scrollbackLines}
              onSave={(scrollbackLines) => change({ console: { scrollbackLines } })}
              check={(lines) => Settings.shape.console.shape.scrollbackLines.safeParse(lines).success}
              rule="From 1000 to 1 000 000."
            />
          </Group>
          <Group title="New instances">
            <SavedText
              label="Memory"
              value={formatBytes(settings.newInstances.memoryBytes)}
              onSave={(text) => {
                const memoryBytes = parseSize(text);
                if (!Settings.shape.newInstances.shape.memoryBytes.safeParse(memoryBytes).success)
                  return "At least 8 MB.";
                change({ newInstances: { memoryBytes } });
                return undefined;
              }}
            />
            <NumberField
              label="CPUs"
              value={settings.newInstances.cpus}
              onSave={(cpus) => change({ newInstances: { cpus } })}
              check={(cpus) => Settings.shape.newInstances.shape.cpus.safeParse(cpus).success}
              rule="From 1 to 64."
            />
          </Group>
          <Kernels onAddress={(releaseAddress) => change({ kernels: { releaseAddress } })} />
          <About />
        </div>
      </div>
    </section>
  );
}

function About() {
  const engine = useEngine((slice) => slice.engine);
  if (!engine) return null;
  return (
    <Group title="About">
      <Facts
        facts={[
          ["Unideck", engine.version],
          ["Platform", engine.platform],
          ["Home", <code key="home">{engine.home}</code>],
          ["OPS's home", <code key="ops">{engine.opsHome}</code>],
        ]}
      />
    </Group>
  );
}
