/** Settings: what the contract has, each change saved at once. */

import { Settings, type SettingsChange } from "../../../shared/contract/settings.ts";
import { useEngine, useSettings } from "../../model/engine.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { Field } from "../../ui/field.tsx";
import { Facts, PaneHead } from "../../ui/pane.tsx";
import { Select } from "../../ui/select.tsx";
import { Tick } from "../../ui/tick.tsx";
import { Group, NumberField, SavedText, SizeField } from "./fields.tsx";
import { Kernels } from "./kernels.tsx";
import { Updates } from "./updates.tsx";

const limits = [
  ["Console log", "consoleLogBytes"],
  ["Trace log", "traceLogBytes"],
  ["Capture", "captureBytes"],
  ["Upload", "stagedUploadBytes"],
] as const;

export function SettingsScreen() {
  const client = useClient();
  const settings = useSettings((slice) => slice.settings);
  const engine = useEngine((slice) => slice.engine);
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
                  onChange={(theme) => change({ appearance: { theme } })}
                  options={[
                    { value: "system", words: "System" },
                    { value: "light", words: "Light" },
                    { value: "dark", words: "Dark" },
                  ]}
                />
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
            <Tick
              inForm
              isOn={settings.console.copyWithControlC}
              onChange={(copyWithControlC) => change({ console: { copyWithControlC } })}
            >
              Ctrl+C copies the selected text
            </Tick>
          </Group>
          <Group title="Desktop application">
            <Tick
              inForm
              isOn={settings.desktop.launchAtLogin}
              onChange={(launchAtLogin) => change({ desktop: { launchAtLogin } })}
            >
              Start at login, in the background
            </Tick>
          </Group>
          <Group title="Folders">
            <SavedText
              label="OPS home"
              wide
              value={settings.homes.ops ?? engine?.opsHome ?? ""}
              onSave={(text) => {
                const ops = text.trim() === "" ? null : text.trim();
                if (!Settings.shape.homes.shape.ops.safeParse(ops).success)
                  return "Absolute path. Empty: the default location.";
                change({ homes: { ops } });
                return undefined;
              }}
            />
            <p className="text-fg-3 text-s">
              {settings.homes.ops !== null && settings.homes.ops !== engine?.opsHome
                ? `It applies at the next start; until then ${engine?.opsHome} is used.`
                : "Folder for images and kernels, shared with OPS. Changes apply at the next start. OPS_HOME overrides it."}
            </p>
          </Group>
          <Group title="Images">
            <Tick inForm isOn={settings.images.shared} onChange={(shared) => change({ images: { shared } })}>
              Other accounts of this computer may read images
            </Tick>
            <p className="text-fg-3 text-s">
              An image contains a copy of every added file, including private ones. Images that OPS made keep their
              permissions.
            </p>
          </Group>
          <Group title="New instances">
            <SizeField
              label="Memory"
              rule="At least 8 MB."
              value={settings.newInstances.memoryBytes}
              check={(bytes) => Settings.shape.newInstances.shape.memoryBytes.safeParse(bytes).success}
              onSave={(memoryBytes) => change({ newInstances: { memoryBytes } })}
            />
            <NumberField
              label="CPUs"
              value={settings.newInstances.cpus}
              onSave={(cpus) => change({ newInstances: { cpus } })}
              check={(cpus) => Settings.shape.newInstances.shape.cpus.safeParse(cpus).success}
              rule="From 1 to 64."
            />
          </Group>
          <Group title="Limits">
            {limits.map(([label, key]) => (
              <SizeField
                key={key}
                label={label}
                rule="At least 1 MB."
                value={settings.limits[key]}
                check={(bytes) => Settings.shape.limits.shape[key].safeParse(bytes).success}
                onSave={(bytes) => change({ limits: { [key]: bytes } })}
              />
            ))}
            <p className="text-fg-3 text-s">Maximum sizes of console logs, trace logs, packet captures and uploads.</p>
          </Group>
          <Kernels onAddress={(releaseAddress) => change({ kernels: { releaseAddress } })} />
          <Updates address={settings.updates.address} onAddress={(address) => change({ updates: { address } })} />
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
          ["OPS home", <code key="ops">{engine.opsHome}</code>],
        ]}
      />
    </Group>
  );
}
