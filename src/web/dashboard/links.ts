/** The page of a lead: the only place where an address stands in a URL of ours. */
export function leadPath(email: string): string {
  return `/leads/${encodeURIComponent(email)}`;
}

/** Asks whether that lead shall be forgotten. */
export function forgetPath(email: string): string {
  return `${leadPath(email)}/forget`;
}

export function sequencePath(name: string): string {
  return `/sequences/${encodeURIComponent(name)}`;
}

export function segmentPath(name: string): string {
  return `/segments/${encodeURIComponent(name)}`;
}

export function mailPath(message: number): string {
  return `/mailbox/${message}`;
}

export function versionPath(version: string): string {
  return `/versions/${version.slice(0, 12)}`;
}

/** A path with a query of those parameters that say something. */
export function withQuery(
  path: string,
  parameters: Readonly<Record<string, string | null | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** Never to another site: `//elsewhere` and `/\elsewhere` are read as one by browsers. */
export function isOwnPath(path: unknown): path is string {
  return typeof path === "string" && /^\/(?![/\\])[\x21-\x7e]*$/.test(path);
}
