/** Private networks: instances that reach each other by name, over a switch of their own. */

import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";
import { NETWORK_NAME, RESERVED_NETWORKS } from "../word-rules.ts";
import { ImageName } from "./images.ts";
import { mirrorList } from "./mirror.ts";

/** It is a domain too, so it is a label of one. */
export const NetworkName = z
  .string()
  .regex(NETWORK_NAME)
  .refine((name) => !RESERVED_NETWORKS.includes(name));

export const NetworkMember = z.object({
  /** The instance's id. */
  instance: z.string(),
  /** The name by which others find it. */
  name: ImageName,
  mac: z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
  address: z.ipv4(),
});
export type NetworkMember = z.infer<typeof NetworkMember>;

export const Network = z.object({
  name: NetworkName,
  /** `10.77.1.0/24` */
  subnet: z.string(),
  /** The switch's own address: it answers DHCP and DNS there. */
  address: z.ipv4(),
  /** Whether members reach what this machine can reach. */
  wayOut: z.boolean(),
  /** Whether its switch runs: from the first start of a member on. */
  running: z.boolean(),
  createdAt: z.number().positive(),
  members: z.array(NetworkMember),
});
export type Network = z.infer<typeof Network>;

/** What has gone through, from the guest's side, since the switch began. */
export const Traffic = z.object({
  connected: z.boolean(),
  sentBytes: z.number().int().min(0),
  receivedBytes: z.number().int().min(0),
  sentFrames: z.number().int().min(0),
  receivedFrames: z.number().int().min(0),
  droppedFrames: z.number().int().min(0),
});
export type Traffic = z.infer<typeof Traffic>;

/** What has gone through a guest's interface since its start, as its kernel (Pith) counts it. */
export const InterfaceTraffic = Traffic.omit({ connected: true, droppedFrames: true }).extend({
  /** `en1`: its private networks in their order, bridges, then the card that connects to where this machine can go. */
  name: z.string(),
});
export type InterfaceTraffic = z.infer<typeof InterfaceTraffic>;

/** Of all networks whose switch runs and of all machines that tell, at one moment. */
export const TrafficReport = z.object({
  at: z.number().positive(),
  machines: z.array(z.object({ instance: z.string(), interfaces: z.array(InterfaceTraffic) })).default([]),
  networks: z.array(
    z.object({
      name: NetworkName,
      members: z.array(Traffic.extend({ instance: z.string() })),
      wayOut: Traffic.optional(),
    }),
  ),
});
export type TrafficReport = z.infer<typeof TrafficReport>;

const NetworkInput = z.object({ name: NetworkName });

const calls = {
  list: oc.route({ method: "GET", path: "/networks", summary: "List private networks" }).output(z.array(Network)),
  create: oc
    .route({ method: "POST", path: "/networks", summary: "Create a private network" })
    .input(
      NetworkInput.extend({
        /** Without it, one that nobody uses is chosen. */
        subnet: z.string().max(18).optional(),
        wayOut: z.boolean().default(true),
      }),
    )
    .output(Network)
    .errors(problems("network.exists", "network.invalid", "network.full")),
  /** Its switch ends; members that run go on without it. */
  remove: oc
    .route({ method: "DELETE", path: "/networks/{name}", summary: "Delete a private network" })
    .input(NetworkInput.extend({ force: z.stringbool().or(z.boolean()).default(false) }))
    .output(NetworkInput)
    .errors(problems("network.not-found", "network.in-use")),
  /** Once a second, for as long as somebody looks. */
  traffic: oc
    .route({
      method: "GET",
      path: "/networks/traffic",
      summary: "Subscribe to traffic counters of networks (server-sent events)",
    })
    .input(
      z.object({
        /** Only this one is asked for what went through its interfaces. */
        instance: z.string().min(1).optional(),
      }),
    )
    .output(eventIterator(TrafficReport)),
};

export const networks = { calls, mirror: mirrorList(Network, ({ name }) => name) };
