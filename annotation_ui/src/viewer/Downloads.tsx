/** Links to the files behind an image, for those whom the server lets have them. */

import { here } from "../addresses";
import { Icon } from "../icons";
import { useSpeech } from "../language";
import type { FileName } from "./useDetails";

/** `image`: its segment in addresses, without part and rendering, which have no files of their own. */
export function Downloads({ image, files }: { image: string; files: FileName[] }) {
  const { texts } = useSpeech();
  return files.map((file) => (
    // The address is made here: the server's is its public one, which may be another name of the same machine.
    <a key={file} className="download" href={here(`images/${image}/${file}`)}>
      <Icon name="download" />
      <span>
        {texts.files[file]}
        <small>{texts.fileHints[file]}</small>
      </span>
    </a>
  ));
}
