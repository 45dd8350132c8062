/** The words of the notes' panel. */

import type { Language } from "../../language";

const en = {
  notes: "Notes",
  none: "No notes yet.",
  whole: "On the whole image",
  unknown: "No text",
  drawRectangle: "Mark a rectangle",
  drawPolygon: "Mark a shape",
  hintRectangle: "Drag across the image.",
  hintPolygon: "Click corner after corner; a double click or Enter ends the shape.",
  stop: "Stop drawing",
  text: "Text of the note",
  save: "Save",
  cancel: "Cancel",
  edit: "Edit",
  remove: "Delete",
  conflict: "Somebody changed this note meanwhile. It now says:",
  removed: "Somebody deleted this note meanwhile.",
  overwrite: "Save mine over it",
  theirs: "Keep theirs",
  failed: (why: string) => `That did not work. ${why}`,
};

const ru: typeof en = {
  notes: "Заметки",
  none: "Заметок пока нет.",
  whole: "Ко всему изображению",
  unknown: "Без текста",
  drawRectangle: "Выделить прямоугольник",
  drawPolygon: "Выделить фигуру",
  hintRectangle: "Протяните по изображению.",
  hintPolygon: "Щёлкайте по углам фигуры; двойной щелчок или Enter завершает её.",
  stop: "Не рисовать",
  text: "Текст заметки",
  save: "Сохранить",
  cancel: "Отмена",
  edit: "Изменить",
  remove: "Удалить",
  conflict: "Заметку тем временем изменили. Теперь в ней:",
  removed: "Заметку тем временем удалили.",
  overwrite: "Сохранить мою поверх",
  theirs: "Оставить как есть",
  failed: (why: string) => `Не получилось. ${why}`,
};

export const MARKUP_TEXTS: Record<Language, typeof en> = { en, ru };
export type MarkupTexts = typeof en;
