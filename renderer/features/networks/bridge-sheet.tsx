/** Sets up a bridge: what it is to be, then the plan with every command, then the consent. */

import { X } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { type BridgeHost, BridgeName, type BridgePlan, type BridgeSpec } from "../../../shared/contract/bridges.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { shellLine } from "../../../shared/shell-words.ts";
import { CONFIRM_SECONDS } from "../../../shared/word-rules.ts";
import { applyCommand, bridgeKey } from "../../model/bridge-words.ts";
import { useView } from "../../model/view.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Sheet } from "../../ui/dialog.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { CopyButton, Note, ProblemNote } from "../../ui/note.tsx";
import { Select } from "../../ui/select.tsx";
import { PlanSteps } from "./plan-steps.tsx";
import { stopAsking, useNetworkQuestion } from "./questions.ts";

/** A consent that is missing may be out of sight: it stands below the plan. */
const wordsBefore = ({ consent }: BridgePlan, isConsented: boolean) =>
  isConsented
    ? `Undone after ${CONFIRM_SECONDS} s unless you confirm it.`
    : `Below the plan, agree that it is ${consent?.interface}.`;

export function BridgeSheet() {
  const wish = useNetworkQuestion(({ asked }) => (asked?.about === "planning" ? asked.wish : undefined));
  return wish && <Opened key={wish.name} first={wish} />;
}

function Opened({ first }: { first: BridgeSpec }) {
  const client = useClient();
  const [wish, setWish] = useState(first);
  const [host, setHost] = useState<BridgeHost>();
  const [plan, setPlan] = useState<BridgePlan>();
  const [consent, setConsent] = useState("");
  const [problem, setProblem] = useState<ProblemReport>();
  /** What is waited for. */
  const [waiting, setWaiting] = useState<string>();
  useEffect(() => {
    client.bridges.host().then(setHost, (error: unknown) => setProblem(problemOf(error)));
  }, [client]);
  const change = (part: Partial<BridgeSpec>) => {
    setWish({ ...wish, ...part });
    // A plan is of one wish.
    setPlan(undefined);
    setConsent("");
  };
  const attemptTo = async (what: string, work: () => Promise<void>) => {
    setProblem(undefined);
    setWaiting(what);
    await work().catch((error: unknown) => setProblem(problemOf(error)));
    setWaiting(undefined);
  };
  const show = () => attemptTo("Reading the host's network…", async () => setPlan(await client.bridges.plan({ wish })));
  const apply = ({ digest }: BridgePlan) =>
    attemptTo(host?.way === "root" ? "Applying…" : "Waiting for permission (root)…", async () => {
      await client.bridges.apply({ wish, digest, consent: consent || undefined });
      stopAsking();
      useView.getState().openNetwork(bridgeKey(wish.name));
    });
  const isName = BridgeName.safeParse(wish.name).success;
  const isConsented = plan?.consent === undefined || consent === plan.consent.interface;
  const canApply = host !== undefined && host.way !== "terminal" && host.install === undefined;
  return (
    <Sheet
      open
      onClose={stopAsking}
      focusNext={() => true}
      title={
        <>
          New bridge <span className="font-medium text-fg-2">{wish.name}</span>
        </>
      }
      tools={<IconButton icon={X} label="Close" onClick={stopAsking} />}
      foot={
        <>
          <span role="status" className="text-fg-3 text-s">
            {waiting ?? (plan ? wordsBefore(plan, isConsented) : "Showing the plan changes nothing.")}
          </span>
          <Button
            className="ml-auto"
            look={plan ? "plain" : "main"}
            disabled={!isName || waiting !== undefined}
            onClick={show}
          >
            {plan ? "Update plan" : "Show the plan"}
          </Button>
          {plan && (
            <Button
              look="main"
              disabled={!isConsented || waiting !== undefined || !canApply}
              onClick={() => apply(plan)}
            >
              Apply
            </Button>
          )}
        </>
      }
    >
      <p className="text-fg-2">
        On a bridge, instances join this computer's network: each has an address there, and every host in that network
        can reach them.
      </p>
      <Fields wish={wish} host={host} isName={isName} onChange={change} />
      {problem && <ProblemNote problem={problem} />}
      {plan && <PlanSteps plan={plan} />}
      {plan?.consent && <Consent consent={plan.consent} value={consent} onChange={setConsent} />}
      {plan && host && !canApply && <Terminal host={host} command={applyCommand(wish, plan.consent?.interface)} />}
    </Sheet>
  );
}

