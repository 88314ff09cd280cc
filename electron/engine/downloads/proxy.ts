/** Downloads go through the proxy that the environment names, as those of other tools do. */

const LOOPBACK = "localhost,127.0.0.1,::1";

let isHonoured = false;

/** Leads all requests of this process, but those to itself, through HTTP_PROXY and HTTPS_PROXY where these are set. */
export function honourProxy(environment: NodeJS.ProcessEnv = process.env): () => void {
  const http = process.getBuiltinModule("node:http");
  const { HTTP_PROXY = environment.http_proxy, HTTPS_PROXY = environment.https_proxy } = environment;
  // Node has this from 24.14 on. An older one goes without.
  if (!(HTTP_PROXY || HTTPS_PROXY) || typeof http.setGlobalProxyFromEnv !== "function") return () => {};
  const own = environment.NO_PROXY ?? environment.no_proxy;
  const NO_PROXY = own ? `${own},${LOOPBACK}` : LOOPBACK;
  return http.setGlobalProxyFromEnv({
    NO_PROXY,
    ...(HTTP_PROXY && { HTTP_PROXY }),
    ...(HTTPS_PROXY && { HTTPS_PROXY }),
  });
}

/** The same, once in the life of the process. */
export function honourProxyOnce(): void {
  if (!isHonoured) honourProxy();
  isHonoured = true;
}
