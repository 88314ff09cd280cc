/**
 * What names and numbers a person may type, where the contract and the command line say the same. Without schemas: every
 * command loads this.
 */

/** Less can't hold the smallest kernel and program. */
export const MIN_MEMORY_BYTES = 8 * 2 ** 20;

/** How long a bridge stands that nobody confirms. */
export const CONFIRM_SECONDS = 30;

/** An image's: a file name everywhere. */
export const IMAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
export const MAX_IMAGE_NAME = 200;

export const isImageName = (text: string) => IMAGE_NAME.test(text) && text.length <= MAX_IMAGE_NAME;

/** As the kernel allows it, less what would be odd on a command line. */
export const INTERFACE_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,14}$/;

/** A private network's: it is a domain too, so it is a label of one. */
export const NETWORK_NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Words that mean something else where a network is asked for. */
export const RESERVED_NETWORKS: readonly string[] = ["auto", "user", "restricted", "none", "vmnet-shared"];

export const isNetworkName = (text: string) => NETWORK_NAME.test(text) && !RESERVED_NETWORKS.includes(text);
