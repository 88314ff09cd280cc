/** Makes a private network, or leads to what else a network can be on the host. */

import { type FormEvent, useState } from "react";
import { NetworkName } from "../../../shared/contract/networks.ts";
import { useEngine } from "../../model/engine.ts";
import { useView } from "../../model/view.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { Tick } from "../../ui/tick.tsx";
import { ask, firstBridge, stopAsking, useNetworkQuestion } from "./questions.ts";

export function CreateDialog() {
  const open = useNetworkQuestion(({ asked }) => asked?.about === "creating");
  return (
    <Dialog open={open} onClose={stopAsking} title="New private network">
      <Form onDone={stopAsking} />
      <Others />
    </Dialog>
  );
}

/** Networks that this machine itself is in. */
function Others() {
  const platform = useEngine(({ engine }) => engine?.platform ?? "");
  if (platform.startsWith("darwin"))
    return (
      <div className="border-line border-t px-5 py-3.5 text-fg-2 text-s">
        <p>
          To join the network of this Mac, run an instance with <code>--network vmnet-shared</code>, or with{" "}
          <code>--network vmnet-bridged:en0</code>. macOS lets only root use vmnet, or a QEMU that Apple has entitled to
          it: start Unideck with sudo for that.
        </p>
      </div>
    );
  if (!platform.startsWith("linux")) return null;
  return (
    <div className="flex items-center gap-3 border-line border-t px-5 py-3.5 text-fg-2 text-s">
      <p className="flex-1">A private network exists only on the host. To put instances into your LAN, use a bridge.</p>
      <Button onClick={() => ask({ about: "planning", wish: firstBridge })}>Bridge to the LAN…</Button>
    </div>
  );
}

function Form({ onDone }: { onDone: () => void }) {
  const client = useClient();
  const [name, setName] = useState("");
  const [subnet, setSubnet] = useState("");
  const [wayOut, setWayOut] = useState(true);
  const [failure, setFailure] = useState<string>();
  const isName = NetworkName.safeParse(name).success;
  const create = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await client.networks.create({ name, subnet: subnet.trim() || undefined, wayOut });
      useView.getState().openNetwork(name);
      onDone();
    } catch (error) {
      const { message, hint } = problemOf(error);
      setFailure(`${message}.${hint ? ` ${hint}` : ""}`);
    }
  };
  return (
    <form className="flex flex-col gap-3 px-5 pb-5" onSubmit={(event) => void create(event)}>
      <Field
        label="Name"
        error={name !== "" && !isName ? "Lower-case letters, digits and dashes. Also the DNS domain." : undefined}
      >
        {(tied) => <TextInput {...tied} autoFocus value={name} onChange={({ target }) => setName(target.value)} />}
      </Field>
      <Field label="Subnet" hint="Empty: a free subnet is chosen.">
        {(tied) => (
          <TextInput
            {...tied}
            mono
            placeholder="10.77.1.0/24"
            value={subnet}
            onChange={({ target }) => setSubnet(target.value)}
          />
        )}
      </Field>
      <Tick isOn={wayOut} onChange={setWayOut} inForm>
        Outbound access through the host
      </Tick>
      {failure && (
        <p role="alert" className="text-bad text-s wrap-anywhere">
          {failure}
        </p>
      )}
      <div className="mt-2 flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="main" disabled={!isName}>
          Create
        </Button>
      </div>
    </form>
  );
}