/** No name of an interface. */
const NO_UPLINK = "";

interface FieldsProps {
  wish: BridgeSpec;
  host: BridgeHost | undefined;
  isName: boolean;
  onChange: (part: Partial<BridgeSpec>) => void;
}

function Fields({ wish, host, isName, onChange }: FieldsProps) {
  const uplink = host?.interfaces.find(({ name }) => name === wish.uplink);
  return (
    <>
      <Field label="Name" error={isName ? undefined : "At most 10 lower-case letters, digits and dashes."}>
        {(tied) => (
          <TextInput {...tied} value={wish.name} onChange={({ target }) => onChange({ name: target.value })} />
        )}
      </Field>
      <Field
        label="Uplink"
        hint={
          uplink?.reasons.map((reason) => `${reason}.`).join(" ") ||
          "The interface that connects the bridge to its network."
        }
      >
        {(tied) => (
          <Select
            {...tied}
            value={wish.uplink ?? NO_UPLINK}
            onChange={(uplink) => onChange({ uplink: uplink === NO_UPLINK ? undefined : uplink })}
            options={[
              { value: NO_UPLINK, words: "None: instances and this computer only" },
              ...(host?.interfaces ?? []).map(({ name, addresses, refusal }) => ({
                value: name,
                words: [name, ...(refusal ? [refusal] : addresses)].join(" · "),
                disabled: refusal !== undefined,
              })),
            ]}
          />
        )}
      </Field>
      {wish.uplink === undefined && (
        <Field label="Address" hint="The host's address on the bridge. Instances get other addresses of that subnet.">
          {(tied) => (
            <TextInput
              {...tied}
              mono
              placeholder="10.20.0.1/24"
              value={wish.address ?? ""}
              onChange={({ target }) => onChange({ address: target.value.trim() || undefined })}
            />
          )}
        </Field>
      )}
      <Field label="Seats" hint="How many instances can use the bridge at once.">
        {(tied) => (
          <Select
            {...tied}
            className="self-start"
            value={String(wish.seats)}
            onChange={(seats) => onChange({ seats: Number(seats) })}
            options={[...new Set([1, 2, 4, 8, 16, wish.seats])].map((count) => ({
              value: String(count),
              words: String(count),
            }))}
          />
        )}
      </Field>
    </>
  );
}

interface ConsentProps {
  consent: NonNullable<BridgePlan["consent"]>;
  value: string;
  onChange: (value: string) => void;
}

function Consent({ consent, value, onChange }: ConsentProps) {
  const id = useId();
  return (
    <Note tone="bad" title={`${consent.interface} is in use by the host`}>
      {consent.reasons.map((reason) => (
        <p key={reason}>{reason}.</p>
      ))}
      <p className="mt-1">If this fails, the host has no network until the change is undone automatically.</p>
      <label htmlFor={id} className="mt-2 block">
        Type <code>{consent.interface}</code> to agree:
      </label>
      <TextInput
        id={id}
        mono
        className="mt-1 w-40"
        value={value}
        onChange={({ target }) => onChange(target.value.trim())}
      />
    </Note>
  );
}

/** Root's rights can't be had from here. */
function Terminal({ host, command }: { host: BridgeHost; command: string }) {
  const first = host.install && shellLine(host.install);
  return (
    <Note
      tone="busy"
      title={first ? "The network helper is not installed yet" : "This needs a terminal"}
      action={<CopyButton text={[first, command].filter(Boolean).join("\n")}>Copy</CopyButton>}
    >
      <p>
        {first
          ? "It runs as root, so it must be installed where only root can change it. Run once in a terminal:"
          : "It needs root, and pkexec, which asks for permission in a window, is not installed."}
      </p>
      <code className="mt-1 block font-mono text-xs wrap-anywhere">{first ?? command}</code>
    </Note>
  );
}
