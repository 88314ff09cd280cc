/** The hypervisors that this engine drives, the default one first. Nothing else imports from a driver's folder. */

import type { DriverMaker, GatewayDriver } from "./hypervisors/driver.ts";
import { qemuGateway } from "./hypervisors/qemu/gateway.ts";
import { qemuDriver } from "./hypervisors/qemu/qemu.ts";

export const drivers: readonly [DriverMaker, ...DriverMaker[]] = [qemuDriver];

/** Private networks reach the host's networks through QEMU's user mode, whatever runs their machines. */
export const gateway: GatewayDriver = qemuGateway;
