/** What the catalog knows of the picture beyond IIIF: its channels, and the pictures beside it. */

import { useEffect, useState } from "react";

import { here } from "../addresses";
import { fetchJson } from "../api";

export interface Channel {
  name: string;
  color: string;
  low: number;
  high: number;
  minimum: number;
  maximum: number;
  visible: boolean;
}

export interface Samples {
  type: string;
  channels: Channel[];
}

export interface Part {
  name: string;
  label: string;
  width: number;
  height: number;
}

/** Files behind an image that can be had under its address. */
export type FileName = "original" | "pyramid";

export interface Details {
  samples: Samples | null;
  parts: Part[];
  pixelSizeMm: [number, number] | null;
  /** Those that whoever asks may have. */
  files: FileName[];
}

interface Document {
  samples?: Samples | null;
  parts?: Part[];
  pixel_size_mm?: [number, number] | null;
  downloads?: Partial<Record<FileName, string>>;
}

const FILES: FileName[] = ["original", "pyramid"];

const NONE: Details = { samples: null, parts: [], pixelSizeMm: null, files: [] };

/** null until it is known. Without a catalog the picture is shown all the same, by what its tiles hold. */
export function useDetails(image: string): Details | null {
  const [details, setDetails] = useState<Details | null>(null);
  useEffect(() => {
    let wanted = true;
    const [identifier] = image.split("@");
    void fetchJson<Document>(here(`images/${identifier}`))
      .then(({ samples, parts, pixel_size_mm, downloads }) => ({
        samples: samples ?? null,
        parts: parts ?? [],
        pixelSizeMm: pixel_size_mm ?? null,
        files: FILES.filter((file) => downloads?.[file]),
      }))
      .catch(() => NONE)
      .then((news) => wanted && setDetails(news));
    return () => {
      wanted = false;
    };
  }, [image]);
  return details;
}
