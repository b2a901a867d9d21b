// Brings what the view needs and has not: debounced while the view moves, aborted when it has moved on.
import * as api from '../api/client';
import type { Reading } from '../model';
import type { Span } from '../state/range';
import { SeriesWindow } from './window';

const DEBOUNCE_MS = 90;
const COARSE_COLUMNS = 500;

export interface Wanted {
    names: readonly string[];
    span: Span;
    /** Width of the plotting area, CSS pixels. */
    pixels: number;
    raw: boolean;
    /** The server's clock. */
    now: number;
}

interface Entry {
    window: SeriesWindow;
    fetching: AbortController | null;
    coarseAsked: boolean;
}

export class Loader {
    #entries = new Map<string, Entry>();
    #wanted: Wanted | null = null;
    #timer: number | undefined;
    #busy = 0;
    #raw = false;

    constructor(
        readonly onData: () => void,
        readonly onBusy: (busy: boolean) => void,
        readonly onProblem: (problem: unknown) => void,
        readonly onToken: (token: string) => void,
    ) {}

    window(name: string): SeriesWindow {
        return this.#entry(name).window;
    }

    /** How many requests were answered; tests watch it. */
    answered = 0;

    want(wanted: Wanted): void {
        this.#wanted = wanted;
        if (wanted.raw !== this.#raw) {
            this.#raw = wanted.raw;
            for (const entry of this.#entries.values()) entry.window.forget();
        }
        if (this.#timer === undefined) this.#timer = window.setTimeout(() => this.#run(), DEBOUNCE_MS);
    }

    /** A live change; false when nobody here shows this datastream. */
    replace(name: string, span: Span, readings: readonly Reading[]): boolean {
        const entry = this.#entries.get(name);
        entry?.window.replace(span, readings);
        return entry !== undefined;
    }

    /** What is held of these datastreams (all without names) must be read again. */
    invalidate(names?: readonly string[]): void {
        for (const [name, entry] of this.#entries) {
            if (names && !names.includes(name)) continue;
            entry.window.forget();
            entry.coarseAsked = false;
        }
        if (this.#wanted) this.want(this.#wanted);
    }

    #entry(name: string): Entry {
        let entry = this.#entries.get(name);
        if (!entry) {
            entry = { window: new SeriesWindow(), fetching: null, coarseAsked: false };
            this.#entries.set(name, entry);
        }
        return entry;
    }

    #run(): void {
        this.#timer = undefined;
        const wanted = this.#wanted;
        if (!wanted) return;
        for (const [name, entry] of this.#entries) {
            if (wanted.names.includes(name)) continue;
            entry.fetching?.abort();
            this.#entries.delete(name);
        }
        const pixel = (wanted.span.to - wanted.span.from) / wanted.pixels;
        for (const name of wanted.names) {
            const entry = this.#entry(name);
            if (!entry.window.suffices(wanted.span, pixel)) void this.#fetchFine(name, entry, wanted);
            if (!entry.coarseAsked) void this.#fetchCoarse(name, entry);
        }
    }

    /** Half a width more on either side, so that a small pan has its data already. */
    async #fetchFine(name: string, entry: Entry, wanted: Wanted): Promise<void> {
        entry.fetching?.abort();
        const abort = new AbortController();
        entry.fetching = abort;
        const width = wanted.span.to - wanted.span.from;
        const from = Math.floor(wanted.span.from - width / 2);
        const to = Math.ceil(wanted.span.to + width / 2);
        await this.#request(name, abort, async () => {
            const answer = await api.observations(name, from, to, wanted.pixels * 2, wanted.raw, abort.signal);
            entry.window.setFine(answer.stretch, to >= wanted.now);
            this.onToken(answer.token);
        });
        if (entry.fetching === abort) entry.fetching = null;
    }

    async #fetchCoarse(name: string, entry: Entry): Promise<void> {
        entry.coarseAsked = true;
        await this.#request(name, new AbortController(), async (signal) => {
            entry.window.coarse = (await api.observations(name, null, null, COARSE_COLUMNS, false, signal)).stretch;
        });
    }

    async #request(name: string, abort: AbortController, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
        if (this.#busy++ === 0) this.onBusy(true);
        try {
            await work(abort.signal);
            this.answered += 1;
            this.onData();
        } catch (problem) {
            if (!abort.signal.aborted && this.#entries.has(name)) this.onProblem(problem);
        } finally {
            if (--this.#busy === 0) this.onBusy(false);
        }
    }
}
