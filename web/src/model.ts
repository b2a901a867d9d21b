// What the dashboard knows of the lab, in the terms of the lab. Times are milliseconds since 1970 UTC (fractions
// are kept), depths metres positive down, values in the unit of their datastream. NaN stands for "no value".

/** QARTOD primary flags; the numbers are the standard's. */
export type Flag = 1 | 2 | 3 | 4 | 9;
export const FLAGS: readonly Flag[] = [1, 2, 3, 4, 9];

export type NodeState = 'live' | 'late' | 'silent';

/** Below this a node's battery is called low, percent. */
export const LOW_BATTERY = 20;

export interface Thing {
    name: string;
    description: string;
    latitude: number;
    longitude: number;
    emulated: boolean;
    registeredItself: boolean;
    state: NodeState;
    /** When it was last heard of; NaN: never. */
    lastSeen: number;
    /** Percent; NaN: it does not say. */
    batteryPercent: number;
    /** Volts; NaN: it does not say. */
    batteryVolts: number;
}

export interface Datastream {
    /** A number too long for JavaScript, so text. */
    id: string;
    /** "thing/property@0.05m#label", unique in the lab. */
    name: string;
    thing: string;
    property: string;
    title: string;
    depth: number | null;
    label: string;
    unit: string;
    derived: boolean;
    registeredItself: boolean;
    /** Nominal milliseconds between readings; 0: not declared. */
    cadence: number;
    sensor: string;
    state: NodeState;
    last: Reading | null;
}

/** One reading. */
export interface Reading {
    time: number;
    value: number;
    /** As sent, before unit and calibration; NaN also where it was not asked for. */
    raw: number;
    flag: Flag;
    /** Names of the tests that objected. */
    tests: readonly string[];
}

/** Good readings that share a column of the plot, known by four of them. */
export interface Bucket {
    start: number;
    end: number;
    min: number;
    max: number;
    first: number;
    last: number;
    /** Of what was sent; NaN where raw values were not asked for. */
    rawMin: number;
    rawMax: number;
}

/** A stretch of one datastream as the server gave it. */
export interface Stretch {
    from: number;
    to: number;
    /** Width of a column in milliseconds; 0: every reading of the stretch is in `readings`. */
    column: number;
    /** Good readings are here or in `buckets`, others always here. In time order. */
    readings: Reading[];
    buckets: Bucket[];
    /** The same columns with the suspect readings in them, which are most often real: what is drawn unless only good ones are wanted. */
    wideBuckets: Bucket[];
    /** Instants inside stretches without data: nothing is drawn across them. */
    gaps: number[];
    /** What comes after `known` by live updates has a gap before it that is longer than this; Infinity: not known. */
    gapLimit: number;
    /** The last reading that the server looked for gaps before; -Infinity without one. */
    known: number;
    /** How many flagged readings the stretch has, and how many of them are here. */
    flaggedTotal: number;
    flaggedShown: number;
}

/** Something long that runs: an import, a reprocessing. */
export interface Task {
    id: string;
    kind: string;
    name: string;
    state: string;
    /** 0 to 1; NaN: not known. */
    progress: number;
    secondsLeft: number;
    message: string;
}

export interface LabInfo {
    site: string;
    version: string;
    /** Template with {z}, {x} and {y}; empty: the map has no tiles. */
    tileUrl: string;
    tileAttribution: string;
}

export interface LabStatus {
    now: number;
    messagesPerSecond: number;
    readingsPerSecond: number;
    observations: number;
    deadLetters: number;
    lagSeconds: number;
    broker: string;
    brokerDetail: string;
    tasks: Task[];
}

export interface DeadLetter {
    writer: string;
    sequence: string;
    receivedAt: number;
    topic: string;
    device: string;
    code: string;
    reason: string;
}

export interface Reason {
    test: string;
    flag: Flag;
    text: string;
}

export interface ManualJudgement {
    flag: Flag;
    who: string;
    why: string;
    when: number;
}

/** Why a reading has its flag. */
export interface Explanation {
    flag: Flag;
    provisional: boolean;
    reasons: Reason[];
    notEvaluated: string[];
    manual: ManualJudgement | null;
    rawWriter: string;
    rawSequence: string;
}

/** A person's judgement of a stretch that holds. */
export interface Judgement extends ManualJudgement {
    from: number;
    to: number;
}

/** What somebody saw or did in the field. */
export interface FieldNote {
    time: number;
    /** Empty: the whole site. */
    thing: string;
    text: string;
    who: string;
}

/** A person's judgement of a range, as it was given. */
export interface ManualFlag extends ManualJudgement {
    datastream: string;
    from: number;
    to: number;
    withdraw: boolean;
}
