import { useEffect, useRef, useState } from "react";

import { imageService, manifestOf, readable } from "../addresses";
import { Icon } from "../icons";
import { useSpeech } from "../language";
import { Downloads } from "./Downloads";
import { type ImageInfo, largestWidth } from "./useDescription";
import type { FileName } from "./useDetails";

interface InformationProps {
  /** What is shown, and the image that it belongs to: segments of addresses. */
  segment: string;
  image: string;
  title: string;
  info: ImageInfo;
  rights: string | undefined;
  files: FileName[];
  onClose: () => void;
}

export function Information({ segment, image, title, info, rights, files, onClose }: InformationProps) {
  const { texts, numbers } = useSpeech();
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const service = imageService(segment);
  return (
    <aside
      ref={panel}
      id="information"
      className="information"
      tabIndex={-1}
      aria-label={texts.information}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <button type="button" className="close" aria-label={texts.close} title={texts.close} onClick={onClose}>
        <Icon name="close" />
      </button>
      <h2>{title}</h2>
      <dl>
        <dt>{texts.dimensions}</dt>
        <dd>{texts.size(info.width, info.height, numbers)}</dd>
        <dt>{texts.identifier}</dt>
        <dd>{readable(image)}</dd>
        {rights && (
          <>
            <dt>{texts.rights}</dt>
            <dd>
              <a href={rights} rel="license noreferrer">
                {rightsName(rights)}
              </a>
            </dd>
          </>
        )}
      </dl>
      <Address name={texts.manifest} hint={texts.manifestHint} address={manifestOf(image)} />
      <Address name={texts.service} address={`${service}/info.json`} />
      <a className="download" href={`${service}/full/max/0/default.jpg`} download={`${readable(image)}.jpg`}>
        <Icon name="download" />
        <span>
          {texts.download}
          <small>{texts.downloadHint(numbers.number(largestWidth(info)))}</small>
        </span>
      </a>
      <Downloads image={image} files={files} />
    </aside>
  );
}

const RIGHTS: [RegExp, (found: RegExpExecArray) => string][] = [
  [/creativecommons\.org\/publicdomain\/mark\/([\d.]+)/, ([, version]) => `Public Domain Mark ${version}`],
  [/creativecommons\.org\/publicdomain\/zero\/([\d.]+)/, ([, version]) => `CC0 ${version}`],
  [/creativecommons\.org\/licenses\/([a-z-]+)\/([\d.]+)/, ([, kind, version]) => `CC ${kind?.toUpperCase()} ${version}`],
  [/rightsstatements\.org\/vocab\/([^/]+)/, ([, code]) => `RightsStatements.org ${code}`],
];

function rightsName(uri: string): string {
  for (const [pattern, name] of RIGHTS) {
    const found = pattern.exec(uri);
    if (found) return name(found);
  }
  return uri;
}

function Address({ name, hint, address }: { name: string; hint?: string; address: string }) {
  const { texts } = useSpeech();
  const [copied, setCopied] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);

  // Without HTTPS browsers offer no clipboard to scripts: the text is selected, and Ctrl-C does the rest.
  const copy = () => {
    field.current?.select();
    navigator.clipboard?.writeText(address).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <div className="address">
      <span className="name">
        <a href={address}>{name}</a>
        {hint && <small>{hint}</small>}
      </span>
      <div className="field">
        <input ref={field} readOnly value={address} aria-label={name} onFocus={(event) => event.target.select()} />
        <button type="button" aria-label={texts.copyOf(name)} title={texts.copy} onClick={copy}>
          <Icon name={copied ? "check" : "copy"} />
        </button>
      </div>
      <span className="unseen" role="status">
        {copied ? texts.copied : ""}
      </span>
    </div>
  );
}
