/** Where things are on this server. Everything is relative to <base>, so that a path prefix works. */

export type Page = { kind: "gallery" } | { kind: "viewer"; segment: string };

/** An address on this server, absolute. */
export function here(path: string): string {
  return new URL(path, document.baseURI).href;
}

/** Which page the address bar asks for. The segment stays percent-encoded, as it goes into every other address. */
export function currentPage(): Page {
  const path = location.pathname.slice(new URL(document.baseURI).pathname.length);
  if (!path.startsWith("view/")) return { kind: "gallery" };
  const segment = path.slice("view/".length).replace(/\/+$/, "").replaceAll("/", "%2F");
  return segment ? { kind: "viewer", segment } : { kind: "gallery" };
}

/** The identifier's text as people read it. */
export function readable(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * The same resource through the origin that this page came from. The server names its resources by its public URL,
 * which may be another name of the same machine, and the page loads nothing from elsewhere.
 */
export function local(address: string): string {
  const start = address.indexOf("/iiif/");
  return start < 0 ? address : here(address.slice(start + 1));
}

export const imageService = (segment: string) => here(`iiif/3/${segment}`);
export const manifestOf = (segment: string) => here(`iiif/presentation/3/${segment}/manifest`);
export const viewOf = (identifier: string) => here(`view/${encodeURIComponent(identifier)}`);
/** The page of a picture, by the segment that names it in every address. */
export const viewOfSegment = (segment: string) => here(`view/${segment}`);
