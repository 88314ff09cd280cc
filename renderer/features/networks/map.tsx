/** The map: this machine, networks and instances, with what leads from one to the other and how much goes through. */

import "@xyflow/react/dist/style.css";
import {
  Background,
  BaseEdge,
  Controls,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getBezierPath,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  useReactFlow,
  useStore,
} from "@xyflow/react";
import { Cable, Laptop, Network as NetworkIcon, Play } from "lucide-react";
import { useEffect, useMemo } from "react";
import { bridgeKey } from "../../model/bridge-words.ts";
import { useBridges } from "../../model/bridges.ts";
import { useInstances } from "../../model/instances.ts";
import { useNetworks } from "../../model/networks.ts";
import { formatRate, type Rates, useTraffic } from "../../model/traffic.ts";
import { useView } from "../../model/view.ts";
import { cx } from "../../ui/class-names.ts";
import { graphOf, type Lead, type Thing } from "./graph.ts";

type ThingNode = Node<{ thing: Thing }, "thing">;

type LeadEdge = Edge<{ label: string; through: string }, "lead">;

const nodeTypes = { thing: ThingCard };
const edgeTypes = { lead: LeadLine };
const fit = { padding: 0.06, maxZoom: 1 } as const;

export default function NetworkMap() {
  const instances = useInstances(({ all }) => all);
  const networks = useNetworks(({ all }) => all);
  const bridges = useBridges(({ all }) => all);
  const rates = useTraffic((slice) => slice.rates);
  const graph = useMemo(() => graphOf(instances, networks, bridges), [instances, networks, bridges]);
  const nodes = useMemo(() => graph.things.map(nodeOf), [graph]);
  const edges = useMemo(() => graph.leads.map((lead) => edgeOf(lead, rates)), [graph, rates]);
  return (
    <section aria-label="Map of networks" className="h-full min-h-0 w-full">
      <ReactFlow
        // Laid out anew when something comes or goes.
        key={graph.things.map(({ id }) => id).join("|")}
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        fitView
        fitViewOptions={fit}
        minZoom={0.2}
        nodesConnectable={false}
        // The button in each has the focus.
        nodesFocusable={false}
        edgesFocusable={false}
        onNodesChange={() => undefined}
        proOptions={{ hideAttribution: true }}
        className="[--xy-background-color:var(--surface)] [--xy-controls-button-background-color:var(--raised)] [--xy-controls-button-color:var(--fg-2)] [--xy-controls-button-border-color:var(--line)] [--xy-controls-button-background-color-hover:var(--sunken)] [--xy-background-pattern-color:var(--line)]"
      >
        <FitPane />
        <Background gap={20} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </section>
  );
}

/** The whole map stays in sight when its pane becomes another size. */
function FitPane() {
  const { fitView } = useReactFlow();
  const size = useStore(({ width, height }) => `${width} ${height}`);
  useEffect(() => {
    if (size !== "0 0") void fitView(fit);
  }, [fitView, size]);
  return null;
}

function open({ kind, id, title }: Thing): void {
  const { openInstance, selectNetwork } = useView.getState();
  if (kind === "instance") openInstance(id, "network");
  else if (kind === "bridge") selectNetwork(bridgeKey(title));
  else selectNetwork(kind === "network" ? title : undefined);
}

function nodeOf(thing: Thing): ThingNode {
  const { id, x, y } = thing;
  return { id, type: "thing", position: { x, y }, data: { thing }, draggable: false };
}

function edgeOf({ id, from, to, label, isLive, rateKey, isForward }: Lead, rates: Rates): LeadEdge {
  const rate = rateKey === undefined ? undefined : rates[rateKey];
  const through = rate ? formatRate(rate) : "";
  const colour = isLive ? "var(--accent)" : "var(--line-strong)";
  return {
    id,
    type: "lead",
    source: from,
    target: to,
    data: { label, through },
    animated: through !== "",
    style: { stroke: colour, strokeWidth: 1.5 },
    ...(!isForward ? {} : { markerEnd: { type: MarkerType.ArrowClosed, color: colour } }),
  };
}

/** A line, and on its middle what it is and what goes through. */
function LeadLine({ data, style, markerEnd, ...ends }: EdgeProps<LeadEdge>) {
  const [path, x, y] = getBezierPath(ends);
  return (
    <>
      <BaseEdge path={path} style={style} markerEnd={markerEnd} />
      <EdgeLabelRenderer>
        <div
          className="pointer-events-none absolute flex flex-col items-center whitespace-nowrap bg-surface px-1 text-fg-2 text-xs leading-[14px] tabular-nums empty:hidden"
          style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
        >
          {data?.label && <span>{data.label}</span>}
          {data?.through && <span>{data.through}</span>}
        </div>
      </EdgeLabelRenderer>
    </>
  );
}

const icons = { host: Laptop, network: NetworkIcon, bridge: Cable, instance: Play } as const;

const kinds = { host: "", network: "Network ", bridge: "Bridge ", instance: "Instance " } as const;

function ThingCard({ data: { thing } }: NodeProps<ThingNode>) {
  const { kind, title, below } = thing;
  const Icon = icons[kind];
  return (
    <button
      type="button"
      aria-label={`${kinds[kind]}${title}, ${below}`}
      onClick={() => open(thing)}
      className={cx(
        "flex w-44 items-center gap-2.5 rounded-m border bg-raised px-3 py-2 text-left hover:bg-sunken",
        thing.isAlive ? "border-line-strong" : "border-line border-dashed text-fg-3",
      )}
    >
      <Handle type="target" position={Position.Left} className="invisible" />
      <Icon aria-hidden className="size-4 shrink-0 text-fg-2" strokeWidth={1.6} />
      <span className="min-w-0">
        <span className="block truncate font-medium text-m">{title}</span>
        <span className="block truncate text-fg-3 text-xs tabular-nums">{below}</span>
      </span>
      <Handle type="source" position={Position.Right} className="invisible" />
    </button>
  );
}
