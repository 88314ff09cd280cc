/**
 * Ports that the page is served on where no other is asked for. No guest is published there: to a browser, a port is an
 * origin, and what a guest's page leaves in an origin (a service worker, say) would be waiting for ours.
 */

export const FIRST_WEB_PORT = 8470;
export const LAST_WEB_PORT = 8479;

export const isWebPort = (port: number) => port >= FIRST_WEB_PORT && port <= LAST_WEB_PORT;
