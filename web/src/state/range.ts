// The stretch of time that is shown: pure arithmetic on milliseconds.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface Span {
    from: number;
    to: number;
}

/** Either fixed, or following the present with a fixed width. */
export type Range = { follow: false; from: number; to: number } | { follow: true; width: number };

/** The buttons, narrowest first. */
export const PRESETS: readonly { key: string; title: string; width: number }[] = [
    { key: '1m', title: 'Last minute', width: MINUTE },
    { key: '1h', title: 'Last hour', width: HOUR },
    { key: '1d', title: 'Last day', width: DAY },
    { key: '1w', title: 'Last week', width: 7 * DAY },
    { key: '1mo', title: 'Last month', width: 30 * DAY },
    { key: '1y', title: 'Last year', width: 365 * DAY },
];

export const MIN_WIDTH = 5 * SECOND;
export const MAX_WIDTH = 120 * 365 * DAY;

/** A follower shows a little of the future, so that the newest point does not touch the frame. */
export function spanOf(range: Range, now: number): Span {
    if (!range.follow) return { from: range.from, to: range.to };
    const ahead = range.width * 0.02;
    return { from: now + ahead - range.width, to: now + ahead };
}

export function clampWidth(width: number): number {
    return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width));
}

/** Makes the span `factor` times as wide, keeping `anchor` (0 left edge, 1 right edge) where it is. */
export function zoom(span: Span, factor: number, anchor: number): Span {
    const width = span.to - span.from;
    const wanted = clampWidth(width * factor);
    const at = span.from + width * anchor;
    return { from: at - wanted * anchor, to: at + wanted * (1 - anchor) };
}

/** Moves it by a share of its width; positive is later. */
export function pan(span: Span, share: number): Span {
    const by = (span.to - span.from) * share;
    return { from: span.from + by, to: span.to + by };
}

/** Two ends in either order, not closer than MIN_WIDTH. */
export function fixed(a: number, b: number): Range {
    const from = Math.min(a, b);
    const to = Math.max(a, b);
    if (to - from >= MIN_WIDTH) return { follow: false, from, to };
    const middle = (from + to) / 2;
    return { follow: false, from: middle - MIN_WIDTH / 2, to: middle + MIN_WIDTH / 2 };
}

/** After a zoom or pan: still following while the present stays inside. */
export function settle(before: Range, span: Span, now: number): Range {
    const width = span.to - span.from;
    const atPresent = before.follow && now >= span.from && now <= span.to + width * 0.001 && span.to - now < width * 0.1;
    return atPresent ? { follow: true, width } : fixed(span.from, span.to);
}

/** The preset of this width, if it is one. */
export function presetOf(range: Range): string | null {
    if (!range.follow) return null;
    return PRESETS.find((p) => Math.abs(p.width - range.width) < 1)?.key ?? null;
}
