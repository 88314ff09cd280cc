/** The forwards of an instance: a table, and a row to add one. */

import { Plus, X } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { type Instance, PortForward } from "../../../shared/contract/instances.ts";
import { isAlive, isLoopbackOnly, isReady } from "../../../shared/instance-state.ts";
import { addressOf, PortAddress } from "../../frame/port-address.tsx";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { TextInput } from "../../ui/field.tsx";
import { CopyButton } from "../../ui/note.tsx";
import { Select } from "../../ui/select.tsx";
import { Chip } from "../../ui/state-mark.tsx";
import { Part } from "./part.tsx";

export function Ports({ instance }: { instance: Instance }) {
  const { ports, pendingPorts } = instance;
  const [failure, setFailure] = useState<string>();
  const tell = async (change: () => Promise<unknown>): Promise<boolean> => {
    try {
      await change();
      setFailure(undefined);
      return true;
    } catch (error) {
      const { message, hint } = problemOf(error);
      setFailure(`${message}.${hint ? ` ${hint}` : ""}`);
      return false;
    }
  };
  return (
    <Part title="Ports">
      {ports.length + pendingPorts.length === 0 && <p className="text-fg-3">No published ports.</p>}
      <ul aria-label="Published ports" className="flex flex-col divide-y divide-line">
        {ports.map((port) => (
          <Row key={keyOf(port)} instance={instance} port={port} tell={tell} />
        ))}
        {pendingPorts.map((port) => (
          <Row key={`later ${keyOf(port)}`} instance={instance} port={port} tell={tell} isPending />
        ))}
      </ul>
      {pendingPorts.length > 0 && (
        <p className="text-fg-3 text-s">
          The virtual machine has no network card. These ports are published after a restart.
        </p>
      )}
      {ports.some((port) => isLoopbackOnly(instance, port)) && (
        <p className="text-fg-3 text-s">
          No port forward reaches a server that listens on 127.0.0.1 inside the guest. Make the program listen on
          0.0.0.0.
        </p>
      )}
      <AddPort instance={instance} tell={tell} />
      {failure && (
        <p role="alert" className="text-bad text-s wrap-anywhere">
          {failure}
        </p>
      )}
    </Part>
  );
}

const keyOf = ({ protocol, hostAddress, host, guest }: PortForward) => `${protocol} ${hostAddress}:${host} ${guest}`;

type Tell = (change: () => Promise<unknown>) => Promise<boolean>;

interface RowProps {
  instance: Instance;
  port: PortForward;
  tell: Tell;
  isPending?: boolean;
}

function Row({ instance, port, tell, isPending = false }: RowProps) {
  const client = useClient();
  const { hostAddress, host, guest, protocol } = port;
  const alive = isAlive(instance) && !isPending;
  return (
    <li className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 py-1">
      <span className="min-w-44">
        <PortAddress port={port} alive={alive} />
      </span>
      <span className="text-fg-2 tabular-nums">
        → {guest} <span className="text-fg-3 text-s">{protocol}</span>
      </span>
      {alive && <Reached instance={instance} port={port} />}
      {isPending && <Chip tone="busy">after a restart</Chip>}
      <span className="ml-auto flex items-center gap-1">
        {alive && protocol === "tcp" && <CopyButton text={addressOf(port)}>Copy</CopyButton>}
        <IconButton
          icon={X}
          label={`Remove port ${host === 0 ? guest : host}`}
          onClick={() =>
            void tell(() => client.instances.removePort({ id: instance.id, protocol, host, hostAddress, guest }))
          }
        />
      </span>
    </li>
  );
}

/** Whether something in the guest answers there. */
function Reached({ instance, port }: { instance: Instance; port: PortForward }) {
  if (isReady(instance, port)) return <Chip tone="ok">ready</Chip>;
  if (!isLoopbackOnly(instance, port)) return <Chip tone="off">nobody listens yet</Chip>;
  return <Chip tone="busy">listens on 127.0.0.1 only</Chip>;
}

function AddPort({ instance, tell }: { instance: Instance; tell: Tell }) {
  const client = useClient();
  const empty = { guest: "", host: "", hostAddress: "127.0.0.1", protocol: "tcp" };
  const [text, setText] = useState(empty);
  const forward = PortForward.safeParse({ ...text, host: Number(text.host || 0), guest: Number(text.guest) }).data;
  const add = async (event: FormEvent) => {
    event.preventDefault();
    if (forward && (await tell(() => client.instances.addPort({ id: instance.id, forward })))) setText(empty);
  };
  return (
    <form aria-label="Add a port" onSubmit={(event) => void add(event)} className="flex flex-wrap items-center gap-2.5">
      <PortNumber
        label="Guest port"
        placeholder="8080"
        value={text.guest}
        onChange={(guest) => setText({ ...text, guest })}
      />
      <PortNumber
        label="Host port"
        placeholder="any free port"
        value={text.host}
        onChange={(host) => setText({ ...text, host })}
      />
      <Select
        aria-label="Accessible from"
        value={text.hostAddress}
        onChange={(hostAddress) => setText({ ...text, hostAddress })}
        options={[
          { value: "127.0.0.1", words: "this computer only" },
          { value: "0.0.0.0", words: "the whole network" },
        ]}
      />
      <Select
        aria-label="Protocol"
        value={text.protocol}
        onChange={(protocol) => setText({ ...text, protocol })}
        options={[
          { value: "tcp", words: "TCP" },
          { value: "udp", words: "UDP" },
        ]}
      />
      <Button type="submit" icon={Plus} disabled={!forward}>
        Add
      </Button>
    </form>
  );
}

interface PortNumberProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
}

function PortNumber({ label, placeholder, value, onChange }: PortNumberProps) {
  const id = useId();
  return (
    <span className="flex items-center gap-2">
      <label htmlFor={id} className="text-fg-2">
        {label}
      </label>
      <TextInput
        id={id}
        mono
        inputMode="numeric"
        className="w-20"
        placeholder={placeholder}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
    </span>
  );
}
