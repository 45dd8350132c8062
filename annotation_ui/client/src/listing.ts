/** A container's annotations, page by page (Web Annotation Protocol §4.2, §4.3). */

import type { Annotation, StoredAnnotation } from "./model.ts";
import { type Requester, refusalOf } from "./requests.ts";
import { isAbout } from "./targets.ts";

interface Paged {
  first?: string | Paged;
  next?: string | { id?: string };
  items?: (string | StoredAnnotation)[];
}

/**
 * Pages of the annotations that are about `target`, or of all. The store looks for them; one that cannot is asked for
 * all, and the others are left out here. Throws StoreError.
 */
export async function* listPages(
  requester: Requester,
  container: string,
  target: string | null,
  signal?: AbortSignal,
): AsyncGenerator<StoredAnnotation[], void, undefined> {
  const wanted = (annotation: Annotation) => target === null || isAbout(annotation, target);
  for await (const page of documents(requester, container, target, signal)) {
    const items = (page.items ?? []).filter((item): item is StoredAnnotation => typeof item !== "string");
    yield items.filter(wanted);
  }
}

async function* documents(
  requester: Requester,
  container: string,
  target: string | null,
  signal: AbortSignal | undefined,
): AsyncGenerator<Paged, void, undefined> {
  let page = firstOf(await begin(requester, container, target, signal));
  while (page !== undefined) {
    const document: Paged = typeof page === "string" ? await read(requester, page, signal) : page;
    yield document;
    page = typeof document.next === "object" ? document.next.id : document.next;
  }
}

/** A search may answer with a page at once, a container has its first one in it. */
const firstOf = (document: Paged): string | Paged | undefined => (document.items ? document : document.first);

async function begin(
  requester: Requester,
  container: string,
  target: string | null,
  signal: AbortSignal | undefined,
): Promise<Paged> {
  if (target === null) return read(requester, container, signal);
  const answer = await requester.send(`${container}?${new URLSearchParams({ target })}`, { signal });
  if (answer.ok) return (await answer.json()) as Paged;
  const refusal = await refusalOf(answer);
  if (refusal.status !== 400 || refusal.problem["parameter"] !== "target") throw refusal;
  return read(requester, container, signal);
}

async function read(requester: Requester, url: string, signal: AbortSignal | undefined): Promise<Paged> {
  const answer = await requester.send(url, { signal });
  if (!answer.ok) throw await refusalOf(answer);
  return (await answer.json()) as Paged;
}
