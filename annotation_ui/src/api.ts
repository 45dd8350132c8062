/** What the server says and takes, typed. Every failure is a Failure with a status (0: no answer at all). */

import { here } from "./addresses";

export type ImageState = "converting" | "live" | "failed" | "deleted";

export interface ImageItem {
  identifier: string;
  label: string | null;
  width: number | null;
  height: number | null;
  state: ImageState;
  access: string | null;
  thumbnail: string | null;
  updated: string | null;
  error: string | null;
  /** 0–1 while converting, where known. */
  progress: number | null;
}

export interface ImagePage {
  items: ImageItem[];
  next: string | null;
}

export interface Session {
  name: string | null;
  roles: string[];
}

export class Failure extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** The `detail` or `title` of an RFC 9457 problem, or nothing. */
function problemText(body: string): string {
  try {
    const problem = JSON.parse(body) as { detail?: unknown; title?: unknown };
    return String(problem.detail ?? problem.title ?? "");
  } catch {
    return "";
  }
}

export async function fetchJson<T>(address: string, init?: RequestInit): Promise<T> {
  const response = await fetch(address, init).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new Failure(0, "");
  });
  if (!response.ok) throw new Failure(response.status, problemText(await response.text()));
  return (await response.json()) as T;
}

export function listImages(q: string, cursor: string | null, signal: AbortSignal): Promise<ImagePage> {
  const query = new URLSearchParams({ limit: "60" });
  if (q) query.set("q", q);
  if (cursor) query.set("cursor", cursor);
  return fetchJson<ImagePage>(here(`images?${query}`), { signal });
}

export const getSession = () => fetchJson<Session>(here("session"));

export async function signOut(): Promise<void> {
  const response = await fetch(here("session"), { method: "DELETE" });
  if (!response.ok) throw new Failure(response.status, problemText(await response.text()));
}

export const mayCurate = (session: Session | null) =>
  session?.roles.some((role) => role === "curate" || role === "administer") ?? false;

export async function deleteImage(identifier: string): Promise<void> {
  const address = here(`images/${encodeURIComponent(identifier)}`);
  const response = await fetch(address, { method: "DELETE" });
  if (!response.ok) throw new Failure(response.status, problemText(await response.text()));
}

/** Sends one file as it is; `onProgress` gets 0–1. XMLHttpRequest, because fetch does not tell how far it is. */
export function uploadFile(file: File, identifier: string, onProgress: (part: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ identifier, filename: file.name, label: identifier });
    request.open("POST", here(`uploads?${query}`));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new Failure(0, ""));
    request.onload = () =>
      request.status < 300 ? resolve() : reject(new Failure(request.status, problemText(request.responseText)));
    request.send(file);
  });
}
