// The API as functions. Each throws ApiProblem with the server's own sentence, or Unreachable; an aborted request
// throws the browser's AbortError.
import type { Datastream, DeadLetter, Explanation, FieldNote, Flag, LabInfo, LabStatus, ManualFlag, Stretch, Thing } from '../model';
import type { Span } from '../state/range';
import { instantText } from '../text/instant';
import { flagKey } from '../text/values';
import { stretchOf } from './columns';
import * as wire from './wire';

const BASE = 'api/v1';

export class ApiProblem extends Error {
    constructor(readonly status: number, readonly title: string, detail: string) {
        super(detail || title);
    }
}

export class Unreachable extends Error {
    constructor() {
        super('The server cannot be reached.');
    }
}

export type Format = 'csv' | 'json' | 'parquet';

export interface SeriesAnswer {
    stretch: Stretch;
    token: string;
}

export async function info(): Promise<LabInfo> {
    return wire.infoOf(await get('', {}));
}

export async function status(signal?: AbortSignal): Promise<LabStatus> {
    return wire.statusOf(await get('/status', {}, signal));
}

export async function configVersion(): Promise<number> {
    return (await get<{ version: number }>('/config', {})).version;
}

export async function things(): Promise<Thing[]> {
    return (await get<{ things: wire.WireThing[] }>('/things', {})).things.map(wire.thingOf);
}

export async function datastreams(): Promise<Datastream[]> {
    return (await get<{ datastreams: wire.WireDatastream[] }>('/datastreams', {})).datastreams.map(wire.datastreamOf);
}

/** One datastream, down-sampled to `columns` columns of the plot. An open end (null) means: all there is. */
export async function observations(datastream: string, from: number | null, to: number | null, columns: number, raw: boolean,
                                   signal: AbortSignal): Promise<SeriesAnswer> {
    const answer = await get<wire.WireObservations>('/observations', {
        datastream,
        from: from === null ? null : instantText(from),
        to: to === null ? null : instantText(to),
        max_points: String(columns * 4),
        raw: raw ? 'true' : null,
    }, signal);
    const series = answer.series[0];
    if (!series) throw new ApiProblem(404, 'Not found', `there is no datastream ${datastream}`);
    const times = series.rows.map((row) => row[0]);
    const span: Span = {
        from: from ?? (times.length ? Date.parse(times[0] as string) : 0),
        to: to ?? (times.length ? Date.parse(times[times.length - 1] as string) + 1 : 0),
    };
    return { stretch: stretchOf(series, span, columns), token: answer.token };
}

/** Times of the first and last reading of a datastream; null without any. */
export async function extent(datastream: string, signal: AbortSignal): Promise<Span | null> {
    const answer = await get<wire.WireObservations>('/observations', { datastream, max_points: '4' }, signal);
    const rows = answer.series[0]?.rows ?? [];
    const times = rows.filter((row) => !wire.isGap(row)).map((row) => Date.parse(row[0]));
    return times.length ? { from: Math.min(...times), to: Math.max(...times) } : null;
}

export async function explanation(datastream: string, time: number, signal: AbortSignal): Promise<Explanation> {
    return wire.explanationOf(await get('/explanations', { datastream, time: instantText(time) }, signal));
}

export async function rawRecord(writer: string, sequence: string): Promise<{ topic: string; received_at: string; text?: string; payload_base64: string }> {
    return get(`/raw/${encodeURIComponent(writer)}/${encodeURIComponent(sequence)}`, {});
}

export async function deadLetters(limit: number): Promise<{ total: number; letters: DeadLetter[] }> {
    const answer = await get<{ total: number; dead_letters: wire.WireDeadLetter[] }>('/dead-letters', { limit: String(limit) });
    return { total: answer.total, letters: answer.dead_letters.map(wire.deadLetterOf) };
}

/** Of all datastreams. */
export async function manualFlags(): Promise<ManualFlag[]> {
    const answer = await get<{ manual_flags: wire.WireManualFlag[] }>('/manual-flags', {});
    return answer.manual_flags.map(wire.manualFlagOf);
}

export async function notes(): Promise<FieldNote[]> {
    return (await get<{ notes: wire.WireNote[] }>('/notes', {})).notes.map(wire.noteOf);
}

export async function addNote(time: number, thing: string, text: string): Promise<void> {
    await post('/notes', { time: instantText(time), thing, text });
}

export async function addManualFlag(datastream: string, span: Span, flag: Flag, why: string): Promise<void> {
    await post('/manual-flags', { datastream, from: instantText(span.from), to: instantText(span.to), flag: flagKey(flag), why });
}

export async function withdrawManualFlag(datastream: string, span: Span, why: string): Promise<void> {
    await post('/manual-flags/withdraw', { datastream, from: instantText(span.from), to: instantText(span.to), why });
}

/** Some datastreams, all of a thing, or (with neither) all there are; without a span, from first to last. */
export type Download = ({ datastreams: readonly string[] } | { thing: string } | Record<never, never>) & { span: Span | null };

/** Where a file with it is. */
export function downloadUrl(what: Download, goodOnly: boolean, format: Format): string {
    return address('/observations', {
        datastream: 'datastreams' in what ? what.datastreams.join(',') : null,
        thing: 'thing' in what ? what.thing : null,
        from: what.span && instantText(Math.floor(what.span.from)),
        to: what.span && instantText(Math.ceil(what.span.to)),
        flags: goodOnly ? 'good,not_evaluated' : null,
        raw: format === 'json' ? 'true' : null,
        format,
    });
}

export function eventsUrl(datastreams: readonly string[] | null, after: string): string {
    return address('/events', { datastreams: datastreams?.join(',') ?? null, after: after || null });
}

type Parameters = Record<string, string | null>;

function address(path: string, parameters: Parameters): string {
    const given = Object.entries(parameters).filter((p): p is [string, string] => p[1] !== null);
    const query = new URLSearchParams(given).toString();
    return `${BASE}${path}${query ? `?${query}` : ''}`;
}

async function get<T>(path: string, parameters: Parameters, signal?: AbortSignal): Promise<T> {
    return ask<T>(address(path, parameters), signal ? { signal } : {});
}

async function post(path: string, body: unknown): Promise<unknown> {
    return ask(`${BASE}${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
    let response: Response;
    try {
        response = await fetch(url, { headers: { Accept: 'application/json' }, ...init });
    } catch (error) {
        if (error instanceof DOMException && error.name === 'AbortError') throw error;
        throw new Unreachable();
    }
    if (response.ok) return (await response.json()) as T;
    const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
    throw new ApiProblem(response.status, problem.title ?? response.statusText, problem.detail ?? '');
}
