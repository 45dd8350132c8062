/** Requests that wait and try again when the store says so. */

const LD_JSON = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"';
const LONGEST_WAIT_S = 30;

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** An RFC 9457 problem. */
export interface Problem {
  type?: string;
  title?: string;
  detail?: string;
  errors?: { pointer: string; rule: string; section: string }[];
  [name: string]: unknown;
}

/** A refusal that is neither a conflict nor 410. `status` is 0 where there was no answer at all. */
export class StoreError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem, cause?: unknown) {
    super(problem.detail ?? problem.title ?? `The store answered ${status}.`, { cause });
    this.name = "StoreError";
    this.status = status;
    this.problem = problem;
  }
}

export interface RequesterOptions {
  /** A token, or what gives the one in force; without it the browser's own cookie goes along to the same origin. */
  token?: string | (() => string | null | undefined) | undefined;
  /** How often a request is sent again after 503 or 429. */
  retries?: number | undefined;
  fetch?: Fetch | undefined;
  /** Waits. */
  sleep?: ((ms: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

export interface Sending {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Resolves after a time, or at once when the signal comes. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}

export class Requester {
  readonly #options: RequesterOptions;

  constructor(options: RequesterOptions) {
    this.#options = options;
  }

  /**
   * Any answer but 503 and 429, which are waited for as long as Retry-After says. Where no answer came, the request is
   * not sent again: it may have been carried out. Throws StoreError.
   */
  async send(url: string, { method = "GET", body, headers = {}, signal }: Sending = {}): Promise<Response> {
    const init: RequestInit = { method, headers: this.#headers(headers, body), credentials: "same-origin" };
    if (signal) init.signal = signal;
    if (body !== undefined) init.body = JSON.stringify(body);
    const most = this.#options.retries ?? 4;
    for (let attempt = 0; ; attempt++) {
      const response = await this.#fetch(url, init);
      if ((response.status !== 503 && response.status !== 429) || attempt >= most) return response;
      await response.body?.cancel();
      await (this.#options.sleep ?? sleep)(waitMs(response.headers.get("retry-after"), attempt), signal);
    }
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    try {
      return await (this.#options.fetch ?? globalThis.fetch)(url, init);
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
      throw new StoreError(0, { title: "No answer from the store." }, cause);
    }
  }

  #headers(given: Record<string, string>, body: unknown): Record<string, string> {
    const { token } = this.#options;
    const secret = typeof token === "function" ? token() : token;
    return {
      accept: LD_JSON,
      ...(body === undefined ? {} : { "content-type": LD_JSON }),
      ...(secret ? { authorization: `Bearer ${secret}` } : {}),
      ...given,
    };
  }
}

/** Retry-After in seconds or as a date (RFC 9110 §10.2.3); without one, twice as long each time. */
function waitMs(retryAfter: string | null, attempt: number): number {
  if (retryAfter === null) return 500 * 2 ** attempt;
  const seconds = Number(retryAfter);
  const wait = Number.isFinite(seconds) ? seconds : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Math.min(Math.max(wait || 0, 0), LONGEST_WAIT_S) * 1000;
}

/** The refusal in an answer. */
export async function refusalOf(response: Response): Promise<StoreError> {
  const text = await response.text();
  try {
    return new StoreError(response.status, JSON.parse(text) as Problem);
  } catch {
    return new StoreError(response.status, { title: `The store answered ${response.status}.` });
  }
}
