// The JSON of docs/api.md, and its translation into the model. Nothing else knows these names.
import type { Datastream, DeadLetter, Explanation, FieldNote, LabInfo, LabStatus, ManualFlag, NodeState, Reading, Thing } from '../model';
import { parseInstant } from '../text/instant';
import { parseFlag } from '../text/values';

type Num = number | null;

export interface WireThing {
    name: string;
    description?: string;
    location: { latitude: Num; longitude: Num; elevation?: Num } | null;
    registered_itself: boolean;
    emulated: boolean;
    state: string;
    last_time: string | null;
    battery: { percent: Num; voltage: Num } | null;
}

export interface WireReading {
    time: string;
    value: Num;
    raw_value: Num;
    flag: string;
    tests: string[];
}

export interface WireDatastream {
    id: string;
    name: string;
    thing: string;
    property: string;
    title: string;
    depth: Num;
    label: string;
    unit: string;
    sensor: string;
    cadence_seconds: Num;
    registered_itself: boolean;
    derived: boolean;
    state: string;
    last: WireReading | null;
}

/** time, value, flag, tests, and perhaps the raw value; a gap has neither value nor flag. */
export type WireRow = [string, Num, string | null, string[] | null, Num?];

export interface WireSeries {
    datastream: { id: string; name: string };
    source?: string;
    gap_seconds: Num;
    rows: WireRow[];
    flagged?: { total: number; shown: number };
}

export interface WireObservations {
    series: WireSeries[];
    token: string;
}

export interface WireStatus {
    now: string;
    broker?: { address: string; state: string; detail: string };
    rates: { messages_per_second: Num; observations_per_second: Num };
    counts: { observations: number; dead_letters: number };
    lag?: { seconds: Num };
    tasks?: { id: string; kind: string; name: string; state: string; done: number; total: Num; seconds_left: Num; message: string }[];
}

export interface WireExplanation {
    flag: string;
    provisional: boolean;
    reasons: { test: string; flag: string; text: string }[];
    not_evaluated: string[];
    manual: { flag: string; who: string; why: string; when: string } | null;
    raw: { writer: string; sequence: string } | null;
}

export interface WireManualFlag {
    datastream: string;
    from: string;
    to: string;
    flag: string;
    withdraw: boolean;
    who: string;
    why: string;
    when: string;
}

export interface WireNote {
    time: string;
    thing: string;
    text: string;
    who: string;
}

export interface WireDeadLetter {
    writer: string;
    sequence: string;
    received_at: string;
    topic: string;
    device: string;
    code: string;
    reason: string;
}

const number = (value: Num | undefined): number => value ?? NaN;
const stateOf = (text: string): NodeState => (text === 'live' || text === 'late' ? text : 'silent');

export function thingOf(w: WireThing): Thing {
    return {
        name: w.name,
        description: w.description ?? '',
        latitude: number(w.location?.latitude),
        longitude: number(w.location?.longitude),
        emulated: w.emulated,
        registeredItself: w.registered_itself,
        state: stateOf(w.state),
        lastSeen: parseInstant(w.last_time),
        batteryPercent: number(w.battery?.percent),
        batteryVolts: number(w.battery?.voltage),
    };
}

export function datastreamOf(w: WireDatastream): Datastream {
    return {
        id: w.id,
        name: w.name,
        thing: w.thing,
        property: w.property,
        title: w.title || w.property,
        depth: w.depth,
        label: w.label,
        unit: w.unit,
        derived: w.derived,
        registeredItself: w.registered_itself,
        cadence: number(w.cadence_seconds) * 1000 || 0,
        sensor: w.sensor,
        state: stateOf(w.state),
        last: w.last && {
            time: parseInstant(w.last.time), value: number(w.last.value), raw: number(w.last.raw_value),
            flag: parseFlag(w.last.flag), tests: w.last.tests,
        },
    };
}

export function readingOf(row: WireRow): Reading {
    return { time: parseInstant(row[0]), value: number(row[1]), flag: parseFlag(row[2]), tests: row[3] ?? [], raw: number(row[4]) };
}

/** A row that stands for a stretch without data. */
export function isGap(row: WireRow): boolean {
    return row[1] === null && row[2] === null;
}

export function infoOf(w: { site?: string; version?: string; map?: { tile_url?: string; attribution?: string } }): LabInfo {
    return {
        site: w.site ?? '',
        version: w.version ?? '',
        tileUrl: w.map?.tile_url ?? '',
        tileAttribution: w.map?.attribution ?? '',
    };
}

export function statusOf(w: WireStatus): LabStatus {
    return {
        now: parseInstant(w.now),
        messagesPerSecond: number(w.rates.messages_per_second),
        readingsPerSecond: number(w.rates.observations_per_second),
        observations: w.counts.observations,
        deadLetters: w.counts.dead_letters,
        lagSeconds: number(w.lag?.seconds),
        broker: w.broker?.state ?? '',
        brokerDetail: [w.broker?.address, w.broker?.detail].filter(Boolean).join(', '),
        tasks: (w.tasks ?? []).map((t) => ({
            id: t.id, kind: t.kind, name: t.name, state: t.state, message: t.message,
            progress: t.total ? t.done / t.total : NaN,
            secondsLeft: number(t.seconds_left),
        })),
    };
}

export function explanationOf(w: WireExplanation): Explanation {
    return {
        flag: parseFlag(w.flag),
        provisional: w.provisional,
        reasons: w.reasons.map((r) => ({ test: r.test, flag: parseFlag(r.flag), text: r.text })),
        notEvaluated: w.not_evaluated,
        manual: w.manual && { flag: parseFlag(w.manual.flag), who: w.manual.who, why: w.manual.why, when: parseInstant(w.manual.when) },
        rawWriter: w.raw?.writer ?? '',
        rawSequence: w.raw?.sequence ?? '',
    };
}

export function manualFlagOf(w: WireManualFlag): ManualFlag {
    return {
        datastream: w.datastream, from: parseInstant(w.from), to: parseInstant(w.to), flag: parseFlag(w.flag),
        withdraw: w.withdraw, who: w.who, why: w.why, when: parseInstant(w.when),
    };
}

export function noteOf(w: WireNote): FieldNote {
    return { time: parseInstant(w.time), thing: w.thing, text: w.text, who: w.who };
}

export function deadLetterOf(w: WireDeadLetter): DeadLetter {
    return {
        writer: w.writer, sequence: w.sequence, receivedAt: parseInstant(w.received_at), topic: w.topic,
        device: w.device, code: w.code, reason: w.reason,
    };
}
