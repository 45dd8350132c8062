import { useEffect, useRef } from "react";

import { useSpeech } from "../language";

/** A button that presses itself when scrolled into sight, once for each length of the list. */
export function More({ onMore, shown }: { onMore: () => void; shown: number }) {
  const { texts } = useSpeech();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && onMore(), {
      rootMargin: "600px",
    });
    if (button.current) observer.observe(button.current);
    return () => observer.disconnect();
  }, [onMore, shown]);
  return (
    <div className="more">
      <button ref={button} type="button" className="button" onClick={onMore}>
        {texts.more}
      </button>
    </div>
  );
}
