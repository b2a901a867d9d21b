// Values, units, depths and flags as a person writes them.
import type { Flag } from '../model';

const UNITS: Record<string, string> = {
    Cel: '°C', 'm3/m3': 'm³/m³', 'W/m2': 'W/m²', 'mS/cm': 'mS/cm', '1': '', '%': '%', uS: 'µS', 'uS/cm': 'µS/cm', deg: '°',
    'cm3/cm3': 'cm³/cm³', 'kg/m3': 'kg/m³', 'm2': 'm²',
};

/** The usual sign for a UCUM unit. */
export function unitSign(ucum: string): string {
    return UNITS[ucum] ?? ucum;
}

/** For the axis and the head of a panel; says so when nothing was declared. */
export function unitTitle(ucum: string): string {
    if (ucum === '') return 'no unit declared';
    return ucum === '1' ? 'dimensionless' : unitSign(ucum);
}

/** "5 cm", "1.2 m"; empty without a depth. */
export function depthText(depth: number | null): string {
    if (depth === null) return '';
    const cm = Math.round(depth * 1e4) / 100;
    return Math.abs(cm) < 100 ? `${cm} cm` : `${Math.round(depth * 100) / 100} m`;
}

/** Enough digits to tell neighbours apart and no more: five significant, none lost before the point. */
export function valueText(value: number): string {
    if (Number.isNaN(value)) return '–';
    if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(3).replace('-', '−');
    const digits = size === 0 ? 0 : Math.max(0, Math.min(4, 4 - Math.floor(Math.log10(size))));
    return value.toFixed(digits).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '').replace('-', '−');
}

/** Three digits, for a glance. */
export function shortValue(value: number): string {
    return Number.isNaN(value) || value === 0 ? valueText(value) : (Math.abs(value) >= 1000 || Math.abs(value) < 1e-3 ? valueText(value) : value.toPrecision(3).replace('-', '−'));
}

const FLAG_NAMES: Record<Flag, string> = { 1: 'good', 2: 'not evaluated', 3: 'suspect', 4: 'fail', 9: 'missing' };
const FLAG_KEYS: Record<Flag, string> = { 1: 'good', 2: 'not_evaluated', 3: 'suspect', 4: 'fail', 9: 'missing' };

export function flagName(flag: Flag): string {
    return FLAG_NAMES[flag];
}

/** The word of the API. */
export function flagKey(flag: Flag): string {
    return FLAG_KEYS[flag];
}

/** Accepts number or word; anything else is "not evaluated". */
export function parseFlag(wire: unknown): Flag {
    if (wire === 1 || wire === 2 || wire === 3 || wire === 4 || wire === 9) return wire;
    const found = (Object.keys(FLAG_KEYS) as unknown as string[]).find((key) => FLAG_KEYS[Number(key) as Flag] === wire);
    return found === undefined ? 2 : (Number(found) as Flag);
}

/** Whether statistics would use it. */
export function isGood(flag: Flag): boolean {
    return flag === 1 || flag === 2;
}

/** "12,345". */
export function countText(n: number): string {
    return Number.isFinite(n) ? Math.round(n).toLocaleString('en-US') : '–';
}

/** "gross_range" -> "gross range". */
export function words(key: string): string {
    return key.replace(/_/g, ' ');
}
