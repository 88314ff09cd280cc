/** How a container image is told from a program by what a person typed or dropped. Pure. */

/** A file as `docker save` and `podman save` write it. */
export const isContainerArchive = (name: string) => /\.(?:tar|tar\.gz|tgz)$/i.test(name);

/** `docker://…`, or the name of an image with its registry, such as `docker.io/library/redis:8`: a registry has a dot or a port. */
export const isRegistryReference = (text: string) =>
  text.startsWith("docker://") ||
  /^(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|localhost|[A-Za-z0-9.-]+:\d+)(?::\d+)?\/\S+$/.test(text);
