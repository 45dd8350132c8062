/** What the server knows of the image that is shown: its info.json, and its manifest for the title and the rights. */

import { useEffect, useState } from "react";

import { imageService, manifestOf, readable } from "../addresses";
import { Failure, fetchJson } from "../api";
import type { Language } from "../language";
import type { ErrorKind } from "../texts/en";

export interface ImageInfo {
  id: string;
  width: number;
  height: number;
  maxWidth?: number;
  maxHeight?: number;
  maxArea?: number;
}

type LanguageMap = Record<string, string[]>;

interface Manifest {
  label?: LanguageMap;
  rights?: string;
  /** By an image service that pins the revision. */
  thumbnail?: { service?: { id?: string }[] }[];
  items?: { id: string; annotations?: { id: string }[] }[];
}

export type Description =
  | { kind: "loading" }
  | { kind: "failed"; error: ErrorKind; detail: string }
  /** `picture`: the segment that this tells of. */
  | { kind: "ready"; picture: string; info: ImageInfo; manifest: Manifest };

const ERRORS: Record<number, ErrorKind> = {
  0: "unreachable",
  400: "badRequest",
  401: "signIn",
  403: "forbidden",
  404: "notFound",
  410: "gone",
  502: "unreachable",
  503: "unreachable",
};

function failed(cause: unknown): Description {
  if (cause instanceof Failure) return { kind: "failed", error: ERRORS[cause.status] ?? "other", detail: cause.message };
  return { kind: "failed", error: "other", detail: String(cause) };
}

async function describe(segment: string): Promise<Description> {
  try {
    const [info, manifest] = await Promise.all([
      fetchJson<ImageInfo>(`${imageService(segment)}/info.json`),
      // The title is worth less than the picture: without a manifest the identifier stands in for it.
      fetchJson<Manifest>(manifestOf(segment)).catch((): Manifest => ({})),
    ]);
    return { kind: "ready", picture: segment, info, manifest };
  } catch (cause) {
    return failed(cause);
  }
}

/** While another picture is loaded, the one before stays described. */
export function useDescription(segment: string): Description {
  const [description, setDescription] = useState<Description>({ kind: "loading" });
  useEffect(() => {
    let wanted = true;
    void describe(segment).then((news) => wanted && setDescription(news));
    return () => {
      wanted = false;
    };
  }, [segment]);
  return description;
}

/** The label in the visitor's language, or in any; the identifier where there is none (Presentation 3.0 §4.1). */
export function titleOf(manifest: Manifest, language: Language, segment: string): string {
  const map = manifest.label ?? {};
  const values = map[language] ?? map["none"] ?? Object.values(map)[0];
  return values?.join(" ") || readable(segment);
}

/** Width of the largest picture that the server hands out whole: Image API 3.0 §5.3. */
export function largestWidth({ width, height, maxWidth, maxHeight, maxArea }: ImageInfo): number {
  const byWidth = (maxWidth ?? width) / width;
  const byHeight = (maxHeight ?? maxWidth ?? height) / height;
  const byArea = Math.sqrt((maxArea ?? width * height) / (width * height));
  return Math.floor(width * Math.min(1, byWidth, byHeight, byArea));
}
