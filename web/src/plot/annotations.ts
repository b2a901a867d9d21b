// What people wrote, on the plot: a band over a stretch that somebody judged, with a bar at its top in the colour of
// the flag; a line at the time of a field note, with a sheet at its top. Both can be pointed at.
import type { FieldNote, Flag, Judgement } from '../model';
import type { Palette } from './colours';
import type { Frame } from './paint';

/** Height of a bar, and from one series' bar to the next, CSS pixels. */
const BAR = 4;
/** Of the sheet of a note. */
const SHEET = { width: 10, height: 12, top: 2 };
/** How near the pointer must come to the line of a note. */
const REACH = 8;

export type Annotation = { kind: 'judgement'; series: number; judgement: Judgement } | { kind: 'note'; note: FieldNote };

export function flagColour(flag: Flag, palette: Palette): string {
    if (flag === 1 || flag === 2) return palette.accent;
    return flag === 3 ? palette.suspect : flag === 4 ? palette.fail : palette.missing;
}

/** `row` is the place of the series in its panel: bars of several lie below each other. */
export function paintBands(ctx: CanvasRenderingContext2D, frame: Frame, judgements: readonly Judgement[], row: number, palette: Palette): void {
    for (const one of judgements) {
        const [left, right] = edges(frame, one);
        if (right < frame.left || left > frame.left + frame.width) continue;
        const from = Math.max(left, frame.left);
        const width = Math.min(right, frame.left + frame.width) - from;
        ctx.fillStyle = flagColour(one.flag, palette);
        ctx.globalAlpha = 0.1;
        ctx.fillRect(from, frame.top, width, frame.height);
        ctx.globalAlpha = 1;
        ctx.fillRect(from, frame.top + row * (BAR + 1) * frame.ratio, width, BAR * frame.ratio);
    }
}

/** `heads`: with the sheets; only one panel has them. */
export function paintNotes(ctx: CanvasRenderingContext2D, frame: Frame, notes: readonly FieldNote[], heads: boolean, palette: Palette): void {
    const { ratio } = frame;
    ctx.lineWidth = ratio;
    for (const note of notes) {
        const x = frame.x(note.time);
        if (x < frame.left || x > frame.left + frame.width) continue;
        ctx.strokeStyle = palette.muted;
        ctx.setLineDash([2 * ratio, 3 * ratio]);
        ctx.beginPath();
        ctx.moveTo(x, frame.top);
        ctx.lineTo(x, frame.top + frame.height);
        ctx.stroke();
        ctx.setLineDash([]);
        if (heads) paintSheet(ctx, sheetX(frame, x), frame.top + SHEET.top * ratio, ratio, palette);
    }
}

function paintSheet(ctx: CanvasRenderingContext2D, x: number, y: number, ratio: number, palette: Palette): void {
    const width = SHEET.width * ratio;
    const height = SHEET.height * ratio;
    ctx.fillStyle = palette.panel;
    ctx.strokeStyle = palette.text;
    ctx.fillRect(x - width / 2, y, width, height);
    ctx.strokeRect(x - width / 2, y, width, height);
    ctx.beginPath();
    for (const line of [3.5, 6, 8.5]) {
        ctx.moveTo(x - width / 2 + 2.5 * ratio, y + line * ratio);
        ctx.lineTo(x + width / 2 - 2.5 * ratio, y + line * ratio);
    }
    ctx.stroke();
}

/** What is under a point of the canvas; a note's sheet lies above a bar. */
export function annotationAt(frame: Frame, x: number, y: number, notes: readonly FieldNote[],
                             judgements: readonly (readonly Judgement[])[]): Annotation | null {
    const below = (y - frame.top) / frame.ratio;
    if (below < 0) return null;
    if (below <= SHEET.top + SHEET.height + 3) {
        const note = notes.findLast((one) => Math.abs(sheetX(frame, frame.x(one.time)) - x) <= REACH * frame.ratio);
        if (note) return { kind: 'note', note };
    }
    const row = Math.floor(below / (BAR + 1));
    // The lowest bar may be missed by a little, a hand is not that steady.
    for (const series of [row, row - 1]) {
        const hit = judgements[series]?.find((one) => {
            const [left, right] = edges(frame, one);
            return left <= x && x <= right;
        });
        if (hit) return { kind: 'judgement', series, judgement: hit };
    }
    return null;
}

/** A sheet at the edge stays whole. */
function sheetX(frame: Frame, x: number): number {
    const half = (SHEET.width / 2 + 1) * frame.ratio;
    return Math.min(Math.max(x, frame.left + half), frame.left + frame.width - half);
}

/** Never narrower than can be seen. */
function edges(frame: Frame, one: Judgement): [number, number] {
    const left = frame.x(one.from);
    return [left, Math.max(frame.x(one.to), left + 3 * frame.ratio)];
}
