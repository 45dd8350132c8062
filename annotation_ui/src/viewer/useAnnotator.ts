/** Who may write notes on the image that is shown, and on which canvas. */

import { useEffect, useState } from "react";

import { type Session, getSession } from "../api";
import type { Segment } from "./segment";
import type { Description } from "./useDescription";

const LAYER = "/iiif/annotations/3/default/";

/** Nobody where the manifest names no notes of this server, and for parts of an image, whose canvases are others. */
export function useAnnotator(
  current: Segment,
  { manifest }: Extract<Description, { kind: "ready" }>,
): { session: Session; canvas: string; pinned: string } | null {
  const [session, setSession] = useState<Session | null>(null);
  const shown = manifest.items?.[0];
  const offered = shown?.annotations?.some(({ id }) => id.includes(LAYER)) ?? false;
  useEffect(() => {
    if (offered) getSession().then(setSession, () => undefined);
  }, [offered]);
  const may = session?.roles.some((role) => role === "annotate" || role === "curate" || role === "administer");
  if (!may || !shown || current.part.length > 0) return null;
  const service = manifest.thumbnail?.[0]?.service?.[0]?.id ?? "";
  return { session: session as Session, canvas: shown.id, pinned: pinnedTo(service, shown.id) };
}

/** The canvas as the manifest of that revision calls it which an image service pins. */
function pinnedTo(service: string, canvas: string): string {
  const revision = /\/iiif\/3\/[^/@;]+(@[^/;]+)/.exec(service)?.[1];
  return revision ? canvas.replace(/(\/iiif\/presentation\/3\/[^/@;]+)(@[^/;]+)?/, `$1${revision}`) : canvas;
}
