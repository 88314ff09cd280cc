/** Settings: what the contract has, each change saved at once. */

import { type ReactNode, useState } from "react";
import { Settings, type SettingsChange } from "../../../shared/contract/settings.ts";
import { attempt } from "../../app/attempt.ts";
import { useClient } from "../../app/client.tsx";
import { useEngine, useKernels, useSettings } from "../../store/engine.ts";
import { Field, Select, TextInput } from "../../ui/field.tsx";
import { formatBytes } from "../../ui/format.ts";
import { Facts, PaneHead } from "../../ui/pane.tsx";
import { parseSize } from "../build/sizes.ts";
import { kernelName } from "../instances/state-words.ts";

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
          <About />
        </div>
      </div>
    </section>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2.5">
      <h2 className="border-line border-b pb-1.5 font-semibold text-m">{title}</h2>
      {children}
    </section>
  );
}

interface SavedTextProps {
  label: string;
  value: string;
  unit?: string;
  /** Answers what is wrong with the text, if something is. */
  onSave: (text: string) => string | undefined;
}

/** A field that saves when it is left or Enter is pressed, and takes nothing that is wrong. */
function SavedText({ label, value, unit, onSave }: SavedTextProps) {
  const [typed, setTyped] = useState<string>();
  const [error, setError] = useState<string>();
  const save = () => {
    if (typed === undefined || typed === value) return setTyped(undefined);
    const wrong = onSave(typed);
    setError(wrong ?? undefined);
    if (!wrong) setTyped(undefined);
  };
  return (
    <Field label={label} error={error}>
      {(tied) => (
        <span className="flex items-center gap-2">
          <TextInput
            {...tied}
            mono
            className="w-28"
            value={typed ?? value}
            onChange={({ target }) => setTyped(target.value)}
            onBlur={save}
            onKeyDown={({ key }) => key === "Enter" && save()}
          />
          {unit && <span className="text-fg-3 text-s">{unit}</span>}
        </span>
      )}
    </Field>
  );
}

interface NumberFieldProps {
  label: string;
  unit?: string;
  value: number;
  check: (value: number) => boolean;
  rule: string;
  onSave: (value: number) => void;
}

function NumberField({ value, check, rule, onSave, ...rest }: NumberFieldProps) {
  const save = (text: string) => {
    const wanted = Number(text.replaceAll(/\s/g, ""));
    if (!check(wanted)) return rule;
    onSave(wanted);
    return undefined;
  };
  return <SavedText {...rest} value={String(value)} onSave={save} />;
}

function About() {
  const engine = useEngine((slice) => slice.engine);
  const kernels = useKernels((slice) => slice.kernels);
  if (!engine) return null;
  return (
    <Group title="About">
      <Facts
        facts={[
          ["Unideck", engine.version],
          ["Platform", engine.platform],
          ["Home", <code key="home">{engine.home}</code>],
          ["OPS's home", <code key="ops">{engine.opsHome}</code>],
          [
            "Kernels",
            kernels.length === 0
              ? "none found"
              : kernels.map((kernel) => `${kernelName(kernel)} (${formatBytes(kernel.kernelBytes)})`).join(", "),
          ],
        ]}
      />
    </Group>
  );
}
