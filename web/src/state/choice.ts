// Which series are shown: pure decisions about names.
import type { Datastream } from '../model';
import { IMPORTANT } from './catalogue';

const FIRST_CHOICE = 6;

/** What a node shows when nothing else says: water content and temperature at every depth, else whatever it has. */
export function defaultSeries(streams: readonly Datastream[]): string[] {
    const soil = streams.filter((d) => d.property === IMPORTANT[0] || d.property === IMPORTANT[1]);
    const chosen = soil.length ? soil : streams.filter((d) => d.last !== null);
    return (chosen.length ? chosen : streams).slice(0, FIRST_CHOICE).map((d) => d.name);
}

/** The same properties and depths of another node; its defaults where it has none of them. */
export function sameOf(shown: readonly Datastream[], streams: readonly Datastream[]): string[] {
    const wanted = new Set(shown.map(kindOf));
    const same = streams.filter((d) => wanted.has(kindOf(d))).map((d) => d.name);
    return same.length ? same : defaultSeries(streams);
}

/** Adds or takes away; the order of choosing stays. */
export function toggled(series: readonly string[], name: string): string[] {
    return series.includes(name) ? series.filter((s) => s !== name) : [...series, name];
}

function kindOf(stream: Datastream): string {
    return `${stream.property} ${stream.depth ?? ''} ${stream.label}`;
}
