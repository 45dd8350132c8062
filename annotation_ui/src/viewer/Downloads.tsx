/** Links to the files behind an image, for those whom the server lets have them. */

import { useEffect, useState } from "react";

import { here } from "../addresses";
import { fetchJson } from "../api";
import { Icon } from "../icons";
import { useSpeech } from "../language";

type FileName = "original" | "pyramid";

interface Details {
  downloads?: Partial<Record<FileName, string>>;
}

export function Downloads({ segment }: { segment: string }) {
  const { texts } = useSpeech();
  const files = useFiles(segment);
  return files.map((file) => (
    // The address is made here: the server's is its public one, which may be another name of the same machine.
    <a key={file} className="download" href={here(`images/${shownRevision(segment)}/${file}`)}>
      <Icon name="download" />
      <span>
        {texts.files[file]}
        <small>{texts.fileHints[file]}</small>
      </span>
    </a>
  ));
}

/** Which files may be had; none as long as nobody has said so. */
function useFiles(segment: string): FileName[] {
  const [files, setFiles] = useState<FileName[]>([]);
  useEffect(() => {
    const leaving = new AbortController();
    const name = segment.split(/[@;]/)[0];
    fetchJson<Details>(here(`images/${name}`), { signal: leaving.signal })
      .then(({ downloads = {} }) => setFiles((["original", "pyramid"] as const).filter((file) => downloads[file])))
      .catch(() => undefined);
    return () => leaving.abort();
  }, [segment]);
  return files;
}

/** Without what stands behind a raw `;`: parts and renderings have no files of their own. */
const shownRevision = (segment: string) => segment.split(";")[0];
