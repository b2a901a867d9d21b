// The y scale of a panel from what it shows; pure.

/** NaN is passed over. */
export class Extent {
    min = Infinity;
    max = -Infinity;
    add(value: number): void {
        if (value < this.min) this.min = value;
        if (value > this.max) this.max = value;
    }
    get empty(): boolean {
        return this.min > this.max;
    }
}

/** Around what is good, wide enough for what is flagged, but not for what is wild; never without height. */
export function niceExtent(good: { min: number; max: number }, all: { min: number; max: number }): [number, number] {
    let { min, max } = good.min > good.max ? all : good;
    if (min > max) return [0, 1];
    const room = Math.max(max - min, Math.abs(max) * 0.02, 1e-6);
    if (all.min <= all.max) {
        min = Math.max(Math.min(min, all.min), min - room);
        max = Math.min(Math.max(max, all.max), max + room);
    }
    const pad = min === 0 && max === 0 ? 1 : Math.max((max - min) * 0.08, Math.abs(max) * 0.004, 1e-6);
    return [min - pad, max + pad];
}

/** For bars: they stand on zero. */
export function barExtent(good: { min: number; max: number }, all: { min: number; max: number }): [number, number] {
    const [min, max] = niceExtent(good, all);
    return [good.min < 0 ? min : 0, max];
}
