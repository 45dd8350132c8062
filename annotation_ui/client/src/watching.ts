/** What happens in a container, as it happens: by Server-Sent Events, or by looking again and again. */

import { readEvents } from "./events.ts";
import type { Change } from "./model.ts";
import { type Requester, StoreError, sleep } from "./requests.ts";

export interface WatchOptions {
  /** Seconds between looks at a store that sends no events; 0: it is not looked at. */
  pollS?: number;
  /** Seconds before a stream that broke off is opened again. */
  reopenS?: number;
}

export interface Watching {
  /** From here on no change is missed; never before, so that what is to be shown is loaded after it. */
  ready: Promise<void>;
  stop: () => void;
}

const MINIMAL = 'return=representation;include="http://www.w3.org/ns/ldp#PreferMinimalContainer"';
const NEVER = new Set([401, 403, 410]);

/**
 * Calls `onChange` for each change. After a gap (the stream broke off, or events are not to be had) it is told `any`:
 * what is shown has to be loaded anew. Ends by itself where the container may not be read.
 */
export function watchContainer(
  requester: Requester,
  container: string,
  onChange: (change: Change) => void,
  { pollS = 15, reopenS = 2 }: WatchOptions,
): Watching {
  const ending = new AbortController();
  const watch = new Watch(requester, container, onChange, ending.signal);
  const ended = watch.run(pollS * 1000, reopenS * 1000);
  return { ready: Promise.race([watch.begun, ended]), stop: () => ending.abort() };
}

class Watch {
  readonly begun: Promise<void>;
  #begin: () => void = () => undefined;
  readonly #requester: Requester;
  readonly #container: string;
  readonly #onChange: (change: Change) => void;
  readonly #signal: AbortSignal;

  constructor(requester: Requester, container: string, onChange: (change: Change) => void, signal: AbortSignal) {
    this.#requester = requester;
    this.#container = container;
    this.#onChange = onChange;
    this.#signal = signal;
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  async run(pollMs: number, reopenMs: number): Promise<void> {
    for (let first = true; !this.#signal.aborted; first = false) {
      const status = await this.#follow(!first);
      if (NEVER.has(status)) return;
      if (status === 404 || status === 405) return pollMs > 0 ? this.#poll(pollMs) : undefined;
      await sleep(reopenMs, this.#signal);
    }
  }

  /** Follows the stream to its end; the status of the answer, 0 where none came. */
  async #follow(again: boolean): Promise<number> {
    const answer = await this.#ask(`${this.#container}events`, { accept: "text/event-stream" });
    const type = answer?.headers.get("content-type") ?? "";
    if (!answer?.ok || !answer.body || !type.startsWith("text/event-stream")) {
      await answer?.body?.cancel().catch(() => undefined);
      return answer?.ok ? 404 : (answer?.status ?? 0);
    }
    this.#begin();
    if (again) this.#tell({ kind: "any" });
    try {
      for await (const { event, data } of readEvents(answer.body)) this.#tell(parseChange(event, data));
    } catch {
      // It broke off: it is opened again.
    }
    return answer.status;
  }

  async #poll(pollMs: number): Promise<void> {
    let etag: string | null = null;
    while (!this.#signal.aborted) {
      const conditions: Record<string, string> = etag === null ? {} : { "if-none-match": etag };
      const answer = await this.#ask(this.#container, { prefer: MINIMAL, ...conditions });
      await answer?.body?.cancel().catch(() => undefined);
      if (answer && NEVER.has(answer.status)) return;
      if (answer?.ok) {
        if (etag !== null) this.#tell({ kind: "any" });
        etag = answer.headers.get("etag");
        this.#begin();
      }
      await sleep(pollMs, this.#signal);
    }
  }

  async #ask(url: string, headers: Record<string, string>): Promise<Response | null> {
    try {
      return await this.#requester.send(url, { headers, signal: this.#signal });
    } catch (error) {
      if (error instanceof StoreError || this.#signal.aborted) return null;
      throw error;
    }
  }

  #tell(change: Change | null): void {
    if (change && !this.#signal.aborted) this.#onChange(change);
  }
}

/** The change that an event tells of; null where it is another kind of event. */
export function parseChange(event: string, data: string): Change | null {
  if (event !== "create" && event !== "update" && event !== "delete") return null;
  try {
    const { id, etag } = JSON.parse(data) as { id?: unknown; etag?: unknown };
    if (typeof id !== "string") return null;
    if (event === "delete") return { kind: event, id };
    return { kind: event, id, etag: typeof etag === "string" ? etag : null };
  } catch {
    return null;
  }
}
