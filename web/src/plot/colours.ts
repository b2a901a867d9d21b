// Colours that mean something: depth (a continuous scale, light ochre at the surface to deep blue), flags, states.
// Given in OKLCH, whose steps look even; every depth has a contrast of at least 3:1 against its panel.

export interface Palette {
    dark: boolean;
    text: string;
    muted: string;
    grid: string;
    panel: string;
    suspect: string;
    fail: string;
    missing: string;
    accent: string;
}

interface Stop {
    depth: number;
    light: [number, number, number];
    dark: [number, number, number];
}

// lightness, chroma, hue
const SCALE: readonly Stop[] = [
    { depth: 0, light: [0.64, 0.14, 62], dark: [0.84, 0.12, 80] },
    { depth: 0.05, light: [0.61, 0.14, 55], dark: [0.81, 0.13, 70] },
    { depth: 0.2, light: [0.54, 0.11, 165], dark: [0.76, 0.12, 165] },
    { depth: 0.5, light: [0.46, 0.15, 262], dark: [0.70, 0.13, 255] },
    { depth: 1, light: [0.40, 0.15, 300], dark: [0.66, 0.14, 300] },
    { depth: 2, light: [0.36, 0.13, 335], dark: [0.62, 0.15, 335] },
];

/** Without a depth (above the ground, in the logger): a neutral. */
export function depthColour(depth: number | null, dark: boolean): string {
    if (depth === null) return dark ? 'oklch(0.80 0.03 230)' : 'oklch(0.42 0.04 230)';
    const key = dark ? 'dark' : 'light';
    const at = Math.min(2, Math.max(0, depth));
    const upper = SCALE.findIndex((stop) => stop.depth >= at);
    const above = SCALE[Math.max(0, upper - 1)] as Stop;
    const below = SCALE[upper] as Stop;
    const span = below.depth - above.depth;
    const share = span === 0 ? 0 : (at - above.depth) / span;
    const [l, c, h] = [0, 1, 2].map((i) => mix(above[key][i] as number, below[key][i] as number, share)) as
        [number, number, number];
    return `oklch(${l.toFixed(3)} ${c.toFixed(3)} ${h.toFixed(1)})`;
}

function mix(a: number, b: number, share: number): number {
    return a + (b - a) * share;
}

/** Two nodes at one depth have one colour and different strokes. */
const DASHES: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3], [12, 4], [4, 2, 1, 2]];

export function dashOf(nodeIndex: number): readonly number[] {
    return DASHES[nodeIndex % DASHES.length] as readonly number[];
}

export function readPalette(root: Element): Palette {
    const style = getComputedStyle(root);
    const get = (name: string): string => style.getPropertyValue(name).trim();
    return {
        dark: style.colorScheme === 'dark',
        text: get('--ink'),
        muted: get('--ink-2'),
        grid: get('--grid'),
        panel: get('--panel'),
        suspect: get('--suspect'),
        fail: get('--fail'),
        missing: get('--missing'),
        accent: get('--accent'),
    };
}
