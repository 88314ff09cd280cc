/** The version of the contract, beside it: a client that asks another process needs no more of the contract than this. */

/** Goes up with every change that an older client would not understand. Checked when a client connects. */
export const CONTRACT_VERSION = 3;
