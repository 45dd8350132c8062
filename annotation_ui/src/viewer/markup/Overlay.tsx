/** Shapes over the image, which move with it, and the drawing of new ones. */

import OpenSeadragon from "openseadragon";
import { type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";

import type { StoredAnnotation } from "../../../client/src/model.ts";
import { type Point, type Shape, type Tool, boundsOf, shapesOf } from "./shapes";

interface OverlayProps {
  viewer: OpenSeadragon.Viewer;
  canvas: string;
  size: { width: number; height: number };
  notes: readonly StoredAnnotation[];
  chosen: string | null;
  onChoose: (id: string) => void;
  tool: Tool | null;
  onDrawn: (points: Point[]) => void;
  /** What was drawn, and waits for its text. */
  draft: { tool: Tool; points: Point[] } | null;
}

const NEAR = 4; // screen pixels

export function Overlay({ viewer, canvas, size, notes, chosen, onChoose, tool, onDrawn, draft }: OverlayProps) {
  const group = useRef<SVGGElement>(null);
  useFollowing(viewer, group);
  const [points, setPoints] = useState<Point[]>([]);
  const pressed = useRef(false);
  useEffect(() => {
    setPoints([]);
    viewer.setMouseNavEnabled(tool === null);
    return () => void viewer.setMouseNavEnabled(true);
  }, [viewer, tool]);
  useEffect(() => {
    if (tool !== "polygon") return;
    const enter = (event: KeyboardEvent) => event.key === "Enter" && points.length > 3 && onDrawn(points.slice(0, -1));
    addEventListener("keydown", enter);
    return () => removeEventListener("keydown", enter);
  }, [tool, points, onDrawn]);

  const place = (event: PointerEvent): Point => {
    const { left, top } = viewer.element.getBoundingClientRect();
    const point = new OpenSeadragon.Point(event.clientX - left, event.clientY - top);
    const { x, y } = viewer.viewport.viewerElementToImageCoordinates(point);
    return [Math.min(Math.max(x, 0), size.width), Math.min(Math.max(y, 0), size.height)];
  };
  const press = (event: PointerEvent) => {
    if (!tool || event.button !== 0) return;
    const point = place(event);
    pressed.current = true;
    if (tool === "rectangle") return setPoints([point, point]);
    const corners = points.slice(0, -1); // the last one follows the pointer
    const before = corners.at(-1);
    const again = before && Math.hypot(point[0] - before[0], point[1] - before[1]) * scaleOf(viewer) < NEAR;
    setPoints(again ? [...corners, point] : [...corners, point, point]);
  };
  const end = () => tool === "polygon" && points.length > 3 && onDrawn(points.slice(0, -1));
  const move = (event: PointerEvent) => {
    if (points.length && (tool === "polygon" || pressed.current)) setPoints([...points.slice(0, -1), place(event)]);
  };
  const release = () => {
    pressed.current = false;
    if (tool !== "rectangle" || points.length < 2) return;
    const { width, height } = boundsOf(points);
    if (Math.min(width, height) * scaleOf(viewer) >= NEAR) onDrawn(points);
    else setPoints([]);
  };
  const drawing = tool && points.length > 1 ? { tool, points } : draft;
  return createPortal(
    <svg
      className="markup"
      data-drawing={tool !== null}
      onPointerDown={press}
      onPointerMove={move}
      onPointerUp={release}
      onDoubleClick={end}
    >
      <g ref={group}>
        {notes.map((note) => (
          <g key={note.id} data-chosen={note.id === chosen} onPointerDown={() => tool || onChoose(note.id)}>
            {shapesOf(note, canvas, size.width, size.height).map((shape, index) => (
              <Drawn key={index} shape={shape} />
            ))}
          </g>
        ))}
        {drawing && (
          <g data-chosen="true">
            <Drawn shape={shapeOf(drawing.tool, drawing.points)} />
          </g>
        )}
      </g>
    </svg>,
    viewer.canvas,
  );
}

/** Screen pixels per pixel of the image. */
function scaleOf(viewer: OpenSeadragon.Viewer): number {
  return viewer.world.getItemAt(0).viewportToImageZoom(viewer.viewport.getZoom(true));
}

function Drawn({ shape: { kind: Kind, attributes } }: { shape: Shape }) {
  return <Kind {...attributes} vectorEffect="non-scaling-stroke" />;
}

function shapeOf(tool: Tool, points: readonly Point[]): Shape {
  if (tool === "polygon") return { kind: "polygon", attributes: { points: points.map(String).join(" ") } };
  const { x, y, width, height } = boundsOf(points);
  return { kind: "rect", attributes: { x: `${x}`, y: `${y}`, width: `${width}`, height: `${height}` } };
}

/** Keeps the group's coordinates those of the image, turned and zoomed as it is. */
function useFollowing(viewer: OpenSeadragon.Viewer, group: RefObject<SVGGElement | null>): void {
  useEffect(() => {
    const follow = () => {
      if (!viewer.world.getItemCount()) return;
      const at = (x: number, y: number) =>
        viewer.world.getItemAt(0).imageToViewerElementCoordinates(new OpenSeadragon.Point(x, y));
      const [origin, right, below] = [at(0, 0), at(1000, 0), at(0, 1000)];
      const steps = [right.x - origin.x, right.y - origin.y, below.x - origin.x, below.y - origin.y];
      const matrix = [...steps.map((step) => step / 1000), origin.x, origin.y];
      group.current?.setAttribute("transform", `matrix(${matrix.join(" ")})`);
    };
    follow();
    viewer.addHandler("update-viewport", follow);
    return () => void viewer.removeHandler("update-viewport", follow);
  }, [viewer, group]);
}
