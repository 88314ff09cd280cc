/**
 * qcow2, version 3, written in one pass and always the same for the same disk (QEMU, docs/interop/qcow2.rst). Pure: the
 * tables in front of the data, and where each cluster of data goes.
 *
 * Clusters in their order: header, refcount table, refcount blocks, L1 table, L2 tables, data.
 */

import { EXTENT_BYTES, type Extent } from "./extents.ts";

const CLUSTER = EXTENT_BYTES;
const CLUSTER_BITS = 16;
const MAGIC = 0x514649fb;
const VERSION = 3;
const HEADER_BYTES = 104;
/** 16-bit counts. */
const REFCOUNT_ORDER = 4;
const COUNTS_PER_BLOCK = CLUSTER / 2;
const ENTRIES_PER_TABLE = CLUSTER / 8;
/** The entry's cluster is used by it alone. */
const COPIED = 1n << 63n;

export interface Qcow2Plan {
  /** All clusters before the data. */
  tables: Buffer;
  /** Where the data begins; the clusters of the extents follow each other from there on, the last one filled with zeros. */
  dataOffset: number;
  totalBytes: number;
}

/** `diskBytes`: of the disk, a multiple of 512. The extents are as `findExtents` gives them. */
export function planQcow2(diskBytes: number, extents: readonly Extent[]): Qcow2Plan {
  const clusters = extents.flatMap(({ offset, length }) =>
    Array.from({ length: Math.ceil(length / CLUSTER) }, (_, i) => offset / CLUSTER + i),
  );
  const l1Entries = Math.ceil(diskBytes / (CLUSTER * ENTRIES_PER_TABLE));
  const l1Clusters = Math.max(1, Math.ceil(l1Entries / ENTRIES_PER_TABLE));
  const l2Tables = [...new Set(clusters.map((cluster) => Math.floor(cluster / ENTRIES_PER_TABLE)))];
  const others = 1 + l1Clusters + l2Tables.length + clusters.length;
  // The counts count themselves.
  let [tableClusters, blocks] = [1, 1];
  for (;;) {
    const total = others + tableClusters + blocks;
    const [neededBlocks, neededTable] = [Math.ceil(total / COUNTS_PER_BLOCK), Math.ceil(blocks / ENTRIES_PER_TABLE)];
    if (neededBlocks <= blocks && neededTable <= tableClusters) break;
    [tableClusters, blocks] = [Math.max(tableClusters, neededTable), Math.max(blocks, neededBlocks)];
  }

  const tableAt = 1;
  const blocksAt = tableAt + tableClusters;
  const l1At = blocksAt + blocks;
  const l2At = l1At + l1Clusters;
  const dataAt = l2At + l2Tables.length;
  const total = dataAt + clusters.length;
  const tables = Buffer.alloc(dataAt * CLUSTER);

  tables.writeUInt32BE(MAGIC, 0);
  tables.writeUInt32BE(VERSION, 4);
  tables.writeUInt32BE(CLUSTER_BITS, 20);
  tables.writeBigUInt64BE(BigInt(diskBytes), 24);
  tables.writeUInt32BE(l1Entries, 36);
  tables.writeBigUInt64BE(BigInt(l1At * CLUSTER), 40);
  tables.writeBigUInt64BE(BigInt(tableAt * CLUSTER), 48);
  tables.writeUInt32BE(tableClusters, 56);
  tables.writeUInt32BE(REFCOUNT_ORDER, 96);
  tables.writeUInt32BE(HEADER_BYTES, 100);

  const put = (cluster: number, entry: number, value: bigint) =>
    tables.writeBigUInt64BE(value, cluster * CLUSTER + entry * 8);
  for (let block = 0; block < blocks; block++) put(tableAt, block, BigInt((blocksAt + block) * CLUSTER));
  for (let cluster = 0; cluster < total; cluster++) tables.writeUInt16BE(1, blocksAt * CLUSTER + cluster * 2);
  const placeOf = new Map(l2Tables.map((table, i) => [table, l2At + i]));
  for (const [table, cluster] of placeOf) put(l1At, table, COPIED | BigInt(cluster * CLUSTER));
  for (const [i, cluster] of clusters.entries()) {
    const table = placeOf.get(Math.floor(cluster / ENTRIES_PER_TABLE)) ?? l2At;
    put(table, cluster % ENTRIES_PER_TABLE, COPIED | BigInt((dataAt + i) * CLUSTER));
  }
  return { tables, dataOffset: dataAt * CLUSTER, totalBytes: total * CLUSTER };
}
