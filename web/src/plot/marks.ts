// The signs of flagged readings: never by colour alone.
//   suspect: triangle   fail: cross   missing: square   a person's flag: the sign in a ring
import type { Reading } from '../model';
import type { Palette } from './colours';

export type Mark = 'suspect' | 'fail' | 'missing' | 'manual';

/** A flag that no test explains, or that is good against a test, is a person's. */
export function isManual(reading: Pick<Reading, 'flag' | 'tests'>): boolean {
    return reading.flag > 2 ? reading.tests.length === 0 : reading.flag === 1 && reading.tests.length > 0;
}

export function markOf(reading: Pick<Reading, 'flag' | 'tests'>): Mark | null {
    switch (reading.flag) {
        case 3: return 'suspect';
        case 4: return 'fail';
        case 9: return 'missing';
        default: return isManual(reading) ? 'manual' : null;
    }
}

/** `r` is half the size, in canvas pixels. A halo in the panel's colour keeps it apart from the lines. */
export function drawMark(ctx: CanvasRenderingContext2D, mark: Mark, x: number, y: number, r: number, palette: Palette,
                         manual: boolean): void {
    const colour = mark === 'suspect' ? palette.suspect : mark === 'fail' ? palette.fail
        : mark === 'missing' ? palette.missing : palette.accent;
    ctx.lineCap = 'round';
    if (mark !== 'manual') {
        trace(ctx, mark, x, y, r);
        ctx.strokeStyle = palette.panel;
        ctx.lineWidth = r * 1.15;
        ctx.stroke();
        ctx.strokeStyle = colour;
        ctx.lineWidth = r * 0.45;
        if (mark === 'suspect') {
            ctx.fillStyle = palette.panel;
            ctx.fill();
        }
        ctx.stroke();
    }
    if (manual) {
        ctx.beginPath();
        ctx.arc(x, y, r * 1.75, 0, 2 * Math.PI);
        ctx.strokeStyle = colour;
        ctx.lineWidth = r * 0.3;
        ctx.stroke();
    }
    ctx.lineCap = 'butt';
}

function trace(ctx: CanvasRenderingContext2D, mark: Mark, x: number, y: number, r: number): void {
    ctx.beginPath();
    if (mark === 'suspect') {
        ctx.moveTo(x, y - r);
        ctx.lineTo(x + r, y + r * 0.8);
        ctx.lineTo(x - r, y + r * 0.8);
        ctx.closePath();
    } else if (mark === 'fail') {
        const d = r * 0.8;
        ctx.moveTo(x - d, y - d);
        ctx.lineTo(x + d, y + d);
        ctx.moveTo(x + d, y - d);
        ctx.lineTo(x - d, y + d);
    } else {
        const d = r * 0.7;
        ctx.rect(x - d, y - d, 2 * d, 2 * d);
    }
}
