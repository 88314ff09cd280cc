/** Steps of a bridge's plan: the words of the helper (resources/network/unideck-network-helper), and what each changes. Pure. */

export interface AddressStep {
  cidr: string;
  broadcast: string | undefined;
  scope: string;
  label: string | undefined;
  /** `noprefixroute`, `home`, `mngtmpaddr`, `nodad`, `metric100`. */
  flags: string[];
  /** Seconds; undefined without end. */
  valid: number | undefined;
  preferred: number | undefined;
}

export interface RouteStep {
  family: 4 | 6;
  to: string;
  via: string | undefined;
  protocol: string;
  scope: string | undefined;
  source: string | undefined;
  metric: number | undefined;
  onlink: boolean;
}

export type Step =
  | { kind: "bridge"; name: string; mac: string }
  | { kind: "tap"; name: string; user: number }
  | { kind: "join"; port: string; bridge: string }
  | { kind: "up"; name: string }
  | { kind: "address-add" | "address-del"; device: string; address: AddressStep }
  | { kind: "route-add" | "route-del"; device: string; route: RouteStep };

/** The helper's words for a step. */
export function wordsOf(step: Step): string[] {
  switch (step.kind) {
    case "bridge":
      return ["bridge", step.name, step.mac];
    case "tap":
      return ["tap", step.name, String(step.user)];
    case "join":
      return ["join", step.port, step.bridge];
    case "up":
      return ["up", step.name];
    case "address-add":
    case "address-del": {
      const { cidr, broadcast, scope, label, flags, valid, preferred } = step.address;
      const rest = [orNone(broadcast), scope, orNone(label), orNone(flags.join(",")), orNone(valid), orNone(preferred)];
      return [step.kind, step.device, cidr, ...rest];
    }
    case "route-add":
    case "route-del": {
      const { family, to, via, protocol, scope, source, metric, onlink } = step.route;
      const rest = [orNone(via), protocol, orNone(scope), orNone(source), orNone(metric), onlink ? "onlink" : "-"];
      return [step.kind, step.device, to === "default" ? `default${family}` : to, ...rest];
    }
  }
}

const orNone = (value: string | number | undefined) => (value === undefined || value === "" ? "-" : String(value));

/** What a step changes, for people. */
export function changesOf(step: Step): string {
  switch (step.kind) {
    case "bridge":
      return `Creates ${step.name}, a software switch on the host`;
    case "tap":
      return `Creates ${step.name}, which connects one of your instances`;
    case "join":
      return `Connects ${step.port} to ${step.bridge}`;
    case "up":
      return `Brings ${step.name} up`;
    case "address-add":
      return `Adds the host address ${step.address.cidr} to ${step.device}`;
    case "address-del":
      return `Removes the host address ${step.address.cidr} from ${step.device}`;
    case "route-add":
      return `Routes ${destination(step.route)} through ${step.device}`;
    case "route-del":
      return `Removes the route to ${destination(step.route)} through ${step.device}`;
  }
}

const destination = ({ to, family }: RouteStep) =>
  to === "default" ? (family === 4 ? "all other destinations" : "all other destinations (IPv6)") : to;
