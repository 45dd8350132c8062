/** A page that draws on an image of a server: `?server=…&image=…&token=…`. */

import "@annotorious/openseadragon/annotorious-openseadragon.css";
import { W3CImageFormat, createOSDAnnotator } from "@annotorious/openseadragon";
import OpenSeadragon from "openseadragon";

import { bindAnnotorious } from "../../../../annotation_ui/client/src/annotorious.ts";
import { AnnotationStore } from "../../../../annotation_ui/client/src/index.ts";

const query = new URLSearchParams(location.search);
const [server, image, container] = [query.get("server"), query.get("image"), query.get("container") ?? "default"];
const canvas = `${server}/iiif/presentation/3/${image}/manifest/canvas/1`;
const element = (id) => document.getElementById(id);

const viewer = OpenSeadragon({
  element: element("image"),
  tileSources: `${server}/iiif/3/${image}/info.json`,
  showNavigationControl: false,
  animationTime: 0,
  gestureSettingsMouse: { clickToZoom: false },
});
const anno = createOSDAnnotator(viewer, { adapter: W3CImageFormat(canvas), drawingEnabled: false });
const store = new AnnotationStore({ container: `${server}/annotations/${container}/`, token: query.get("token") });

let collision = null;
function onCollision(found) {
  collision = found;
  const text = found.theirs?.body?.[0]?.value ?? found.theirs?.body?.value;
  element("notice").value = found.theirs ? `Changed meanwhile: ${text}` : "Deleted meanwhile";
  element("theirs").hidden = element("mine").hidden = false;
}
const decided = () => (element("theirs").hidden = element("mine").hidden = true);
element("theirs").onclick = () => (collision.takeTheirs(), decided());
element("mine").onclick = () => collision.keepMine().then(decided);

element("draw").onclick = () => {
  anno.setDrawingEnabled(!anno.isDrawingEnabled());
  element("draw").setAttribute("aria-pressed", anno.isDrawingEnabled());
};
element("save").onclick = () => {
  const [selected] = anno.getSelected();
  const body = [{ type: "TextualBody", purpose: "commenting", value: element("comment").value }];
  anno.updateAnnotation({ ...selected, body });
};
element("delete").onclick = () => anno.removeAnnotation(anno.getSelected()[0].id);
anno.on("createAnnotation", () => element("draw").click());

viewer.addOnceHandler("open", async () => {
  const onError = (error) => (element("notice").value = `Failed: ${error.message}`);
  const onSaved = (outcome) => (element("notice").value = outcome.kind);
  const pollS = Number(query.get("poll") ?? 1);
  const binding = await bindAnnotorious(anno, store, { canvas, pollS, onCollision, onError, onSaved });
  Object.assign(window, { OpenSeadragon, anno, binding, store, viewer });
});
