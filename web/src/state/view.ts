// The whole view, and its form in the address, so that a link shows another person the same.
//
//   #series=NAME,NAME&last=1d              follows the present
//   #series=NAME&from=RFC3339&to=RFC3339   a fixed stretch
//   &node=NAME&good=1&raw=1&zone=local&theme=dark&pane=table
//
// What has its default value is left out.
import { DAY, PRESETS, type Range, clampWidth, fixed } from './range';

export type Zone = 'utc' | 'local';
export type Theme = 'auto' | 'light' | 'dark';
export type Pane = 'plot' | 'table';
export type Drag = 'zoom' | 'pan' | 'flag';

export interface View {
    range: Range;
    /** Names of datastreams, in the order they were chosen. */
    series: string[];
    node: string | null;
    goodOnly: boolean;
    raw: boolean;
    zone: Zone;
    theme: Theme;
    pane: Pane;
}

export const DEFAULT_VIEW: View = {
    range: { follow: true, width: DAY },
    series: [],
    node: null,
    goodOnly: false,
    raw: false,
    zone: 'utc',
    theme: 'auto',
    pane: 'plot',
};

/** Names hold `/`, `@` and `#`; only what would end a value is escaped, so that a person can read the address. */
function escape(text: string): string {
    return encodeURIComponent(text).replace(/%2F/g, '/').replace(/%40/g, '@').replace(/%3A/g, ':');
}

export function toHash(view: View): string {
    const parts: string[] = [];
    if (view.series.length) parts.push(`series=${view.series.map(escape).join(',')}`);
    if (view.range.follow) parts.push(`last=${widthText(view.range.width)}`);
    else parts.push(`from=${instantText(view.range.from)}`, `to=${instantText(view.range.to)}`);
    if (view.node !== null) parts.push(`node=${escape(view.node)}`);
    if (view.goodOnly) parts.push('good=1');
    if (view.raw) parts.push('raw=1');
    if (view.zone !== DEFAULT_VIEW.zone) parts.push(`zone=${view.zone}`);
    if (view.theme !== DEFAULT_VIEW.theme) parts.push(`theme=${view.theme}`);
    if (view.pane !== DEFAULT_VIEW.pane) parts.push(`pane=${view.pane}`);
    return `#${parts.join('&')}`;
}

/** What is missing or makes no sense gets its default. */
export function fromHash(hash: string): View {
    const parts = new Map<string, string>();
    for (const part of hash.replace(/^#/, '').split('&')) {
        const at = part.indexOf('=');
        if (at > 0) parts.set(part.slice(0, at), part.slice(at + 1));
    }
    const pick = <T extends string>(key: string, allowed: readonly T[], otherwise: T): T => {
        const value = parts.get(key) as T | undefined;
        return value !== undefined && allowed.includes(value) ? value : otherwise;
    };
    return {
        range: readRange(parts),
        series: (parts.get('series') ?? '').split(',').map(unescape).filter((name) => name !== ''),
        node: parts.has('node') ? unescape(parts.get('node') ?? '') || null : null,
        goodOnly: parts.get('good') === '1',
        raw: parts.get('raw') === '1',
        zone: pick('zone', ['utc', 'local'], DEFAULT_VIEW.zone),
        theme: pick('theme', ['auto', 'light', 'dark'], DEFAULT_VIEW.theme),
        pane: pick('pane', ['plot', 'table'], DEFAULT_VIEW.pane),
    };
}

function readRange(parts: Map<string, string>): Range {
    const from = Date.parse(unescape(parts.get('from') ?? ''));
    const to = Date.parse(unescape(parts.get('to') ?? ''));
    if (!Number.isNaN(from) && !Number.isNaN(to) && from < to) return fixed(from, to);
    const width = parseWidth(parts.get('last') ?? '');
    return width === null ? DEFAULT_VIEW.range : { follow: true, width };
}

function unescape(text: string): string {
    try {
        return decodeURIComponent(text);
    } catch {
        return '';
    }
}

function instantText(time: number): string {
    return new Date(Math.round(time)).toISOString().replace('.000Z', 'Z');
}

function widthText(width: number): string {
    return PRESETS.find((p) => Math.abs(p.width - width) < 1)?.key ?? `${Math.round(width / 1000)}s`;
}

function parseWidth(text: string): number | null {
    const preset = PRESETS.find((p) => p.key === text);
    if (preset) return preset.width;
    const seconds = /^(\d{1,12})s$/.exec(text);
    return seconds ? clampWidth(Number(seconds[1]) * 1000) : null;
}
