// Small drawings that carry meaning: flags, states of nodes, buttons. Shapes differ, so colour is never alone.
import type { Flag, NodeState } from '../model';
import { flagName } from '../text/values';
import { s } from './dom';

export function flagIcon(flag: Flag): SVGSVGElement {
    const shape = {
        1: () => s('circle', { cx: 8, cy: 8, r: 3.2 }),
        2: () => s('circle', { cx: 8, cy: 8, r: 3, class: 'open' }),
        3: () => s('path', { d: 'M8 3.2 13 12.500H3Z', class: 'open' }),
        4: () => s('path', { d: 'M4 4 12 12M12 4 4 12', class: 'open' }),
        9: () => s('rect', { x: 4, y: 4, width: 8, height: 8, class: 'open' }),
    }[flag]();
    return s('svg', { viewBox: '0 0 16 16', class: `icon flag-${flag}`, role: 'img', 'aria-label': flagName(flag) }, shape);
}

/** What a node looks like on the map and in the list: the state, unless its battery is what matters. */
export type NodeLook = NodeState | 'battery';

export const LOOKS: readonly { look: NodeLook; title: string }[] = [
    { look: 'live', title: 'live' },
    { look: 'late', title: 'late' },
    { look: 'silent', title: 'silent' },
    { look: 'battery', title: 'battery low' },
];

/** A shape around (0, 0), about 12 wide. */
export function nodeShape(look: NodeLook): SVGElement {
    const shape = {
        live: () => s('circle', { r: 5.5 }),
        late: () => s('path', { d: 'M0 -6.500 6.300 4.800H-6.300Z' }),
        silent: () => s('path', { d: 'M-4.500 -4.500 4.500 4.500M4.500 -4.500 -4.500 4.500' }),
        battery: () => s('path', { d: 'M-4 -4.500H-1.500V-6.500H1.500V-4.500H4V6H-4Z' }),
    }[look]();
    shape.setAttribute('class', `node-shape look-${look}`);
    return shape;
}

export function nodeIcon(look: NodeLook): SVGSVGElement {
    const title = LOOKS.find((l) => l.look === look)?.title ?? look;
    return s('svg', { viewBox: '-8 -8 16 16', class: 'icon', role: 'img', 'aria-label': title }, nodeShape(look));
}

const PATHS = {
    play: 'M5 3.500v9l7-4.500z',
    earlier: 'M10 3 5 8l5 5',
    later: 'M6 3l5 5-5 5',
    plus: 'M8 3.500v9M3.500 8h9',
    minus: 'M3.500 8h9',
    close: 'M4 4l8 8M12 4l-8 8',
    download: 'M8 2.500v7.500M4.800 7 8 10.200 11.200 7M3 13.500h10',
    sun: 'M8 5.200a2.800 2.800 0 1 0 0 5.600a2.800 2.800 0 0 0 0-5.600zM8 1v1.600M8 13.400V15M1 8h1.600M13.400 8H15M3 3l1.200 1.200M11.800 11.800 13 13M13 3l-1.200 1.200M4.200 11.800 3 13',
    moon: 'M12.800 9.600A5.500 5.500 0 1 1 6.400 3.200a4.400 4.400 0 0 0 6.400 6.400z',
    auto: 'M8 2.500a5.500 5.500 0 1 0 0 11a5.500 5.500 0 0 0 0-11zM8 2.500v11M8 5.500h4.500M8 8h5.300M8 10.500h4.500',
} as const;

export function icon(name: keyof typeof PATHS): SVGSVGElement {
    return s('svg', { viewBox: '0 0 16 16', class: `icon glyph glyph-${name}`, 'aria-hidden': 'true' }, s('path', { d: PATHS[name] }));
}
