// Where a line must break: a stretch without data is shown as one, never bridged.
import { lowerBound } from './window';

export interface Gaps {
    /** Instants that lie inside stretches without data, in order. */
    gaps: readonly number[];
    /** After `known`, neighbours further apart than this have a gap between them. */
    gapLimit: number;
    /** Up to here `gaps` has them all. */
    known: number;
}

/** Cuts rows (in time order) into runs without a gap. `byDistance`: the limit applies as well as the instants. */
export function runsOf<T>(rows: readonly T[], startOf: (row: T) => number, endOf: (row: T) => number, { gaps, gapLimit, known }: Gaps,
                          byDistance: boolean): T[][] {
    const runs: T[][] = [];
    let run: T[] = [];
    for (const row of rows) {
        const previous = run[run.length - 1];
        if (previous !== undefined && isApart(endOf(previous), startOf(row))) {
            runs.push(run);
            run = [];
        }
        run.push(row);
    }
    if (run.length) runs.push(run);
    return runs;

    function isApart(from: number, to: number): boolean {
        if (byDistance && to > known && to - from > gapLimit) return true;
        const next = gaps[lowerBound(gaps, (g) => g, from)];
        return next !== undefined && next <= to;
    }
}
