import type OpenSeadragon from "openseadragon";
import { useEffect, useState } from "react";

import { Icon, type IconName } from "../icons";
import { useSpeech } from "../language";
import { showWhole, turn, zoomBy } from "./useDeepZoom";

interface ControlsProps {
  viewer: OpenSeadragon.Viewer;
  scale: number;
}

export function Controls({ viewer, scale }: ControlsProps) {
  const { texts, numbers } = useSpeech();
  const [full, toggleFull] = useFullScreen();
  return (
    <div className="controls" role="toolbar" aria-label={texts.toolbar}>
      <Control icon="minus" name={texts.zoomOut} onPress={() => zoomBy(viewer, -1)} />
      <output className="scale" aria-label={texts.zoomLevel} title={texts.zoomLevel}>
        {numbers.percent(scale < 0.095 ? Math.round(scale * 1000) / 1000 : scale)}
      </output>
      <Control icon="plus" name={texts.zoomIn} onPress={() => zoomBy(viewer, 1)} />
      <Control icon="home" name={texts.home} onPress={() => showWhole(viewer)} />
      <span className="gap" />
      <Control icon="rotateLeft" name={texts.rotateLeft} onPress={() => turn(viewer, -1)} />
      <Control icon="rotateRight" name={texts.rotateRight} onPress={() => turn(viewer, 1)} />
      {document.fullscreenEnabled && (
        <Control
          icon={full ? "leaveFullScreen" : "fullScreen"}
          name={full ? texts.leaveFullScreen : texts.fullScreen}
          onPress={toggleFull}
        />
      )}
    </div>
  );
}

function Control({ icon, name, onPress }: { icon: IconName; name: string; onPress: () => void }) {
  return (
    <button type="button" aria-label={name} title={name} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}

/** The whole page, not OpenSeadragon's element alone, so that title and controls stay. */
function useFullScreen(): [boolean, () => void] {
  const [full, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const update = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", update);
    return () => document.removeEventListener("fullscreenchange", update);
  }, []);
  const toggle = () =>
    void (full ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => undefined);
  return [full, toggle];
}
