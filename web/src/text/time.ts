// Times as text, in UTC or in the browser's zone, and always saying which.
import type { Zone } from '../state/view';
import { DAY, HOUR, MINUTE, SECOND } from '../state/range';

const pad = (n: number, width = 2): string => String(Math.trunc(n)).padStart(width, '0');

interface Fields {
    year: number;
    month: number;
    day: number;
    hour: number;
    minute: number;
    second: number;
    ms: number;
}

function fieldsOf(time: number, zone: Zone): Fields {
    const d = new Date(time);
    return zone === 'utc'
        ? { year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate(), hour: d.getUTCHours(),
            minute: d.getUTCMinutes(), second: d.getUTCSeconds(), ms: d.getUTCMilliseconds() }
        : { year: d.getFullYear(), month: d.getMonth() + 1, day: d.getDate(), hour: d.getHours(),
            minute: d.getMinutes(), second: d.getSeconds(), ms: d.getMilliseconds() };
}

/** "2026-11-24 07:12:53", with ".250" where there is a fraction. */
export function dateTime(time: number, zone: Zone): string {
    if (Number.isNaN(time)) return '–';
    const f = fieldsOf(time, zone);
    const fraction = f.ms ? `.${pad(f.ms, 3)}` : '';
    return `${pad(f.year, 4)}-${pad(f.month)}-${pad(f.day)} ${pad(f.hour)}:${pad(f.minute)}:${pad(f.second)}${fraction}`;
}

/** "UTC", or "UTC+02:00" for the browser's zone at that time. */
export function zoneName(zone: Zone, at: number): string {
    if (zone === 'utc') return 'UTC';
    const minutes = -new Date(at).getTimezoneOffset();
    const sign = minutes < 0 ? '−' : '+';
    return `UTC${sign}${pad(Math.abs(minutes) / 60)}:${pad(Math.abs(minutes) % 60)}`;
}

/** "Europe/Berlin"; "UTC" where the browser does not say. */
export function localZone(): string {
    return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** What a person types for an instant in the zone; null when it is none. */
export function parseDateTime(text: string, zone: Zone): number | null {
    const match = /^\s*(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(\.\d{1,6})?)?)?\s*(Z|UTC)?\s*$/.exec(text);
    if (!match) return null;
    const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((i) => Number(match[i] ?? 0)) as
        [number, number, number, number, number, number];
    const ms = Math.round(Number(match[7] ?? 0) * 1000);
    const utc = zone === 'utc' || match[8] !== undefined;
    const time = utc ? Date.UTC(year, month - 1, day, hour, minute, second, ms)
                     : new Date(year, month - 1, day, hour, minute, second, ms).getTime();
    const back = fieldsOf(time, utc ? 'utc' : 'local');
    return back.month === month && back.day === day && back.hour === hour && back.minute === minute ? time : null;
}

/** "now", "4 s", "12 min", "3 h", "5 d", "2 y": one unit, for an age. */
export function age(ms: number): string {
    if (Number.isNaN(ms)) return 'never';
    if (ms < 1.5 * SECOND) return 'now';
    if (ms < 90 * SECOND) return `${Math.round(ms / SECOND)} s`;
    if (ms < 90 * MINUTE) return `${Math.round(ms / MINUTE)} min`;
    if (ms < 36 * HOUR) return `${Math.round(ms / HOUR)} h`;
    if (ms < 700 * DAY) return `${Math.round(ms / DAY)} d`;
    return `${(ms / (365.25 * DAY)).toFixed(1)} y`;
}

/** "now", "4 s ago". */
export function ago(ms: number): string {
    const text = age(ms);
    return text === 'now' || text === 'never' ? text : `${text} ago`;
}

/** "2 years", "1 day 6 hours", "30 seconds": the width of a view, at most two units. */
export function width(ms: number): string {
    const units: [number, string][] = [[365 * DAY, 'year'], [DAY, 'day'], [HOUR, 'hour'], [MINUTE, 'minute'], [SECOND, 'second']];
    const parts: string[] = [];
    let rest = Math.round(ms / SECOND) * SECOND;
    for (const [size, name] of units) {
        const n = Math.floor(rest / size);
        rest -= n * size;
        if (n > 0) parts.push(`${n} ${name}${n === 1 ? '' : 's'}`);
        if (parts.length === 2 || (parts.length === 1 && n === 0)) break;
    }
    return parts.join(' ') || '0 seconds';
}
