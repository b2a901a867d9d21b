// A piece of a series' line, for legends and chips.
import { s } from './dom';

export function seriesSwatch(colour: string, dash: readonly number[]): SVGSVGElement {
    const line = s('line', { x1: 1, y1: 5, x2: 19, y2: 5, 'stroke-width': 2.5 });
    line.style.stroke = colour;
    line.style.strokeDasharray = dash.join(' ');
    return s('svg', { viewBox: '0 0 20 10', class: 'swatch', 'aria-hidden': 'true' }, line);
}
